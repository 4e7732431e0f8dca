// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fake model as a shared library, used by the C interface of abi/Ingot.h.
#include "runtime/abi/Ingot.h"
#include "test/runtime/TemporaryFolder.h"
#include "test/runtime/fake/FakeBlob.h"
#include "test/runtime/fake/FakeModel.h"

#include <algorithm>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <vector>

namespace ingot {
namespace {

class ApiTest : public testing::Test {
protected:
  void SetUp() override {
    fake::writeBytes(path, fake::attachBlob(fake::readBytes(FAKE_FOLDER "/libfake.so"), fake::makeBlob()));
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
  }
  void TearDown() override {
    if (library) dlclose(library);
  }
  template <class Function> Function *find(const char *name) {
    void *found = dlsym(library, name);
    EXPECT_NE(found, nullptr) << name;
    return reinterpret_cast<Function *>(found);
  }
  fake::TemporaryFolder folder;
  const std::string path = folder.file("libfake.so");
  void *library = nullptr;
};
#define FIND(name) const auto name = find<decltype(::name)>(#name)

TEST_F(ApiTest, FeedsAndSamples) {
  FIND(ingot_version);
  FIND(ingot_facts);
  FIND(ingot_session_open);
  FIND(ingot_session_close);
  FIND(ingot_session_feed);
  FIND(ingot_session_feed_all);
  FIND(ingot_session_feed_text);
  FIND(ingot_session_logits);
  FIND(ingot_session_sample);
  FIND(ingot_session_seed);
  FIND(ingot_session_position);
  FIND(ingot_session_reset);
  FIND(ingot_token_is_end);
  FIND(ingot_token_text);

  EXPECT_STREQ(ingot_version(), "0.0.1");
  ingot_model_facts facts;
  ingot_facts(&facts);
  EXPECT_EQ(facts.vocabulary, uint32_t{fake::kVocabulary});

  ingot_session *session = nullptr;
  ingot_error error;
  const ingot_session_options options = {2, 100};
  ASSERT_EQ(ingot_session_open(&options, &session, &error), INGOT_OK) << error.message;
  EXPECT_EQ(ingot_session_logits(session), nullptr);
  int32_t token = -1;
  EXPECT_EQ(ingot_session_sample(session, nullptr, &token, &error), INGOT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "no logits yet: feed a token first");

  // Text is BOS and its bytes.
  ASSERT_EQ(ingot_session_feed_text(session, "Hi", 2, &error), INGOT_OK) << error.message;
  EXPECT_EQ(ingot_session_position(session), 3u);
  const std::vector<float> byText(ingot_session_logits(session), ingot_session_logits(session) + fake::kVocabulary);
  ingot_session_reset(session);
  const int32_t tokens[] = {fake::kBos, 'H', 'i'};
  std::vector<float> all(3 * fake::kVocabulary);
  ASSERT_EQ(ingot_session_feed_all(session, tokens, 3, INGOT_TOKENS_READ, all.data(), nullptr), INGOT_OK);
  EXPECT_TRUE(std::equal(byText.begin(), byText.end(), all.begin() + 2 * fake::kVocabulary));

  ASSERT_EQ(ingot_session_sample(session, nullptr, &token, &error), INGOT_OK);
  EXPECT_EQ(token, std::max_element(byText.begin(), byText.end()) - byText.begin());
  const ingot_sampling sampling = {.temperature = 1, .top_k = 0, .top_p = 0, .min_p = 0, .repeat_penalty = 0};
  int32_t first[20], second[20];
  for (int32_t *drawn : {first, second}) {
    ingot_session_seed(session, 7);
    for (int i = 0; i < 20; i++) ASSERT_EQ(ingot_session_sample(session, &sampling, drawn + i, nullptr), INGOT_OK);
  }
  EXPECT_TRUE(std::equal(first, first + 20, second));
  ASSERT_EQ(ingot_session_feed(session, &token, 1, INGOT_TOKENS_GENERATED, &error), INGOT_OK);

  char bytes[8];
  size_t count = 0;
  ASSERT_EQ(ingot_token_text(session, 'x', sizeof bytes, bytes, &count, &error), INGOT_OK);
  EXPECT_EQ(std::string(bytes, count), "x");
  EXPECT_TRUE(ingot_token_is_end(session, fake::kEnd));
  EXPECT_FALSE(ingot_token_is_end(session, 'x'));
  ingot_session_close(session);
}

TEST_F(ApiTest, SaysWhatIsWrong) {
  FIND(ingot_session_open);
  FIND(ingot_session_close);
  FIND(ingot_session_feed);
  ingot_session *session = nullptr;
  ingot_error error;
  const ingot_session_options large = {1, 5000}, small = {1, 4};
  EXPECT_EQ(ingot_session_open(&large, &session, &error), INGOT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "a context of 5000 tokens is wanted, but the program was compiled for at most 200\n"
                              "note: compile it again with --context 5000");
  EXPECT_EQ(session, nullptr);
  ASSERT_EQ(ingot_session_open(&small, &session, &error), INGOT_OK);
  const int32_t tokens[] = {1, 2, 3, 4, 5};
  EXPECT_EQ(ingot_session_feed(session, tokens, 5, INGOT_TOKENS_READ, &error), INGOT_CONTEXT_FULL);
  EXPECT_EQ(ingot_session_feed(session, tokens, 1, static_cast<ingot_token_class>(2), &error), INGOT_INVALID_ARGUMENT);
  const int32_t wrong = 5000;
  EXPECT_EQ(ingot_session_feed(session, &wrong, 1, INGOT_TOKENS_READ, &error), INGOT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "token 5000 is out of range: the vocabulary has 261 tokens");
  ingot_session_close(session);
  ingot_session_close(nullptr);
}

TEST_F(ApiTest, KnowsItsOwnFile) { // two libraries in one process, one of them without weights
  const std::string bare = folder.file("libbare.so");
  fake::writeBytes(bare, fake::readBytes(FAKE_FOLDER "/libfake.so"));
  void *other = dlopen(bare.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(other, nullptr);
  const auto open = reinterpret_cast<decltype(&ingot_session_open)>(dlsym(other, "ingot_session_open"));
  ingot_session *session = nullptr;
  ingot_error error;
  EXPECT_EQ(open(nullptr, &session, &error), INGOT_DAMAGED);
  EXPECT_TRUE(std::string(error.message).starts_with(bare + ": no weights at the end of the file")) << error.message;
  dlclose(other);
}

} // namespace
} // namespace ingot
