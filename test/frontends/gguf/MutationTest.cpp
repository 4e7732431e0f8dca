// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thousands of damaged copies of a good file: each is read or refused, and what is read can be used. Run with sanitizers as well.
#include "frontends/gguf/Inspect.h"
#include "frontends/gguf/Tokenizer.h"
#include "test/frontends/gguf/Samples.h"

#include <gtest/gtest.h>

#include <random>

using namespace ingot;
using namespace ingot::test;

namespace {

/// Reads and, if that works, touches everything that a compiler would.
bool use(const std::string &bytes) {
  llvm::Expected<gguf::File> file = readBytes(bytes);
  if (!file) {
    const std::string text = llvm::toString(file.takeError());
    EXPECT_EQ(text.find("model.gguf: error: "), 0u) << text;
    return false;
  }
  std::string text;
  llvm::raw_string_ostream out(text);
  gguf::inspect(*file, out);
  gguf::inspectAsJson(*file, out);
  llvm::consumeError(gguf::readTokenizer(*file).takeError());
  for (const gguf::Tensor &tensor : file->tensors()) {
    if (!tensor.format) continue;
    std::vector<float> values(tensor.elements());
    packed::dequantise(*tensor.format, tensor.data.data(), values.data(), values.size());
  }
  return true;
}

TEST(GgufMutations, endInAnAnswer) {
  const std::string whole = sampleModel().bytes();
  ASSERT_TRUE(use(whole));
  std::mt19937 random(7);
  const uint64_t interesting[] = {0, 1, 0x7f, 0xff, 0x7fffffff, 0xffffffff, 1ull << 32, 1ull << 62, 1ull << 63, ~0ull, ~0ull - 7};
  int accepted = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string bytes = whole;
    for (unsigned change = random() % 3 + 1; change > 0; --change) {
      const size_t at = random() % bytes.size();
      switch (random() % 5) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
        break;
      case 2:
        bytes.replace(at, 8, bytesOf(interesting[random() % std::size(interesting)]));
        break;
      case 3:
        bytes.erase(at, random() % 9);
        break;
      default:
        bytes.insert(at, random() % 9, static_cast<char>(random() % 3));
        break;
      }
    }
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    accepted += use(bytes);
  }
  EXPECT_GT(accepted, 100); // changes in values and data are no errors
}

TEST(GgufMutations, everyHeaderByteCanBeAnything) {
  const std::string whole = sampleModel().bytes();
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value : {0x00, 0x01, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      use(bytes);
    }
  }
}

} // namespace
