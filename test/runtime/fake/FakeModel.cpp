// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/runtime/fake/FakeModel.h"

#ifndef FAKE_EXTERNAL
#define FAKE_EXTERNAL nullptr
#endif
#ifndef FAKE_FEATURES
#define FAKE_FEATURES 0
#endif

namespace ingot::fake {
namespace {

float *cacheOf(const ingot_frame *frame, void *operand, int64_t sequence) {
  return reinterpret_cast<float *>(static_cast<char *>(operand) + sequence * frame->sequence_bytes);
}

// hidden[t, j] = weights[token, j]; the cache remembers the token.
template <int kClass> void embed(const ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *) {
  const auto *tokens = static_cast<const int32_t *>(operands[0]);
  const auto *weights = static_cast<const float *>(operands[1]);
  auto *hidden = static_cast<float *>(operands[2]);
  for (int64_t t = begin; t < end; t++) {
    for (uint32_t j = 0; j < kWidth; j++) hidden[t * kWidth + j] = weights[static_cast<uint32_t>(tokens[t]) * kWidth + j];
    cacheOf(frame, operands[3], frame->sequences[t])[frame->positions[t]] =
        static_cast<float>(tokens[t] + 1) * (kClass ? 0.013f : 0.01f);
  }
}

// mixed[t, j] = hidden[t, j] + sum over s <= position of cache[s] / (2 + distance + j), for blocks of 2 tokens and halves of the
// width.
void mix(const ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *scratch) {
  const auto *hidden = static_cast<const float *>(operands[0]);
  auto *mixed = static_cast<float *>(operands[2]);
  auto *sums = static_cast<float *>(scratch);
  for (int64_t item = begin; item < end; item++) {
    const int64_t half = item % 2;
    const ingot_block &block = frame->blocks[item / 2];
    const float *cache = cacheOf(frame, operands[1], block.sequence);
    for (int64_t i = 0; i < block.count; i++) {
      const int64_t position = block.position + i, t = block.token + i;
      for (uint32_t j = 0; j < kWidth / 2; j++) sums[j] = 0;
      for (int64_t s = 0; s <= position; s++)
        for (uint32_t j = 0; j < kWidth / 2; j++)
          sums[j] += cache[s] / static_cast<float>(2 + (position - s) % 11 + half * (kWidth / 2) + j);
      for (uint32_t j = 0; j < kWidth / 2; j++) {
        const int64_t column = half * (kWidth / 2) + j;
        mixed[t * kWidth + column] = hidden[t * kWidth + column] + sums[j];
      }
    }
  }
}

// picked[i] = mixed[wanted[i]].
void pick(const ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *) {
  const auto *mixed = static_cast<const float *>(operands[0]);
  auto *picked = static_cast<float *>(operands[1]);
  for (int64_t i = begin; i < end; i++)
    for (uint32_t j = 0; j < kWidth; j++) picked[i * kWidth + j] = mixed[frame->wanted[i] * kWidth + j];
}

// logits[i, v] = picked[i] · weights[v]; the end token is sure after position 150.
void project(const ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *) {
  const auto *picked = static_cast<const float *>(operands[0]);
  const auto *weights = static_cast<const float *>(operands[1]);
  auto *logits = static_cast<float *>(operands[2]);
  for (int64_t i = 0; i < frame->wanted_count; i++)
    for (int64_t v = begin; v < end; v++) {
      float sum = 0;
      for (uint32_t j = 0; j < kWidth; j++) sum += picked[i * kWidth + j] * weights[v * kWidth + j];
      const bool late = frame->positions[frame->wanted[i]] > 150;
      logits[i * kVocabulary + v] = v == kEnd ? (late ? 1000.0f : -1000.0f) : v >= 127 || v < 32 ? sum - 500 : sum;
    }
}

constexpr uint64_t kHidden = 0, kMixed = 1024, kPicked = 2048;
constexpr ingot_operand kEmbedOperands[] = {
    {INGOT_SPACE_TOKENS, 0, 0}, {INGOT_SPACE_WEIGHTS, 0, 0}, {INGOT_SPACE_ARENA, 0, kHidden}, {INGOT_SPACE_CACHE, 0, 64}};
constexpr ingot_operand kMixOperands[] = {
    {INGOT_SPACE_ARENA, 0, kHidden}, {INGOT_SPACE_CACHE, 0, 64}, {INGOT_SPACE_ARENA, 0, kMixed}};
constexpr ingot_operand kPickOperands[] = {{INGOT_SPACE_ARENA, 0, kMixed}, {INGOT_SPACE_ARENA, 0, kPicked}};
constexpr ingot_operand kProjectOperands[] = {
    {INGOT_SPACE_ARENA, 0, kPicked}, {INGOT_SPACE_WEIGHTS, 0, 0}, {INGOT_SPACE_LOGITS, 0, 0}};
constexpr uint64_t kMatrixBytes = kVocabulary * kWidth * 4, kMatrixAdds = kVocabulary * kWidth;

template <int kClass> constexpr ingot_step kSteps[] = {
    {"embed", embed<kClass>, kEmbedOperands, 4, INGOT_DOMAIN_TOKENS, 1, 1, 2, 0, kWidth * 4, 0, 0},
    {"mix", mix, kMixOperands, 3, INGOT_DOMAIN_BLOCKS, 2, 1, 1, 0, 0, 0, 0},
    {"pick", pick, kPickOperands, 2, INGOT_DOMAIN_WANTED, 1, 1, 3, 0, 0, 0, 1},
    {"project", project, kProjectOperands, 3, INGOT_DOMAIN_FIXED, kVocabulary, 1, 32, 0, kMatrixBytes, kMatrixAdds, 0},
};

} // namespace
} // namespace ingot::fake

using namespace ingot::fake;

extern "C" __attribute__((visibility("hidden"))) const struct ingot_model ingot_model = {
    .abi_version = INGOT_MODEL_ABI_VERSION,
    .features = FAKE_FEATURES,
    .name = "Fake \"model\"",
    .architecture = "fake",
    .source = "fake.gguf",
    .formats = "F32 x1",
    .activations = "read f32, generated f32",
    .cache = "f16",
    .version = "0.0.1",
    .external = FAKE_EXTERNAL,
    .blob_bytes = kBlobBytes,
    .blob_identity = kIdentity,
    .cache_bytes = 64 + kContext * 4,
    .cache_bytes_per_token = 4,
    .source_bytes = kMatrixBytes,
    .multiply_adds = kMatrixAdds,
    .vocabulary = kVocabulary,
    .context = kContext,
    .layers = 1,
    .embedding = kWidth,
    .text = {kTextOffset, kTextBytes},
    .notices = {kNoticesOffset, sizeof kNotices - 1},
    .plans = {{kSteps<0>, 4, kReadTokens, kBlockTokens, 0, 4096, 64}, {kSteps<1>, 4, kGeneratedTokens, 1, 0, 4096, 64}},
};
