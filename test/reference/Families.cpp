// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llama and gemma3, as transformers computes them and as GGUF files say them: llama's Q and K rows are permuted for interleaved
// rotation, Gemma's norms carry their +1 already.
#include "test/reference/Families.h"

#include <cmath>

namespace ingot::reference {

namespace {
struct Model {
  const GgufFile &file;
  std::string family;
  size_t layers, embedding, heads, kvHeads, width;
  double epsilon;

  explicit Model(const GgufFile &file) : file(file), family(file.texts.at("general.architecture")) {
    layers = size_t(number("block_count"));
    embedding = size_t(number("embedding_length"));
    heads = size_t(number("attention.head_count"));
    kvHeads = size_t(file.number(family + ".attention.head_count_kv", double(heads)));
    width = size_t(file.number(family + ".attention.key_length", double(embedding / heads)));
    epsilon = number("attention.layer_norm_rms_epsilon");
  }

  double number(const std::string &key) const { return file.number(family + "." + key); }
  double number(const std::string &key, double otherwise) const { return file.number(family + "." + key, otherwise); }

  Matrix matrix(const std::string &name) const {
    Vector values = file.values(name + ".weight");
    const Tensor &tensor = file.tensors.at(name + ".weight");
    return {tensor.rows, tensor.columns, values};
  }
  static std::string name(size_t layer, const std::string &part) { return "blk." + std::to_string(layer) + "." + part; }

  Sequence project(size_t layer, const std::string &part, const Sequence &input) const {
    Matrix weights = matrix(name(layer, part));
    Sequence output;
    for (const Vector &x : input) output.push_back(multiply(weights, x));
    return output;
  }
  Sequence norm(const std::string &weightName, const Sequence &input) const {
    Vector weight = file.values(weightName + ".weight");
    Sequence output;
    for (const Vector &x : input) output.push_back(rmsNorm(x, weight, epsilon));
    return output;
  }
  Sequence rotated(const Sequence &input, const Vector &frequencies, bool interleaved) const {
    Sequence output;
    for (size_t position = 0; position < input.size(); position++)
      output.push_back(rotate(input[position], width, frequencies, double(position), interleaved));
    return output;
  }

  /// base^(-2j / rotated), divided by `divisor`
  Vector frequencies(double base, double divisor) const {
    auto rotatedWidth = size_t(number("rope.dimension_count", double(width)));
    Vector result;
    for (size_t j = 0; j < rotatedWidth / 2; j++)
      result.push_back(std::pow(base, -2.0 * double(j) / double(rotatedWidth)) / divisor);
    return result;
  }
  double ropeFactor() const {
    auto type = file.texts.find(family + ".rope.scaling.type");
    return type != file.texts.end() && type->second == "linear" ? number("rope.scaling.factor", 1) : 1;
  }

  Sequence embed(const std::vector<int> &ids, double factor) const {
    Matrix table = matrix("token_embd");
    Sequence output;
    for (int id : ids) {
      if (id < 0 || size_t(id) >= table.rows) fail("token " + std::to_string(id) + " is not in the vocabulary");
      Vector row;
      for (size_t i = 0; i < embedding; i++) row.push_back(table.values[size_t(id) * embedding + i] * factor);
      output.push_back(row);
    }
    return output;
  }
  Sequence feedForward(size_t layer, const Sequence &input, double (*activation)(double)) const {
    Sequence gate = project(layer, "ffn_gate", input), up = project(layer, "ffn_up", input);
    for (size_t position = 0; position < gate.size(); position++)
      for (size_t i = 0; i < gate[position].size(); i++) gate[position][i] = activation(gate[position][i]) * up[position][i];
    return project(layer, "ffn_down", gate);
  }
  Sequence head(const Sequence &input) const {
    Matrix weights = matrix(file.has("output.weight") ? "output" : "token_embd");
    Sequence output;
    for (const Vector &x : norm("output_norm", input)) output.push_back(multiply(weights, x));
    return output;
  }
};

Sequence add(Sequence a, const Sequence &b) {
  for (size_t position = 0; position < a.size(); position++)
    for (size_t i = 0; i < a[position].size(); i++) a[position][i] += b[position][i];
  return a;
}

Sequence llama(const Model &model, const std::vector<int> &ids) {
  Vector frequencies = model.frequencies(model.number("rope.freq_base", 10000), model.ropeFactor());
  if (model.file.has("rope_freqs.weight")) {
    Vector divisors = model.file.values("rope_freqs.weight");
    for (size_t j = 0; j < frequencies.size(); j++) frequencies[j] /= divisors[j];
  }
  double scale = 1 / std::sqrt(double(model.width));

  Sequence x = model.embed(ids, 1);
  for (size_t layer = 0; layer < model.layers; layer++) {
    Sequence h = model.norm(Model::name(layer, "attn_norm"), x);
    Sequence q = model.rotated(model.project(layer, "attn_q", h), frequencies, true);
    Sequence k = model.rotated(model.project(layer, "attn_k", h), frequencies, true);
    Sequence v = model.project(layer, "attn_v", h);
    x = add(x, model.project(layer, "attn_output", attend(q, k, v, model.width, scale, 0)));
    x = add(x, model.feedForward(layer, model.norm(Model::name(layer, "ffn_norm"), x), silu));
  }
  return model.head(x);
}

Sequence gemma3(const Model &model, const std::vector<int> &ids) {
  Vector full = model.frequencies(model.number("rope.freq_base", 1e6), model.ropeFactor());
  Vector sliding = model.frequencies(model.number("rope.freq_base_swa", 1e4), 1);
  auto period = size_t(model.number("attention.sliding_window_pattern", 6));
  auto window = size_t(model.number("attention.sliding_window"));
  double scale = 1 / std::sqrt(double(model.width));

  Sequence x = model.embed(ids, std::sqrt(double(model.embedding)));
  for (size_t layer = 0; layer < model.layers; layer++) {
    auto name = [&](const std::string &part) { return Model::name(layer, part); };
    bool isFull = (layer + 1) % period == 0;
    const Vector &frequencies = isFull ? full : sliding;
    Sequence h = model.norm(name("attn_norm"), x);
    Sequence q = model.rotated(model.norm(name("attn_q_norm"), model.project(layer, "attn_q", h)), frequencies, false);
    Sequence k = model.rotated(model.norm(name("attn_k_norm"), model.project(layer, "attn_k", h)), frequencies, false);
    Sequence v = model.project(layer, "attn_v", h);
    Sequence attended = model.project(layer, "attn_output", attend(q, k, v, model.width, scale, isFull ? 0 : window));
    x = add(x, model.norm(name("post_attention_norm"), attended));
    Sequence fed = model.feedForward(layer, model.norm(name("ffn_norm"), x), geluTanh);
    x = add(x, model.norm(name("post_ffw_norm"), fed));
  }
  return model.head(x);
}
} // namespace

Sequence logits(const GgufFile &file, const std::vector<int> &ids) {
  Model model(file);
  if (model.family == "llama") return llama(model, ids);
  if (model.family == "gemma3") return gemma3(model, ids);
  fail("architecture " + model.family);
}

} // namespace ingot::reference
