// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Templates compiled and rendered: against what Jinja makes of them (template-cases.json), and what must be refused.
#include "runtime/text/ChatTemplate.h"
#include "test/runtime/text/SmallVocabulary.h"
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

using namespace ingot::text;
using namespace ingot::runtime;

static TokenizerSource sourceOf(const std::string &chatTemplate) {
  TokenizerSource source = scored({});
  source.bos = 1;
  source.chatTemplate = chatTemplate;
  return source;
}

static std::string render(const std::string &chatTemplate, const std::vector<ChatMessage> &messages, bool prompt = false) {
  Opened opened(sourceOf(chatTemplate));
  if (!opened.tokenizer.hasTemplate()) return "no template";
  ChatOptions options;
  options.addGenerationPrompt = prompt;
  options.now = 1700000000;
  Text text, error;
  bool done = renderChat(opened.tokenizer, messages.data(), messages.size(), options, text, error);
  return done ? std::string(view(text)) : "error: " + std::string(view(error));
}

static std::string compileError(const std::string &chatTemplate) {
  llvm::Expected<std::string> section = buildTextSection(sourceOf(chatTemplate));
  return section ? "" : llvm::toString(section.takeError());
}

TEST(Template, RendersAsJinja) {
  setenv("TZ", "UTC", 1);
  tzset();
  nlohmann::json cases = nlohmann::json::parse(std::ifstream("test/frontends/text/template-cases.json"));
  ASSERT_GT(cases.size(), 100u);
  for (auto &test : cases) {
    std::vector<std::string> parts;
    for (auto &message : test["messages"]) {
      parts.push_back(message["role"]);
      parts.push_back(message["content"]);
    }
    std::vector<ChatMessage> messages;
    for (size_t i = 0; i < parts.size(); i += 2) messages.push_back({parts[i], parts[i + 1]});
    EXPECT_EQ(render(test["template"], messages, test["prompt"]), test["text"].get<std::string>()) << test["name"] << "\n"
                                                                                                   << test["template"];
  }
}

TEST(Template, WithoutOneSaysSo) {
  EXPECT_FALSE(Opened(scored({})).tokenizer.hasTemplate());
  EXPECT_TRUE(Opened(sourceOf("{{ messages }}")).tokenizer.hasTemplate());
}

TEST(Template, ErrorsNameTheConstructAndItsLine) {
  auto at = [](const char *line, const char *message) { return std::string("chat template, line ") + line + ": " + message; };
  EXPECT_EQ(compileError("a\n{% include 'x' %}"), at("2", "unsupported statement '{% include %}'"));
  EXPECT_EQ(compileError("{{ a|groupby('x') }}"), at("1", "unknown filter 'groupby'"));
  EXPECT_EQ(compileError("\n\n{{ a is weird }}"), at("3", "unknown test 'weird'"));
  EXPECT_EQ(compileError("{{ a.encode() }}"), at("1", "unknown method 'encode'"));
  EXPECT_EQ(compileError("{{ lipsum(3) }}"), at("1", "unknown function 'lipsum'"));
  EXPECT_EQ(compileError("{{ range(*a) }}"), at("1", "unpacked arguments ('*') are not supported"));
  EXPECT_EQ(compileError("{{ a|map(b) }}"), at("1", "the name of a filter or test must be a literal string"));
  EXPECT_EQ(compileError("{{ a[1, 2] }}"), at("1", "an index of several values is not supported"));
  EXPECT_EQ(compileError("{% for (a, (b, c)) in d %}{% endfor %}"), at("1", "nested targets are not supported"));
  EXPECT_EQ(compileError("{% if a %}\n\nb"), at("1", "a block has no '{% endif %}'"));
  EXPECT_EQ(compileError("{% endif %}"), at("1", "'{% endif %}' without a beginning"));
  EXPECT_EQ(compileError("{% break %}"), at("1", "'{% break %}' outside a loop"));
  EXPECT_EQ(compileError("x\n{{ a"), at("2", "a tag has no '}}'"));
  EXPECT_EQ(compileError("{# a"), at("1", "a comment has no '#}'"));
  EXPECT_EQ(compileError("{{ 'a }}"), at("1", "a string has no closing quote"));
  EXPECT_EQ(compileError("{{ a b }}"), at("1", "expected '}}' instead of 'b'"));
  EXPECT_EQ(compileError("{{ }}"), at("1", "expected an expression instead of '}}'"));
  EXPECT_EQ(compileError("{{ a ? b }}"), at("1", "unexpected character '?'"));
  EXPECT_EQ(compileError("{% raw %}"), at("1", "'{% raw %}' has no '{% endraw %}'"));
  EXPECT_EQ(compileError("{{ 99999999999999999999 }}"), at("1", "the number '99999999999999999999' does not fit 64 bits"));
  EXPECT_EQ(compileError("{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}"),
            at("1", "the expression is nested too deeply"));
}

