// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fake model through the session: the same bits for every cut and number of threads, and the errors.
#include "runtime/session/Session.h"
#include "test/runtime/TemporaryFolder.h"
#include "test/runtime/fake/FakeBlob.h"
#include "test/runtime/fake/FakeModel.h"

#include <gtest/gtest.h>
#include <vector>

namespace ingot::runtime {
namespace {

using Tokens = Run; // testing::Test has a Run of its own

class SessionTest : public testing::Test {
protected:
  void SetUp() override {
    fake::writeBytes(folder.file("program"), fake::attachBlob("code", fake::makeBlob()));
    ASSERT_TRUE(blob.open(ingot_model, folder.file("program").c_str(), error)) << error.text;
    for (int i = 0; i < 60; i++) tokens.push_back(i * 37 % 256);
  }

  using Rows = std::vector<float>;
  // Logits of all tokens, fed in pieces.
  Rows all(Session &session, const std::vector<size_t> &pieces, ingot_token_class tokenClass = INGOT_TOKENS_READ) {
    Rows rows(tokens.size() * fake::kVocabulary);
    size_t done = 0;
    for (size_t piece : pieces) {
      EXPECT_TRUE(session.feedAll(tokens.data() + done, piece, tokenClass, rows.data() + done * fake::kVocabulary, error))
          << error.text;
      done += piece;
    }
    EXPECT_EQ(done, tokens.size());
    return rows;
  }
  Rows last(const Session &session) { return {session.logits(), session.logits() + fake::kVocabulary}; }

