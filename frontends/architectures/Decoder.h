// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What decoder-only transformers share: their sizes, the projections into heads and the gated feed-forward.
#ifndef INGOT_FRONTENDS_ARCHITECTURES_DECODER_H
#define INGOT_FRONTENDS_ARCHITECTURES_DECODER_H

#include "frontends/architectures/GraphBuilder.h"

namespace ingot::architectures {

struct Decoder {
  int64_t layers, context, embedding, feedForward, heads, kvHeads, width, vocabulary;
  float epsilon;

  /// Reads the sizes that all decoders have and fills in the limits of the import.
  static Decoder read(GraphBuilder &graph);
  /// "blk.3." + part + ".weight"
  static std::string tensorName(int64_t layer, llvm::StringRef part);

  /// How many values of a head rope turns: an even number.
  int64_t rotatedWidth(GraphBuilder &graph) const;
  mlir::Value norm(GraphBuilder &graph, int64_t layer, llvm::StringRef part, mlir::Value input) const;
  /// A projection of `input` into `count` heads: attn_q, attn_k or attn_v.
  mlir::Value project(GraphBuilder &graph, int64_t layer, llvm::StringRef part, mlir::Value input, int64_t count) const;
  mlir::Value attentionOutput(GraphBuilder &graph, int64_t layer, mlir::Value input) const;
  /// down(activation(gate(x)) * up(x))
  mlir::Value gatedFeedForward(GraphBuilder &graph, int64_t layer, mlir::Value input,
                               mlir::Value (GraphBuilder::*activation)(mlir::Value)) const;
  mlir::Value embeddingMatrix(GraphBuilder &graph) const;
  /// Final norm and output matrix (the embedding's where the file has none) on the wanted tokens.
  void head(GraphBuilder &graph, mlir::Value input) const;
};

/// The file's rope frequencies with its linear scaling, if any; another kind is refused, `known` says which there are.
std::vector<float> linearlyScaledFrequencies(GraphBuilder &graph, int64_t rotated, double defaultBase, llvm::StringRef known);

} // namespace ingot::architectures
#endif
