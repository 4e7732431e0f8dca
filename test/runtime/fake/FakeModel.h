// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small model by hand, in the form that the compiler gives to models: bytes as tokens, a cache, weights in a blob, steps of every
// kind of domain. Its numbers depend on all earlier tokens and on the token classes, and on no cut and no thread.
#ifndef INGOT_TEST_RUNTIME_FAKE_FAKEMODEL_H
#define INGOT_TEST_RUNTIME_FAKE_FAKEMODEL_H

#include "runtime/abi/Model.h"

namespace ingot::fake {

enum : uint32_t {
  kVocabulary = 261,
  kContext = 200,
  kWidth = 8,
  kBos = 256,
  kEnd = 257,
  kReadTokens = 7,
  kGeneratedTokens = 2,
  kBlockTokens = 2
};
constexpr uint64_t kTextOffset = 64 << 10, kTextBytes = 192 << 10, kNoticesOffset = 32 << 10, kBlobBytes = kTextOffset + kTextBytes;
constexpr uint64_t kIdentity = 0x1234567890abcdef;
inline constexpr char kNotices[] = "fake notices\n";

} // namespace ingot::fake
#endif
