// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fake model as a linked program, with libc and libm alone, from its command line.
#include "test/runtime/TemporaryFolder.h"
#include "test/runtime/fake/FakeBlob.h"
#include "test/runtime/fake/FakeModel.h"

#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace ingot {
namespace {

struct Result {
  int status = -1; // exit status, or 1000 + signal
  std::string out, error;
};

class ProgramTest : public testing::Test {
protected:
  static void SetUpTestSuite() {
    folder = new fake::TemporaryFolder;
    install("fake-program", "fake", fake::makeBlob());
  }
  static void TearDownTestSuite() { delete folder; }
  static void install(const std::string &built, const std::string &name, const std::string &blob) {
    fake::writeBytes(folder->file(name), fake::attachBlob(fake::readBytes(FAKE_FOLDER "/" + built), blob), true);
  }

  // Runs a shell command in the folder, with this input.
  static Result shell(const std::string &command, const std::string &input = "") {
    fake::writeBytes(folder->file("stdin"), input);
    const int code = system(("cd " + folder->file("") + " && { " + command + " ; } < stdin > stdout 2> stderr").c_str());
    Result result;
    result.status = WIFEXITED(code) ? WEXITSTATUS(code) : 1000 + WTERMSIG(code);
    result.out = fake::readBytes(folder->file("stdout")), result.error = fake::readBytes(folder->file("stderr"));
    return result;
  }
  static std::string file(const std::string &name) { return folder->file(name); }
  static std::vector<float> floats(const std::string &name) {
    const std::string bytes = fake::readBytes(file(name));
    std::vector<float> values(bytes.size() / 4);
    memcpy(values.data(), bytes.data(), values.size() * 4);
    return values;
  }

  static fake::TemporaryFolder *folder;
};
fake::TemporaryFolder *ProgramTest::folder = nullptr;

TEST_F(ProgramTest, NeedsLibcAndLibmAlone) {
  const Result result = shell("ldd ./fake");
  EXPECT_EQ(result.out.find("libstdc++"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("libgcc"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("libc.so.6"), std::string::npos) << result.out;
}

TEST_F(ProgramTest, AnswersAPrompt) {
  const Result result = shell("./fake --temperature 0 -n 20 Hello");
  EXPECT_EQ(result.status, 0) << result.error;
  EXPECT_EQ(result.out.size(), 21u) << result.out; // bytes and the line's end
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(shell("./fake --temperature 0 -n 20 --threads 3", "Hello\n").out, result.out); // the prompt from a pipe
  EXPECT_EQ(shell("./fake --temperature 0 -n 20", "Hello").out, result.out);
  EXPECT_EQ(shell("./fake --temperature 0 -n 20 --raw '<bos><user>Hello<end><model>'").out,
            result.out);                                                                            // what the template makes of it
  EXPECT_EQ(shell("./fake --temperature 0 -n 20 --raw '<user>Hello<end><model>'").out, result.out); // BOS once
  EXPECT_NE(shell("./fake --temperature 0 -n 20 --raw Hello").out, result.out);
  EXPECT_NE(shell("./fake --temperature 0 -n 20 --system Short Hello").out, result.out);
}

TEST_F(ProgramTest, StopsAtAnEndToken) {
  const Result result = shell("./fake --seed 5 Hello"); // sure after position 150
  EXPECT_EQ(result.status, 0) << result.error;
  EXPECT_EQ(result.error, "");
  EXPECT_GT(result.out.size(), 130u);
  EXPECT_LT(result.out.size(), 155u);
}

TEST_F(ProgramTest, SeedsRepeat) {
  const std::string first = shell("./fake --seed 5 -n 50 Hello").out;
  EXPECT_EQ(shell("./fake --seed 5 -n 50 --threads 1 Hello").out, first);
  EXPECT_NE(shell("./fake --seed 6 -n 50 Hello").out, first);
}

TEST_F(ProgramTest, AFullContextEndsTheAnswer) {
  const Result result = shell("./fake --context 40 --raw Hello");
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.error.find("note: the context of 40 tokens is full: the answer ends here"), std::string::npos) << result.error;
  EXPECT_EQ(result.out.size(), 36u) << result.out; // 6 read, 34 fed, one more to say, and the line's end
}

TEST_F(ProgramTest, APromptLongerThanTheContextIsAnError) {
  const Result result = shell("./fake --context 10 --raw 'Hello world'");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.error,
            "fake: error: the prompt is 12 tokens, but the context has room for 10\nnote: --context may be up to 200\n");
}

TEST_F(ProgramTest, EmptyInputIsNoPrompt) {
  const Result result = shell("./fake", "");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.error, "fake: error: no prompt: the input is empty\nnote: give a prompt, or --chat, or --help\n");
}

