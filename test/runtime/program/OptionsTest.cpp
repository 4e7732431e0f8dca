// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Options.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ingot::runtime {
namespace {

class OptionsTest : public testing::Test {
protected:
  bool parse(std::vector<const char *> arguments) {
    arguments.insert(arguments.begin(), "model");
    options = {}, error = {};
    return parseOptions(static_cast<int>(arguments.size()), const_cast<char *const *>(arguments.data()), options, error);
  }
  void refuse(const std::vector<const char *> &arguments, const std::string &text, const std::string &notes = "") {
    EXPECT_FALSE(parse(arguments));
    EXPECT_EQ(error.text, text);
    EXPECT_EQ(error.notes, notes);
  }
  Options options;
  Error error;
};

TEST_F(OptionsTest, DefaultsAnswer) {
  ASSERT_TRUE(parse({}));
  EXPECT_EQ(options.mode, Mode::answer);
  EXPECT_EQ(options.prompt, nullptr);
  EXPECT_FLOAT_EQ(options.sampling.temperature, 0.8f);
  EXPECT_EQ(options.sampling.top_k, 40u);
  EXPECT_FALSE(options.seeded);
}

TEST_F(OptionsTest, ReadsEveryForm) {
  ASSERT_TRUE(parse({"-n", "5", "--temperature=0.5", "Hello", "--top-k", "3", "-t4", "--seed", "18446744073709551615", "--top-p",
                     "0.5", "--min-p=0", "--repeat-penalty", "1.1", "--context=64", "--system", "be brief"}));
  EXPECT_STREQ(options.prompt, "Hello");
  EXPECT_EQ(options.count, 5u);
  EXPECT_EQ(options.threads, 4u);
  EXPECT_EQ(options.seed, UINT64_MAX);
  EXPECT_EQ(options.context, 64u);
  EXPECT_STREQ(options.system, "be brief");
  EXPECT_FLOAT_EQ(options.sampling.temperature, 0.5f);
  EXPECT_FLOAT_EQ(options.sampling.top_p, 0.5f);
  EXPECT_FLOAT_EQ(options.sampling.min_p, 0);
  EXPECT_FLOAT_EQ(options.sampling.repeat_penalty, 1.1f);
  ASSERT_TRUE(parse({"--raw", "--", "--chat"}));
  EXPECT_STREQ(options.prompt, "--chat");
  ASSERT_TRUE(parse({"--logits", "--tokens", "a", "--out", "b", "--batch", "7", "--parallel", "8", "--decode"}));
  EXPECT_EQ(options.mode, Mode::logits);
  EXPECT_TRUE(options.decode);
  EXPECT_EQ(options.batch, 7u);
  EXPECT_EQ(options.parallel, 8u);
  ASSERT_TRUE(parse({"--generate", "--tokens", "a", "-o", "b", "-n", "16"}));
  EXPECT_EQ(options.mode, Mode::generate);
  ASSERT_TRUE(parse({"--bench", "--json", "--roofline", "--prefill", "64", "-n", "8", "--repeat", "1", "--past", "9"}));
  EXPECT_EQ(options.past, 9u);
  EXPECT_TRUE(options.json && options.roofline);
}

TEST_F(OptionsTest, SuggestsTheNearestOption) {
  refuse({"--temperatur", "1"}, "unknown option '--temperatur'", "note: did you mean '--temperature'?");
  refuse({"--theads=2"}, "unknown option '--theads'", "note: did you mean '--threads'?");
  refuse({"--frobnicate"}, "unknown option '--frobnicate'",
         "note: --help lists the options; a prompt that begins with '-' goes after '--'");
  refuse({"-x"}, "unknown option '-x'", "note: --help lists the options; a prompt that begins with '-' goes after '--'");
}

TEST_F(OptionsTest, ChecksValues) {
  refuse({"--threads"}, "option '--threads' needs a value: N");
  refuse({"--threads", "0"}, "option '--threads' is 0, expected 1 to 1024");
  refuse({"-n", "many"}, "option '-n' is 'many', expected a whole number");
  refuse({"-n", "-1"}, "option '-n' is '-1', expected a whole number");
  refuse({"--top-p", "1.5"}, "option '--top-p' is 1.5, expected 0 to 1");
  refuse({"--temperature", "warm"}, "option '--temperature' is 'warm', expected a number");
  refuse({"--temperature", "nan"}, "option '--temperature' is nan, expected 0 to 100");
  refuse({"--chat=yes"}, "option '--chat' takes no value");
}

TEST_F(OptionsTest, ChecksWhatGoesTogether) {
  refuse({"--chat", "--bench"}, "option '--bench' does not go with '--chat'");
  refuse({"--chat", "Hello"}, "option '--chat' does not go with 'a prompt'");
  refuse({"Hello", "world"}, "a second prompt 'world'", "note: put the prompt in quotation marks");
  refuse({"--batch", "3", "Hello"}, "option '--batch' needs --logits");
  refuse({"--parallel", "3", "Hello"}, "option '--parallel' needs --logits or --bench");
  refuse({"--json", "Hello"}, "option '--json' needs --bench or --info");
  refuse({"--raw", "--system", "x", "Hello"}, "option '--system' does not go with '--raw'");
  refuse({"--logits", "--out", "x"}, "option '--logits' needs --tokens FILE");
  refuse({"--generate", "--tokens", "x"}, "option '--generate' needs --out FILE");
  refuse({"--generate", "--tokens", "x", "--out", "y"}, "option '--generate' needs -n N");
  refuse({"--logits", "--tokens", "x", "--out", "y", "-n", "3"}, "option '--count' needs a prompt, --chat, --generate or --bench");
}

TEST_F(OptionsTest, HelpNamesEveryOption) {
  Text text;
  describeOptions("model", text);
  for (const char *name :
       {"--chat",           "--bench",   "--logits",  "--generate", "--info",        "--verify", "--licenses", "--version",
        "--help",           "--system",  "--raw",     "--count",    "--temperature", "--top-k",  "--top-p",    "--min-p",
        "--repeat-penalty", "--seed",    "--threads", "--context",  "--tokens",      "--out",    "--batch",    "--parallel",
        "--decode",         "--prefill", "--past",    "--repeat",   "--roofline",    "--json"})
    EXPECT_NE(view(text).find(name), std::string_view::npos) << name;
}

} // namespace
} // namespace ingot::runtime
