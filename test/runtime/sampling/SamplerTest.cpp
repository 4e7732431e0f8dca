// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/Sampler.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <vector>

namespace ingot::runtime {
namespace {

// All off, until said otherwise.
struct Settings {
  float temperature = 0;
  uint32_t top_k = 0;
  float top_p = 0, min_p = 0, repeat_penalty = 0;
  operator ingot_sampling() const { return {temperature, top_k, top_p, min_p, repeat_penalty}; }
};

std::map<int32_t, double> shares(std::vector<float> logits, const Settings &sampling, int draws = 20000) {
  Sampler sampler(42);
  std::map<int32_t, double> counts;
  for (int i = 0; i < draws; i++)
    counts[sampler.sample(logits.data(), static_cast<uint32_t>(logits.size()), sampling)] += 1.0 / draws;
  return counts;
}

std::vector<float> logsOf(std::initializer_list<double> probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)) + 5);
  return logits;
}

TEST(Random, DependsOnTheSeedAlone) {
  Random a(42), b(42), c(43);
  const uint32_t first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  double sum = 0;
  for (int i = 0; i < 10000; i++) {
    const double u = a.uniform();
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
}

TEST(Sampler, LikeliestIsTheFirstOfEquals) {
  const float nan = std::nanf("");
  std::vector<float> logits(100, -3);
  logits[40] = logits[77] = 2, logits[3] = nan;
  EXPECT_EQ(likeliest(logits.data(), 100), 40);
  for (uint32_t n : {1u, 2u, 15u, 16u, 17u, 33u}) {
    std::vector<float> rising(n);
    for (uint32_t i = 0; i < n; i++) rising[i] = static_cast<float>(i);
    EXPECT_EQ(likeliest(rising.data(), n), static_cast<int32_t>(n) - 1);
  }
  const std::vector<float> none(20, nan), infinite(20, INFINITY);
  EXPECT_EQ(likeliest(none.data(), 20), -1);
  EXPECT_EQ(likeliest(infinite.data(), 20), -1);
}

TEST(Sampler, TemperatureZeroIsGreedy) {
  EXPECT_EQ(shares(logsOf({0.2, 0.5, 0.3}), {}, 128), (std::map<int32_t, double>{{1, 1.0}}));
}

TEST(Sampler, DrawsTheModelsDistribution) {
  const auto got = shares(logsOf({0.2, 0.5, 0.25, 0.05}), {.temperature = 1});
  EXPECT_NEAR(got.at(0), 0.2, 0.01);
  EXPECT_NEAR(got.at(1), 0.5, 0.01);
  EXPECT_NEAR(got.at(2), 0.25, 0.01);
  EXPECT_NEAR(got.at(3), 0.05, 0.01);
}

TEST(Sampler, TemperatureSharpens) {
  const auto got = shares(logsOf({0.2, 0.8}), {.temperature = 0.5f}); // squares: 0.04 to 0.64
  EXPECT_NEAR(got.at(0), 0.04 / 0.68, 0.01);
}

TEST(Sampler, TopKKeepsTheBest) {
  const auto got = shares(logsOf({0.1, 0.3, 0.2, 0.4}), {.temperature = 1, .top_k = 2});
  EXPECT_EQ(got.size(), 2u);
  EXPECT_NEAR(got.at(3), 0.4 / 0.7, 0.01);
  EXPECT_NEAR(got.at(1), 0.3 / 0.7, 0.01);
}

TEST(Sampler, TopKPrefersEarlierTokensAmongEquals) {
  const auto got = shares(std::vector<float>(50, 1.0f), {.temperature = 1, .top_k = 3});
  EXPECT_EQ(got.size(), 3u);
  EXPECT_TRUE(got.count(0) && got.count(1) && got.count(2));
}

TEST(Sampler, TopPKeepsTheMass) {
  const auto got = shares(logsOf({0.1, 0.5, 0.25, 0.15}), {.temperature = 1, .top_p = 0.7f}); // 0.5 + 0.25 reach it
  EXPECT_EQ(got.size(), 2u);
  EXPECT_NEAR(got.at(1), 0.5 / 0.75, 0.01);
  EXPECT_EQ(shares(logsOf({0.1, 0.9}), {.temperature = 1, .top_p = 0.01f}).size(), 1u); // one always stays
}

TEST(Sampler, MinPCutsTheUnlikely) {
  const auto got = shares(logsOf({0.04, 0.5, 0.4, 0.06}), {.temperature = 1, .min_p = 0.1f}); // at least 0.05
  EXPECT_EQ(got.size(), 3u);
  EXPECT_FALSE(got.count(0));
}

TEST(Sampler, RepeatPenaltyPunishesOnceAndRestores) {
  Sampler sampler(1);
  std::vector<float> logits = {2.0f, 1.9f, -1.0f};
  const std::vector<float> before = logits;
  sampler.remember(0), sampler.remember(0), sampler.remember(2);
  EXPECT_EQ(sampler.sample(logits.data(), 3, Settings{.repeat_penalty = 1.04f}),
            0); // 2 / 1.04 is still more; twice it would not be
  EXPECT_EQ(sampler.sample(logits.data(), 3, Settings{.repeat_penalty = 1.1f}), 1);
  EXPECT_EQ(logits, before);
  sampler.forget();
  EXPECT_EQ(sampler.sample(logits.data(), 3, Settings{.repeat_penalty = 1.1f}), 0);
}

TEST(Sampler, SameSeedSameTokens) {
  std::vector<float> logits(5000);
  for (size_t i = 0; i < logits.size(); i++) logits[i] = static_cast<float>(i * 7919 % 5000) / 500;
  for (const Settings &sampling : {Settings{.temperature = 1, .top_k = 40, .top_p = 0.95f, .min_p = 0.05f},
                                   Settings{.temperature = 1.5f}, Settings{.temperature = 0.7f, .top_p = 0.9f}}) {
    Sampler a(9), b(9), c(10);
    int differences = 0;
    for (int i = 0; i < 200; i++) {
      const int32_t token = a.sample(logits.data(), 5000, sampling);
      ASSERT_EQ(token, b.sample(logits.data(), 5000, sampling));
      differences += token != c.sample(logits.data(), 5000, sampling);
    }
    EXPECT_GT(differences, 0);
  }
}

// The three filters on a large vocabulary agree with sorting it.
TEST(Sampler, FiltersLikeASort) {
  constexpr uint32_t vocabulary = 40000;
  std::vector<float> logits(vocabulary);
  uint32_t random = 1;
  for (float &logit : logits) {
    random = random * 1664525 + 1013904223;
    logit = static_cast<float>(random >> 8) / (1 << 20) - 8; // 0 … 16, many close together
  }
  std::vector<std::pair<float, int32_t>> sorted;
  for (uint32_t i = 0; i < vocabulary; i++) sorted.push_back({-logits[i], static_cast<int32_t>(i)});
  std::sort(sorted.begin(), sorted.end());
  double all = 0, mass = 0;
  for (const auto &each : sorted) all += std::exp(-each.first + sorted[0].first);
  size_t kept = 0;
  while (mass < 0.2 * all) mass += std::exp(-sorted[kept++].first + sorted[0].first);
  for (const auto &[token, share] : shares(logits, {.temperature = 1, .top_p = 0.2f}, 2000))
    EXPECT_GE(logits[static_cast<size_t>(token)], -sorted[kept - 1].first) << token;
  for (const auto &[token, share] : shares(logits, {.temperature = 1, .top_k = 7}, 2000))
    EXPECT_GE(logits[static_cast<size_t>(token)], -sorted[6].first) << token;
}

// Without filters, over many blocks: the shares of a few likely tokens and of all the others together.
TEST(Sampler, DrawsFromALargeVocabulary) {
  std::vector<float> logits(100003, -std::log(400000.0f)); // together a quarter
  logits[5] = std::log(0.5f), logits[70000] = std::log(0.125f), logits[100002] = std::log(0.125f), logits[9] = std::nanf("");
  const auto got = shares(logits, {.temperature = 1}, 4000);
  EXPECT_NEAR(got.at(5), 0.5, 0.03);
  EXPECT_NEAR(got.at(70000), 0.125, 0.02);
  EXPECT_NEAR(got.at(100002), 0.125, 0.02);
  EXPECT_FALSE(got.count(9));
  const auto likely = shares(logits, {.temperature = 1, .min_p = 0.1f}, 4000);
  EXPECT_EQ(likely.size(), 3u);
  EXPECT_NEAR(likely.at(5), 2.0 / 3, 0.03);
}

TEST(Sampler, NoNumbersIsNoToken) {
  std::vector<float> logits(64, std::nanf(""));
  Sampler sampler(1);
  EXPECT_EQ(sampler.sample(logits.data(), 64, Settings{.temperature = 1}), -1);
  logits[9] = 1;
  EXPECT_EQ(sampler.sample(logits.data(), 64, Settings{.temperature = 1}), 9);
}

} // namespace
} // namespace ingot::runtime