TEST_F(ProgramTest, WrongOptionsAreStatusTwo) {
  const Result result = shell("./fake --chatt");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.error, "fake: error: unknown option '--chatt'\nnote: did you mean '--chat'?\n");
  EXPECT_EQ(shell("./fake --context 1000 Hello").status, 2);
}

TEST_F(ProgramTest, ChatsLineByLine) {
  const Result two = shell("./fake --chat --temperature 0 -n 8", "Hello\nAgain\n");
  EXPECT_EQ(two.status, 0) << two.error;
  const size_t cut = two.out.find('\n');
  ASSERT_NE(cut, std::string::npos);
  EXPECT_EQ(two.out.substr(0, cut + 1), shell("./fake --temperature 0 -n 8 Hello").out);
  // The history is part of the second turn; --raw gives it by hand.
  const std::string history = "<user>Hello<end><model>" + two.out.substr(0, cut) + "<end><user>Again<end><model>";
  fake::writeBytes(file("history"), history);
  EXPECT_NE(two.out.substr(cut + 1), shell("./fake --temperature 0 -n 8 Again").out);
  EXPECT_EQ(shell("./fake --chat --temperature 0 -n 8", "Hello\n/reset\nHello\n").out,
            two.out.substr(0, cut + 1) + two.out.substr(0, cut + 1));
  EXPECT_EQ(shell("./fake --chat --temperature 0 -n 8", "Hello\n/exit\nHello\n").out, two.out.substr(0, cut + 1));
  EXPECT_NE(shell("./fake --chat", "/help\n").error.find("/reset"), std::string::npos);
  EXPECT_EQ(shell("./fake --chat", "/rest\n").error,
            "error: unknown command '/rest'\nnote: /help lists them; a message may begin with a blank\n");
}

TEST_F(ProgramTest, AChatDropsItsOldestTurns) {
  std::string turns;
  for (int i = 0; i < 12; i++) turns += "This is a longer message\n";
  const Result result = shell("./fake --chat --temperature 0 -n 10", turns);
  EXPECT_EQ(result.status, 0) << result.error;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 12) << result.out;
  EXPECT_NE(result.error.find("note: the context of 200 tokens is full: the oldest 2 messages were dropped"), std::string::npos)
      << result.error;
}

TEST_F(ProgramTest, AMessageLongerThanTheContextDoesNotEndAChat) {
  const Result result = shell("./fake --chat --temperature 0 -n 10", std::string(300, 'x') + "\nHello\n");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.error.substr(0, result.error.find('\n')),
            "fake: error: the prompt is 304 tokens, but the context has room for 200");
  EXPECT_EQ(result.out, shell("./fake --temperature 0 -n 10 Hello").out);
}

TEST_F(ProgramTest, AModelWithoutTemplateSaysSo) {
  install("fake-program", "base", fake::makeBlob(fake::Template::none));
  EXPECT_EQ(shell("./base --chat").status, 1);
  EXPECT_EQ(shell("./base --chat").error, "base: error: this model has no chat template, which a conversation needs\n"
                                          "note: give a text as prompt, the model continues it\n");
  EXPECT_EQ(shell("./base --system x Hello").error.substr(0, 68),
            "base: error: this model has no chat template, which --system needs\nn");
  EXPECT_EQ(shell("./base --temperature 0 -n 9 Hello").out, shell("./fake --temperature 0 -n 9 --raw Hello").out);
}

