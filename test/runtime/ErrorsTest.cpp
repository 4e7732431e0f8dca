// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Messages that no other test brings about, and what is true of every message.
#include "runtime/Errors.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <string>

namespace ingot::runtime {
namespace {

std::string whole(const Error &error) {
  return std::string(error.place) + (error.place[0] ? ": " : "") + error.text + (error.notes[0] ? "\n" : "") + error.notes;
}

TEST(Errors, SayWhatAndBothValues) {
  Error error;
  errors::noThread(error, 3, EAGAIN);
  EXPECT_EQ(whole(error), "cannot start thread 3: Resource temporarily unavailable\nnote: fewer --threads need less of the system");
  errors::cannotRead(error, "a", EIO);
  EXPECT_EQ(whole(error), "a: cannot read: Input/output error");
  errors::cannotMap(error, "a", 12, ENOMEM);
  EXPECT_EQ(whole(error), "a: cannot map 12 bytes of weights: Cannot allocate memory");
  errors::noOwnFile(error);
  EXPECT_EQ(whole(error), "cannot find the file this code was loaded from\nnote: the weights lie in it; /proc must be mounted");
  errors::textDamaged(error);
  EXPECT_EQ(whole(error), "the tokeniser's tables are damaged\nnote: copy the file again, whole, or compile the model again");
  errors::promptTooLong(error, 300, 200, 200);
  EXPECT_EQ(whole(error), "the prompt is 300 tokens, but the context has room for 200\n"
                          "note: shorten the prompt, or compile the model again with a larger --context");
  errors::promptTooLong(error, 300, 100, 200);
  EXPECT_EQ(whole(error), "the prompt is 300 tokens, but the context has room for 100\nnote: --context may be up to 200");
  errors::notFinite(error, 9);
  EXPECT_EQ(whole(error), "the logits after 9 tokens hold no finite value\nnote: --verify checks whether the weights were damaged");
  errors::noTokeniser(error);
  EXPECT_EQ(whole(error), "this model has no tokeniser, it cannot read text\nnote: --logits and --generate work on token ids");
  errors::templateFailed(error, "roles must alternate");
  EXPECT_EQ(whole(error), "the chat template cannot be applied: roles must alternate");
  errors::noLogits(error);
  EXPECT_EQ(whole(error), "no logits yet: feed a token first");
}

TEST(Errors, NeverOverflow) {
  Error error;
  errors::notAnId(error, std::string(5000, 'p').c_str(), 1, std::string(5000, 'w').c_str());
  EXPECT_LT(whole(error).size(), 1536u); // what the C interface gives on
}

} // namespace
} // namespace ingot::runtime