  fake::TemporaryFolder folder;
  Blob blob;
  Error error;
  std::vector<int32_t> tokens;
};

TEST_F(SessionTest, SameBitsForThreadsAndCuts) {
  Session reference;
  ASSERT_TRUE(reference.open(ingot_model, blob, {.threads = 1}, error));
  const Rows whole = all(reference, {60});
  const Rows generated = (reference.reset(), all(reference, {60}, INGOT_TOKENS_GENERATED));
  EXPECT_NE(whole, generated); // a class of its own
  for (uint32_t threads : {1u, 2u, 3u, 5u}) {
    Session session;
    ASSERT_TRUE(session.open(ingot_model, blob, {.threads = threads}, error));
    EXPECT_EQ(session.threads(), threads);
    for (const auto &pieces : std::vector<std::vector<size_t>>{{60}, std::vector<size_t>(60, 1), {7, 53}, {13, 1, 46}, {59, 1}}) {
      session.reset();
      EXPECT_EQ(all(session, pieces), whole) << threads << " threads";
    }
    session.rewind(0); // without forgetting what lies in the cache
    EXPECT_EQ(all(session, {30, 30}, INGOT_TOKENS_GENERATED), generated);
  }
}

TEST_F(SessionTest, SameBitsInCompany) {
  Session alone, together;
  ASSERT_TRUE(alone.open(ingot_model, blob, {.threads = 2}, error));
  ASSERT_TRUE(together.open(ingot_model, blob, {.threads = 2, .sequences = 3}, error));
  EXPECT_EQ(together.sequences(), 3u);
  const Rows whole = all(alone, {60});
  const auto row = [&](uint32_t token) { return whole.begin() + token * fake::kVocabulary; };
  // 23 tokens of sequence 2 are there already; sequence 1 holds others.
  Rows rows(60 * fake::kVocabulary);
  const Tokens first[] = {{2, tokens.data(), 23, 0}, {1, tokens.data() + 7, 9, 0}};
  ASSERT_TRUE(together.feedTogether(first, 2, INGOT_TOKENS_READ, rows.data(), error)) << error.text;
  const Tokens runs[] = {
      {0, tokens.data(), 5, 2}, {2, tokens.data() + 23, 1, 1}, {1, tokens.data(), 3, 0}, {0, tokens.data() + 5, 17, 9}};
  ASSERT_TRUE(together.feedTogether(runs, 4, INGOT_TOKENS_READ, rows.data(), error)) << error.text;
  EXPECT_EQ(together.position(0), 22u);
  EXPECT_EQ(together.position(1), 12u);
  EXPECT_EQ(together.position(2), 24u);
  Rows expected(row(3), row(5));
  expected.insert(expected.end(), row(23), row(24));
  expected.insert(expected.end(), row(13), row(22));
  rows.resize(expected.size());
  EXPECT_EQ(rows, expected);
  EXPECT_EQ(together.logits(), nullptr);

  together.rewind(11, 2);
  EXPECT_EQ(together.position(2), 11u);
  const Tokens again = {2, tokens.data() + 11, 4, 1};
  ASSERT_TRUE(together.feedTogether(&again, 1, INGOT_TOKENS_READ, rows.data(), error));
  EXPECT_EQ(Rows(rows.begin(), rows.begin() + fake::kVocabulary), Rows(row(14), row(15)));
}

TEST_F(SessionTest, RefusesRunsThatDoNotFit) {
  Session session;
  ASSERT_TRUE(session.open(ingot_model, blob, {.threads = 1, .context = 30, .sequences = 2}, error));
  Rows rows(60 * fake::kVocabulary);
  const Tokens unknown = {2, tokens.data(), 1, 1}, greedy = {1, tokens.data(), 1, 2}, empty = {0, tokens.data(), 0, 0};
  EXPECT_FALSE(session.feedTogether(&unknown, 1, INGOT_TOKENS_READ, rows.data(), error));
  EXPECT_EQ(error.status, INGOT_INVALID_ARGUMENT);
  EXPECT_FALSE(session.feedTogether(&greedy, 1, INGOT_TOKENS_READ, rows.data(), error));
  EXPECT_FALSE(session.feedTogether(&empty, 1, INGOT_TOKENS_READ, rows.data(), error));
  const Tokens runs[] = {{1, tokens.data(), 16, 0}, {0, tokens.data(), 16, 0}, {1, tokens.data(), 15, 0}};
  EXPECT_FALSE(session.feedTogether(runs, 3, INGOT_TOKENS_READ, rows.data(), error));
  EXPECT_STREQ(error.text, "15 tokens do not fit: 16 of the context's 30 are taken");
  EXPECT_EQ(session.position(1), 0u);
  EXPECT_TRUE(session.feedTogether(runs, 2, INGOT_TOKENS_READ, rows.data(), error));
}

TEST_F(SessionTest, LastLogitsAreTheLastOfAll) {
  Session a, b;
  ASSERT_TRUE(a.open(ingot_model, blob, {.threads = 2}, error) && b.open(ingot_model, blob, {.threads = 2}, error));
  EXPECT_EQ(a.logits(), nullptr);
  const Rows rows = all(a, {60});
  ASSERT_TRUE(b.feed(tokens.data(), 60, INGOT_TOKENS_READ, error));
  EXPECT_EQ(last(a), last(b));
  EXPECT_EQ(last(a), Rows(rows.end() - fake::kVocabulary, rows.end()));
  EXPECT_EQ(b.position(), 60u);
}

TEST_F(SessionTest, RewindsToAnyPosition) {
  Session session;
  ASSERT_TRUE(session.open(ingot_model, blob, {.threads = 2}, error));
  ASSERT_TRUE(session.feed(tokens.data(), 60, INGOT_TOKENS_READ, error));
  const Rows wanted = last(session);
  session.rewind(23);
  EXPECT_EQ(session.position(), 23u);
  EXPECT_EQ(session.logits(), nullptr);
  ASSERT_TRUE(session.feed(tokens.data() + 23, 37, INGOT_TOKENS_READ, error));
  EXPECT_EQ(last(session), wanted);
}

TEST_F(SessionTest, RefusesWhatDoesNotFit) {
  Session session;
  EXPECT_FALSE(session.open(ingot_model, blob, {.context = 201}, error));
  EXPECT_STREQ(error.text, "a context of 201 tokens is wanted, but the program was compiled for at most 200");
  ASSERT_TRUE(session.open(ingot_model, blob, {.context = 70}, error));
  ASSERT_TRUE(session.feed(tokens.data(), 60, INGOT_TOKENS_READ, error));
  EXPECT_FALSE(session.feed(tokens.data(), 11, INGOT_TOKENS_READ, error));
  EXPECT_EQ(error.status, INGOT_CONTEXT_FULL);
  EXPECT_STREQ(error.text, "11 tokens do not fit: 60 of the context's 70 are taken");
  EXPECT_EQ(session.position(), 60u);
  EXPECT_TRUE(session.feed(tokens.data(), 10, INGOT_TOKENS_GENERATED, error));
}

TEST_F(SessionTest, RefusesWrongTokens) {
  Session session;
  ASSERT_TRUE(session.open(ingot_model, blob, {.threads = 1}, error));
  for (const int32_t wrong : {-1, 261, INT32_MAX, INT32_MIN}) {
    const int32_t pair[] = {5, wrong};
    EXPECT_FALSE(session.feed(pair, 2, INGOT_TOKENS_READ, error));
    EXPECT_EQ(error.text, "token " + std::to_string(wrong) + " is out of range: the vocabulary has 261 tokens");
  }
  EXPECT_FALSE(session.feed(tokens.data(), 0, INGOT_TOKENS_READ, error));
  EXPECT_STREQ(error.text, "no tokens to feed");
  EXPECT_EQ(session.position(), 0u);
}

TEST_F(SessionTest, RefusesALackingProcessor) {
  struct ingot_model model = ingot_model;
  model.features = 1u << 30;
  Session session;
  EXPECT_FALSE(session.open(model, blob, {}, error));
  EXPECT_EQ(error.status, INGOT_UNSUPPORTED_PROCESSOR);
}

TEST_F(SessionTest, MeasuresStepsByPlan) {
  Session session;
  StepTimes times;
  ASSERT_TRUE(session.open(ingot_model, blob, {.threads = 2}, error));
  session.measureSteps(&times);
  ASSERT_TRUE(session.feed(tokens.data(), 60, INGOT_TOKENS_READ, error));
  EXPECT_EQ(times.passes[INGOT_PLAN_READ], 9u); // of 7 tokens at most
  EXPECT_EQ(times.passes[INGOT_PLAN_GENERATED], 0u);
  EXPECT_EQ(times.steps[INGOT_PLAN_READ].size(), 2 * ingot_model.plans[INGOT_PLAN_READ].step_count);
  const StepTime mix = times.sum(INGOT_PLAN_READ, 1);
  EXPECT_GT(mix.elapsed, 0u);
  EXPECT_GE(mix.chunks, 9u);
}

} // namespace
} // namespace ingot::runtime