TEST_F(ProgramTest, WritesLogits) {
  fake::writeBytes(file("ids"), "256 72 101 108 108 111 1 2 3 4 5 6 7 8 9 10 11 12 13\n5\n200 7\n");
  ASSERT_EQ(shell("./fake --logits --tokens ids --out whole").error, "");
  const std::vector<float> whole = floats("whole");
  ASSERT_EQ(whole.size(), 22u * fake::kVocabulary);
  for (const char *options : {"--batch 1", "--batch 3 --threads 1", "--batch 512 --threads 3"}) {
    ASSERT_EQ(shell(std::string("./fake --logits --tokens ids --out cut ") + options).status, 0);
    EXPECT_EQ(floats("cut"), whole) << options;
  }
  ASSERT_EQ(shell("./fake --logits --decode --tokens ids --out decoded").status, 0);
  const std::vector<float> decoded = floats("decoded");
  ASSERT_EQ(decoded.size(), whole.size());
  EXPECT_NE(decoded, whole);
  ASSERT_EQ(shell("./fake --logits --decode --batch 1 --tokens ids --out cut").status, 0);
  EXPECT_EQ(floats("cut"), decoded);
}

TEST_F(ProgramTest, WritesLogitsOfPromptsInCompany) {
  fake::writeBytes(file("ids"), "256 72 101 108 108 111 1 2 3 4 5 6 7 8 9 10 11 12 13\n5\n200 7\n9 8 7 6 5 4\n1\n");
  for (const std::string decode : {"", " --decode"}) {
    ASSERT_EQ(shell("./fake --logits --tokens ids --out alone" + decode).error, "");
    for (const char *options : {"--parallel 2", "--parallel 3 --batch 3 --threads 1", "--parallel 5 --batch 1", "--parallel 9"}) {
      ASSERT_EQ(shell("./fake --logits --tokens ids --out together " + (options + decode)).error, "");
      EXPECT_EQ(floats("together"), floats("alone")) << options << decode;
    }
  }
  EXPECT_EQ(shell("./fake --logits --tokens ids --out /dev/stdout --parallel 2 | cat").error,
            "/dev/stdout: error: cannot write: Illegal seek\n");
  EXPECT_EQ(shell("./fake --logits --tokens ids --out /dev/stdout | cat").error, "");
}

TEST_F(ProgramTest, GeneratesIds) {
  fake::writeBytes(file("ids"), "256 72 101\n5\n");
  ASSERT_EQ(shell("./fake --generate --tokens ids -n 180 --out new").error, "");
  std::istringstream lines(fake::readBytes(file("new")));
  std::string line;
  std::vector<std::vector<int>> all;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    all.emplace_back(std::istream_iterator<int>(words), std::istream_iterator<int>());
  }
  ASSERT_EQ(all.size(), 2u);
  ASSERT_EQ(all[0].size(), 180u);
  EXPECT_EQ(all[0].back(), int{fake::kEnd}); // ignored and gone on with
  EXPECT_EQ(all[0][170], int{fake::kEnd});
  // The first new token is the likeliest of --logits' last row.
  ASSERT_EQ(shell("./fake --logits --tokens ids --out rows").status, 0);
  const std::vector<float> rows = floats("rows");
  const auto third = rows.begin() + 2 * fake::kVocabulary;
  EXPECT_EQ(all[0][0], std::max_element(third, third + fake::kVocabulary) - third);
}

TEST_F(ProgramTest, SaysWhatIsWrongWithFiles) {
  fake::writeBytes(file("ids"), "1\n2 261\n");
  EXPECT_EQ(shell("./fake --logits --tokens ids --out x").error,
            "ids:2: error: token 261 is out of range: the vocabulary has 261 tokens\n");
  fake::writeBytes(file("ids"), "1 2 3 4\n");
  EXPECT_EQ(shell("./fake --generate --tokens ids --out x -n 197").error,
            "ids:1: error: 4 tokens and 197 to generate, but the context has room for 200\n");
  EXPECT_EQ(shell("./fake --logits --context 3 --tokens ids --out x").error,
            "ids:1: error: the prompt is 4 tokens, but the context has room for 3\nnote: --context may be up to 200\n");
  EXPECT_EQ(shell("./fake --logits --tokens none --out x").error, "none: error: cannot open: No such file or directory\n");
  EXPECT_EQ(shell("./fake --logits --tokens ids --out no/x").error, "no/x: error: cannot write: No such file or directory\n");
  EXPECT_EQ(shell("./fake --logits --tokens ids --out /dev/full").error,
            "/dev/full: error: cannot write: No space left on device\n");
  EXPECT_FALSE(std::filesystem::exists(file("x")));
}

