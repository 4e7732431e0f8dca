// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parts of a decoder layer, on plain vectors of doubles; a sequence is a vector of them, one a position.
#ifndef INGOT_TEST_REFERENCE_TRANSFORMER_H
#define INGOT_TEST_REFERENCE_TRANSFORMER_H

#include <cstddef>
#include <vector>

namespace ingot::reference {

using Vector = std::vector<double>;
using Sequence = std::vector<Vector>; // [position][element]

struct Matrix {
  size_t rows, columns;
  Vector values; // row after row
};

/// matrix · input
Vector multiply(const Matrix &matrix, const Vector &input);

/// input · weight / √(mean of squares + epsilon), in each run of weight.size() elements: all of it, or head by head.
Vector rmsNorm(const Vector &input, const Vector &weight, double epsilon);

/// Rotates, in each head of `width`, the first 2 · frequencies.size() elements by position · frequency. Pairs are (2j, 2j+1) where
/// `interleaved`, else (j, j + half).
Vector rotate(const Vector &input, size_t width, const Vector &frequencies, double position, bool interleaved);

/// Causal attention of every position to itself and those before it, at most `window` in all (0: no limit). Query heads share
/// key/value heads in equal, adjoining groups.
Sequence attend(const Sequence &queries, const Sequence &keys, const Sequence &values, size_t width, double scale, size_t window);

double silu(double x);
double geluTanh(double x);

} // namespace ingot::reference
#endif
