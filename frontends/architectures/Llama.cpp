// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Llama 2 and 3, Mistral, SmolLM2: pre-norm, grouped-query attention, interleaved rope (the file's Q and K rows are permuted for
// it), SwiGLU. Llama 3's rope scaling comes as `rope_freqs.weight`, by which the frequencies are divided. A file carries no window.
#include "frontends/architectures/Families.h"

#include "frontends/architectures/Decoder.h"

#include <cmath>

using namespace mlir;

namespace ingot::architectures {

void buildLlama(GraphBuilder &graph) {
  Decoder decoder = Decoder::read(graph);
  int64_t rotated = decoder.rotatedWidth(graph);
  std::vector<float> frequencies =
      linearlyScaledFrequencies(graph, rotated, 10000, "none, linear, and llama3's scaling as a rope_freqs tensor");
  if (graph.hasTensor("rope_freqs.weight")) {
    std::vector<float> divisors = graph.values("rope_freqs.weight", rotated / 2);
    for (size_t j = 0; j < frequencies.size(); j++) frequencies[j] /= divisors[j];
  }
  AttentionRules rules{decoder.heads, decoder.kvHeads, decoder.width, float(1 / std::sqrt(double(decoder.width)))};

  Value rotation = graph.rotation(graph.constant("rope.frequencies", frequencies));
  Value x = graph.embed(decoder.embeddingMatrix(graph));
  for (int64_t layer = 0; layer < decoder.layers; layer++) {
    Value h = decoder.norm(graph, layer, "attn_norm", x);
    Value q = graph.rope(decoder.project(graph, layer, "attn_q", h, decoder.heads), rotation, /*interleaved=*/true);
    Value k = graph.rope(decoder.project(graph, layer, "attn_k", h, decoder.kvHeads), rotation, /*interleaved=*/true);
    Value v = decoder.project(graph, layer, "attn_v", h, decoder.kvHeads);
    x = graph.add(x, decoder.attentionOutput(graph, layer, graph.attention(q, k, v, rules)));
    x = graph.add(x, decoder.gatedFeedForward(graph, layer, decoder.norm(graph, layer, "ffn_norm", x), &GraphBuilder::silu));
  }
  decoder.head(graph, x);
}

} // namespace ingot::architectures