TEST_F(ProgramTest, BenchAsJson) {
  const Result result = shell("./fake --bench --json --prefill 50 -n 20 --repeat 2 --threads 2");
  ASSERT_EQ(result.status, 0) << result.error;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_GT(json["prefill"].get<double>(), 0);
  EXPECT_GT(json["decode"].get<double>(), 0);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["prefill_tokens"], 50);
  EXPECT_EQ(json["decode_tokens"], 20);
  EXPECT_EQ(json["model"], "Fake \"model\"");
  EXPECT_EQ(json["by_threads"].size(), 1u);
  EXPECT_EQ(json["by_threads"]["2"]["prefill"], json["prefill"]);
  EXPECT_GT(json["by_threads"]["2"]["decode_percent_of_read_bandwidth"].get<double>(), 0);
  EXPECT_GT(json["decode_longest_ms"].get<double>(), 0);
  EXPECT_GT(json["read_gbs"].get<double>(), 0);
  EXPECT_EQ(json["generated_hash"].get<std::string>().size(), 8u);
  EXPECT_EQ(json["sequences"], 1);
}

// Three sequences: other tokens than one alone, the same ones every time.
TEST_F(ProgramTest, BenchOfSeveralSequences) {
  const auto hashOf = [&](const char *options) {
    const Result result = shell(std::string("./fake --bench --json --prefill 50 -n 20 --repeat 1 ") + options);
    EXPECT_EQ(result.status, 0) << result.error;
    const auto json = nlohmann::json::parse(result.out);
    EXPECT_GT(json["decode"].get<double>(), 0);
    return json["generated_hash"].get<std::string>();
  };
  EXPECT_EQ(hashOf("--parallel 3 --threads 2"), hashOf("--parallel 3 --threads 1"));
  EXPECT_NE(hashOf("--parallel 3 --threads 2"), hashOf("--threads 2"));
  EXPECT_NE(
      shell("./fake --bench --prefill 50 -n 20 --repeat 1 --parallel 3").out.find("20 tokens of each of 3 sequences together"),
      std::string::npos);
}

TEST_F(ProgramTest, BenchAfterManyTokens) {
  const std::string options = " --bench --json --prefill 5 -n 5 --repeat 2 --threads 1";
  const auto fresh = nlohmann::json::parse(shell("./fake" + options).out);
  const Result result = shell("./fake --past 150" + options);
  ASSERT_EQ(result.status, 0) << result.error;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["past_tokens"], 150);
  // The cache counts, too, up to the middle of the decoding.
  EXPECT_GT(json["decode_bytes_per_token"].get<double>(), fresh["decode_bytes_per_token"].get<double>());
  EXPECT_EQ(shell("./fake --past 196" + options).error,
            "fake: error: reading 5 or generating 5 tokens after 196 needs more than the context's 200\n"
            "note: --past N, --prefill N and -n N measure fewer\n");
}

TEST_F(ProgramTest, BenchAsTable) {
  const Result result = shell("./fake --bench --roofline --prefill 50 -n 20 --repeat 1 --threads 1");
  ASSERT_EQ(result.status, 0) << result.error;
  for (const char *word : {"prefill 50, decode 20 tokens, median of 1", "reading:", "generating:", "project"})
    EXPECT_NE(result.out.find(word), std::string::npos) << result.out;
  EXPECT_EQ(shell("./fake --bench").error, "fake: error: reading 512 or generating 128 tokens needs more than the context's 200\n"
                                           "note: --prefill N and -n N measure fewer\n");
}

TEST_F(ProgramTest, TellsAboutItself) {
  EXPECT_EQ(shell("./fake --version").out, "Fake \"model\", compiled from fake.gguf by ingot 0.0.1\n");
  EXPECT_EQ(shell("./fake --licenses").out, fake::kNotices);
  EXPECT_NE(shell("./fake --info").out.find("F32 x1"), std::string::npos);
  const auto json = nlohmann::json::parse(shell("./fake --info --json").out);
  EXPECT_EQ(json["context"], 200);
  EXPECT_EQ(json["name"], "Fake \"model\"");
  EXPECT_NE(shell("./fake --verify").out.find("are as they were compiled"), std::string::npos);
  EXPECT_NE(shell("./fake --help").out.find("usage: fake [options]"), std::string::npos);
}