TEST(Template, RuntimeErrorsNameTheLine) {
  std::vector<ChatMessage> chat = {{"user", "hi"}};
  EXPECT_EQ(render("{{ raise_exception('no system role') }}", chat), "error: no system role");
  EXPECT_EQ(render("\n{{ nope.attribute }}", chat), "error: line 2: 'nope' is undefined");
  EXPECT_EQ(render("{{ nope + 'a' }}", chat), "error: line 1: 'nope' is undefined");
  EXPECT_EQ(render("{{ 'a' + 1 }}", chat), "error: line 1: '+' between values of type str and int");
  EXPECT_EQ(render("{{ messages.strip() }}", chat), "error: line 1: a list has no method 'strip' of these arguments");
  EXPECT_EQ(render("{% for x in 3 %}{% endfor %}", chat), "error: line 1: a loop over a value of type int");
  EXPECT_EQ(render("{% set messages.x = 1 %}", chat),
            "error: line 1: cannot set 'x' of a value of type list, which is no namespace");
  EXPECT_EQ(render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", chat), "error: line 1: too deeply nested");
  EXPECT_EQ(render("{{ 'a'|trim(x=1) }}", chat), "error: line 1: a filter has no argument 'x'");
  EXPECT_EQ(render("{{ 1 // 0 }}", chat), "error: line 1: division by zero");
  EXPECT_EQ(render("{{ 9223372036854775807 + 1 }}", chat), "error: line 1: an integer exceeds 64 bits");
  EXPECT_EQ(render("{{ 'ab' * 99999999 }}", chat), "error: line 1: a value repeated 99999999 times");
  EXPECT_EQ(render("{{ range(9999999)|list }}", chat), "error: line 1: range has more than 100000 items");
}

// Any template ends in a text or an error, at compile time or when it is rendered. INGOT_FUZZ_ROUNDS makes it longer.
TEST(Template, MutatedOnesEndInATextOrAnError) {
  nlohmann::json cases = nlohmann::json::parse(std::ifstream("test/frontends/text/template-cases.json"));
  const char *wanted = getenv("INGOT_FUZZ_ROUNDS");
  std::mt19937 random(3);
  size_t rendered = 0;
  for (long round = 0, rounds = wanted ? atol(wanted) : 1500; round < rounds; ++round) {
    std::string source = cases[random() % cases.size()]["template"], other = cases[random() % cases.size()]["template"];
    for (unsigned change = 0, changes = 1 + random() % 4; change < changes && !source.empty(); ++change) {
      size_t at = random() % source.size(), length = 1 + random() % 12, from = random() % (other.size() + 1);
      switch (random() % 4) {
      case 0:
        source.erase(at, length);
        break;
      case 1:
        source.insert(at, other.substr(from, length));
        break;
      case 2:
        source.replace(at, length, other.substr(from, length));
        break;
      default:
        source[at] = "{}%-|.()[]'\"~ \n\\0\xff"[random() % 18];
      }
    }
    llvm::Expected<std::string> section = buildTextSection(sourceOf(source));
    if (!section) {
      EXPECT_FALSE(llvm::toString(section.takeError()).empty());
      continue;
    }
    EXPECT_NE(render(source, {{"user", "é\n"}, {"assistant", "b"}}), "error: ");
    ++rendered;
  }
  EXPECT_GT(rendered, 0u);
}

// What models do in templates must not depend on what the chat says.
TEST(Template, AnyContentIsText) {
  std::string content("{{ 1 }} {% if %} \xff\xe6 \0 </s>", 26);
  EXPECT_EQ(render("{{ messages[0].content|trim }}|{{ messages[0].content[0] }}", {{"user", content}}), content + "|{");
}
