// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/reference/Transformer.h"

#include <algorithm>
#include <cmath>

namespace ingot::reference {

Vector multiply(const Matrix &matrix, const Vector &input) {
  Vector output(matrix.rows, 0.0);
  for (size_t row = 0; row < matrix.rows; row++)
    for (size_t column = 0; column < matrix.columns; column++)
      output[row] += matrix.values[row * matrix.columns + column] * input[column];
  return output;
}

Vector rmsNorm(const Vector &input, const Vector &weight, double epsilon) {
  Vector output(input.size());
  size_t run = weight.size();
  for (size_t start = 0; start < input.size(); start += run) {
    double squares = 0;
    for (size_t i = 0; i < run; i++) squares += input[start + i] * input[start + i];
    double factor = 1 / std::sqrt(squares / double(run) + epsilon);
    for (size_t i = 0; i < run; i++) output[start + i] = input[start + i] * factor * weight[i];
  }
  return output;
}

Vector rotate(const Vector &input, size_t width, const Vector &frequencies, double position, bool interleaved) {
  Vector output = input;
  size_t half = frequencies.size();
  for (size_t head = 0; head < input.size(); head += width)
    for (size_t j = 0; j < half; j++) {
      size_t first = head + (interleaved ? 2 * j : j), second = head + (interleaved ? 2 * j + 1 : j + half);
      double cosine = std::cos(position * frequencies[j]), sine = std::sin(position * frequencies[j]);
      output[first] = input[first] * cosine - input[second] * sine;
      output[second] = input[first] * sine + input[second] * cosine;
    }
  return output;
}

Sequence attend(const Sequence &queries, const Sequence &keys, const Sequence &values, size_t width, double scale, size_t window) {
  Sequence output;
  size_t heads = queries[0].size() / width, kvHeads = keys[0].size() / width;
  for (size_t position = 0; position < queries.size(); position++) {
    Vector attended(heads * width, 0.0);
    size_t oldest = window && position + 1 > window ? position + 1 - window : 0;
    for (size_t head = 0; head < heads; head++) {
      size_t kvHead = head / (heads / kvHeads);
      Vector shares;
      for (size_t seen = oldest; seen <= position; seen++) {
        double score = 0;
        for (size_t i = 0; i < width; i++) score += queries[position][head * width + i] * keys[seen][kvHead * width + i];
        shares.push_back(score * scale);
      }
      double largest = *std::max_element(shares.begin(), shares.end()), sum = 0;
      for (double &share : shares) sum += share = std::exp(share - largest);
      for (size_t seen = oldest; seen <= position; seen++)
        for (size_t i = 0; i < width; i++)
          attended[head * width + i] += shares[seen - oldest] / sum * values[seen][kvHead * width + i];
    }
    output.push_back(attended);
  }
  return output;
}

double silu(double x) { return x / (1 + std::exp(-x)); }

double geluTanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

} // namespace ingot::reference