TEST_F(ProgramTest, AStrippedProgramSaysSo) {
  fake::writeBytes(file("stripped"), fake::readBytes(FAKE_FOLDER "/fake-program"), true);
  const Result result = shell("./stripped Hello");
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.error.find("stripped: error: no weights at the end of the file: it is "), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("note: strip, objcopy and packers delete what is appended to a program"), std::string::npos);
  EXPECT_EQ(shell("./stripped --version").status, 0);
}

TEST_F(ProgramTest, AlteredProgramsSaySo) {
  std::string bytes = fake::readBytes(file("fake"));
  bytes[bytes.size() - 5000] ^= 1;
  fake::writeBytes(file("altered"), bytes, true);
  const Result result = shell("./altered --verify");
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.error.find("error: the weights were altered: checksum "), std::string::npos) << result.error;
}

TEST_F(ProgramTest, ALackingProcessorIsRefused) {
  install("fake-features", "features", fake::makeBlob());
  const Result result = shell("./features Hello");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.error, "features: error: this program was compiled for feature 31, which this processor lacks\n"
                          "note: compile it again on this machine, or with --target for one without it\n");
  EXPECT_EQ(shell("./features --info").status, 0);
}

TEST_F(ProgramTest, ExternalWeightsLieBeside) {
  fake::writeBytes(file("external"), fake::readBytes(FAKE_FOLDER "/fake-external"), true);
  EXPECT_NE(shell("./external Hello").error.find("fake.weights: error: cannot open the weights: No such file"), std::string::npos);
  fake::writeBytes(file("fake.weights"), fake::attachBlob("", fake::makeBlob()));
  EXPECT_EQ(shell("cd / && " + file("external") + " --temperature 0 -n 9 Hello").out,
            shell("./fake --temperature 0 -n 9 Hello").out);
}

TEST_F(ProgramTest, AClosedPipeEndsItQuietly) {
  const Result result = shell("./fake -n 100 Hello | head -c 1");
  EXPECT_EQ(result.out.size(), 1u);
  EXPECT_EQ(result.error, "");
  const Result full = shell("./fake -n 5 Hello > /dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(full.error, "standard output: error: cannot write: No space left on device\n");
}

// A conversation at a pseudo-terminal: Ctrl-C empties the line, Ctrl-D leaves.
TEST_F(ProgramTest, TalksAtATerminal) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_TRUE(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
  const std::string name = ptsname(terminal), path = file("fake");
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    const int side = open(name.c_str(), O_RDWR); // becomes the controlling terminal
    for (int i = 0; i < 3; i++) dup2(side, i);
    execl(path.c_str(), "fake", "--temperature", "0", "-n", "8", static_cast<char *>(nullptr));
    _exit(127);
  }
  std::string seen;
  const auto expect = [&](const std::string &text) {
    pollfd ready = {terminal, POLLIN, 0};
    for (char piece[256]; seen.find(text) == std::string::npos && poll(&ready, 1, 20000) == 1;) {
      const ssize_t got = read(terminal, piece, sizeof piece);
      if (got <= 0) break;
      seen.append(piece, static_cast<size_t>(got));
    }
    const size_t at = seen.find(text);
    EXPECT_NE(at, std::string::npos) << "wanted '" << text << "' in '" << seen << "'";
    seen.erase(0, at == std::string::npos ? seen.size() : at + text.size());
  };
  const auto type = [&](const std::string &keys) {
    EXPECT_EQ(write(terminal, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  };
  expect("> ");
  type("half a li\x03");
  expect("(/exit or Ctrl-D leaves)");
  expect("> ");
  type("Hello\n");
  expect(shell("./fake --temperature 0 -n 8 Hello").out.substr(0, 8));
  expect("> ");
  type("\x04");
  if (HasFailure()) kill(child, SIGKILL);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(terminal);
}

} // namespace
} // namespace ingot
