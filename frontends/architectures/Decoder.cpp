// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/architectures/Decoder.h"

using namespace mlir;

namespace ingot::architectures {

Decoder Decoder::read(GraphBuilder &graph) {
  Decoder decoder;
  decoder.layers = graph.integer("block_count", {}, 1, 4096);
  decoder.context = graph.integer("context_length", {}, 1, 1 << 24);
  decoder.embedding = graph.integer("embedding_length", {}, 1, 1 << 20);
  decoder.feedForward = graph.integer("feed_forward_length", {}, 1, 1 << 22);
  decoder.heads = graph.integer("attention.head_count", {}, 1, 1 << 16);
  decoder.kvHeads = graph.integer("attention.head_count_kv", decoder.heads, 1, 1 << 16);
  decoder.width = graph.integer("attention.key_length", decoder.embedding / decoder.heads, 2, 1 << 16);
  int64_t valueWidth = graph.integer("attention.value_length", decoder.width, 1, 1 << 16);
  graph.requireOf({"attention.key_length", "attention.value_length"}, valueWidth == decoder.width,
                  "keys of width " + Twine(decoder.width) + " but values of width " + Twine(valueWidth) + " are not supported");
  graph.requireOf({"attention.head_count", "attention.head_count_kv"}, decoder.heads % decoder.kvHeads == 0,
                  Twine(decoder.heads) + " heads cannot share " + Twine(decoder.kvHeads) + " key/value heads");
  decoder.epsilon = graph.number("attention.layer_norm_rms_epsilon");
  decoder.vocabulary = graph.vocabulary(decoder.embedding);
  Imported &imported = graph.imported();
  imported.vocabulary = decoder.vocabulary;
  imported.context = decoder.context;
  imported.layers = decoder.layers;
  imported.embedding = decoder.embedding;
  return decoder;
}

std::string Decoder::tensorName(int64_t layer, StringRef part) { return ("blk." + Twine(layer) + "." + part + ".weight").str(); }

Value Decoder::norm(GraphBuilder &graph, int64_t layer, StringRef part, Value input) const {
  int64_t length = cast<RankedTensorType>(input.getType()).getShape().back();
  return graph.rmsNorm(input, graph.vector(tensorName(layer, part), length, {"embedding_length"}), epsilon);
}

Value Decoder::project(GraphBuilder &graph, int64_t layer, StringRef part, Value input, int64_t count) const {
  StringRef headCount = part == "attn_q" ? "attention.head_count" : "attention.head_count_kv";
  Value weight =
      graph.matrix(tensorName(layer, part), count * width, embedding, {headCount, "attention.key_length", "embedding_length"});
  return graph.heads(graph.linear(input, weight), count);
}

Value Decoder::attentionOutput(GraphBuilder &graph, int64_t layer, Value input) const {
  return graph.linear(input, graph.matrix(tensorName(layer, "attn_output"), embedding, heads * width,
                                          {"embedding_length", "attention.head_count", "attention.key_length"}));
}

Value Decoder::gatedFeedForward(GraphBuilder &graph, int64_t layer, Value input, Value (GraphBuilder::*activation)(Value)) const {
  auto matrix = [&](StringRef part, int64_t outputs, int64_t inputs) {
    return graph.matrix(tensorName(layer, part), outputs, inputs, {"feed_forward_length", "embedding_length"});
  };
  Value gate = graph.linear(input, matrix("ffn_gate", feedForward, embedding));
  Value up = graph.linear(input, matrix("ffn_up", feedForward, embedding));
  return graph.linear(graph.multiply((graph.*activation)(gate), up), matrix("ffn_down", embedding, feedForward));
}

Value Decoder::embeddingMatrix(GraphBuilder &graph) const {
  return graph.matrix("token_embd.weight", vocabulary, embedding, {"embedding_length"});
}

void Decoder::head(GraphBuilder &graph, Value input) const {
  Value normed = graph.rmsNorm(graph.wanted(input), graph.vector("output_norm.weight", embedding, {"embedding_length"}), epsilon);
  bool tied = !graph.hasTensor("output.weight");
  graph.logits(graph.linear(normed, tied ? embeddingMatrix(graph)
                                         : graph.matrix("output.weight", vocabulary, embedding, {"embedding_length"})));
}

int64_t Decoder::rotatedWidth(GraphBuilder &graph) const {
  int64_t rotated = graph.integer("rope.dimension_count", width, 2, width);
  graph.requireOf({"rope.dimension_count"}, rotated % 2 == 0, Twine(rotated) + " rotated dimensions are not pairs");
  return rotated;
}

std::vector<float> linearlyScaledFrequencies(GraphBuilder &graph, int64_t rotated, double defaultBase, StringRef known) {
  std::vector<float> frequencies = ropeFrequencies(rotated, graph.number("rope.freq_base", defaultBase));
  std::string scaling = graph.text("rope.scaling.type", "none");
  graph.require(scaling == "none" || scaling == "linear", "rope scaling '" + scaling + "' is not supported",
                graph.describe("rope.scaling.type") + "\nknown: " + known);
  double factor = graph.number("rope.scaling.factor", 1);
  if (scaling == "linear")
    for (float &frequency : frequencies) frequency /= float(factor);
  else
    graph.requireOf({"rope.scaling.factor", "rope.scaling.type"}, factor == 1, "a factor of rope scaling, but no kind");
  return frequencies;
}

} // namespace ingot::architectures
