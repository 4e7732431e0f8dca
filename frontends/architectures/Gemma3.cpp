// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gemma 3 (text): scaled embedding, a norm before and after each branch, normalised queries and keys, rope in halves with a table
// of its own for sliding layers (no scaling there), five sliding layers for each full one, GELU. The file's norms carry the +1
// already.
#include "frontends/architectures/Families.h"

#include "frontends/architectures/Decoder.h"

#include <cmath>

using namespace mlir;

namespace ingot::architectures {

void buildGemma3(GraphBuilder &graph) {
  Decoder decoder = Decoder::read(graph);
  int64_t rotated = decoder.rotatedWidth(graph);
  std::vector<float> full = linearlyScaledFrequencies(graph, rotated, 1e6, "none, linear");
  std::vector<float> sliding = ropeFrequencies(rotated, graph.number("rope.freq_base_swa", 1e4));
  int64_t period = graph.integer("attention.sliding_window_pattern", 6),
          window = graph.integer("attention.sliding_window", {}, 1, 1 << 28);
  // The 27B model scales by its embedding's share of a head, all others by the head's width.
  double scaleWidth = decoder.layers == 62 ? double(decoder.embedding) / decoder.heads : double(decoder.width);

  Value fullRotation = graph.rotation(graph.constant("rope.frequencies.full", full));
  Value slidingRotation = graph.rotation(graph.constant("rope.frequencies.sliding", sliding));
  Value x = graph.scale(graph.embed(decoder.embeddingMatrix(graph)), float(std::sqrt(double(decoder.embedding))));
  for (int64_t layer = 0; layer < decoder.layers; layer++) {
    bool isFull = (layer + 1) % period == 0;
    Value rotation = isFull ? fullRotation : slidingRotation;
    AttentionRules rules{decoder.heads, decoder.kvHeads, decoder.width, float(1 / std::sqrt(scaleWidth)), isFull ? 0 : window};
    Value h = decoder.norm(graph, layer, "attn_norm", x);
    Value q = decoder.norm(graph, layer, "attn_q_norm", decoder.project(graph, layer, "attn_q", h, decoder.heads));
    Value k = decoder.norm(graph, layer, "attn_k_norm", decoder.project(graph, layer, "attn_k", h, decoder.kvHeads));
    Value v = decoder.project(graph, layer, "attn_v", h, decoder.kvHeads);
    Value attended = graph.attention(graph.rope(q, rotation, false), graph.rope(k, rotation, false), v, rules);
    x = graph.add(x, decoder.norm(graph, layer, "post_attention_norm", decoder.attentionOutput(graph, layer, attended)));
    Value fed = decoder.gatedFeedForward(graph, layer, decoder.norm(graph, layer, "ffn_norm", x), &GraphBuilder::gelu);
    x = graph.add(x, decoder.norm(graph, layer, "post_ffw_norm", fed));
  }
  decoder.head(graph, x);
}

} // namespace ingot::architectures
