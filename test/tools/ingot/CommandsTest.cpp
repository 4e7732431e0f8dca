// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line from outside: what is printed, where, and with which exit code.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>

namespace {

struct Outcome {
  std::string out, error;
  int code;
};

std::string readFile(const std::string &path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class CommandsTest : public testing::Test {
protected:
  CommandsTest() {
    char name[] = "/tmp/ingot-commands-XXXXXX";
    folder = mkdtemp(name);
    setenv("XDG_CACHE_HOME", (folder + "/cache").c_str(), 1);
    unsetenv("INGOT_CACHE_LIMIT");
    write("m.gguf", "first");
  }
  ~CommandsTest() override { std::filesystem::remove_all(folder); }

  void write(const std::string &name, const std::string &contents) const { std::ofstream(folder + "/" + name) << contents << "\n"; }

  /// Runs `ingot <arguments>` in the test's folder.
  Outcome ingot(const std::string &arguments, const std::string &redirect = ">out") const {
    std::string command = "cd " + folder + " && " INGOT_TOOL " " + arguments + " " + redirect + " 2>err";
    int status = system(command.c_str());
    return {readFile(folder + "/out"), readFile(folder + "/err"), WIFEXITED(status) ? WEXITSTATUS(status) : -1};
  }

  std::string folder;
};

TEST_F(CommandsTest, SaysWhatItCanDo) {
  EXPECT_EQ(ingot("").code, 2);
  EXPECT_NE(ingot("").error.find("ingot compile"), std::string::npos);
  EXPECT_EQ(ingot("help").code, 0);
  EXPECT_NE(ingot("--help").out.find("ingot inspect"), std::string::npos);
  EXPECT_EQ(ingot("--version").out.find("ingot "), 0u);
}

TEST_F(CommandsTest, HelpsWithEveryCommand) {
  for (std::string name : {"compile", "run", "bench", "logits", "generate", "inspect", "cache"}) {
    Outcome help = ingot(name + " --help");
    EXPECT_EQ(help.code, 0) << name;
    EXPECT_EQ(help.out.find("usage: ingot " + name + " "), 0u) << help.out;
    EXPECT_NE(help.out.find("example: ingot " + name + " "), std::string::npos) << help.out;
    EXPECT_EQ(ingot("help " + name).out, help.out);
  }
  EXPECT_NE(ingot("compile --help").out.find("--emit KIND"), std::string::npos);
  EXPECT_EQ(ingot("run --help").out.find("--emit KIND"), std::string::npos);
  EXPECT_NE(ingot("run --help").out.find("--activations KIND"), std::string::npos);
}

TEST_F(CommandsTest, NamesWhatIsUnknown) {
  Outcome unknown = ingot("complie m.gguf");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.error,
            "ingot: error: unknown command 'complie'\nnote: did you mean 'compile'?\nnote: 'ingot --help' says more\n");
  EXPECT_EQ(ingot("m.gguf").error,
            "ingot: error: unknown command 'm.gguf'\nnote: to run a model: ingot run m.gguf\nnote: 'ingot --help' says more\n");
  EXPECT_EQ(ingot("quantize").error, "ingot: error: 'ingot quantize' is not there yet\nnote: 'ingot --help' says more\n");
}

TEST_F(CommandsTest, Compiles) {
  Outcome compiled = ingot("compile m.gguf -o model");
  EXPECT_EQ(compiled.code, 0) << compiled.error;
  EXPECT_EQ(compiled.out + compiled.error, ""); // not a terminal
  EXPECT_NE(readFile(folder + "/model").find("first"), std::string::npos);
  EXPECT_EQ(ingot("compile m.gguf --emit ir=plan").out, "module {}\n");
  EXPECT_EQ(ingot("compile m.gguf -o model --explain").error, "fuse-rope: fused 2\n");
}

TEST_F(CommandsTest, ReportsErrorsOfCompiling) {
  write("bad.gguf", "broken");
  Outcome failed = ingot("compile bad.gguf -o model");
  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(failed.error, "bad.gguf: error: is broken\nnote: mend it\n");
  EXPECT_FALSE(std::filesystem::exists(folder + "/model"));
  EXPECT_EQ(ingot("compile m.gguf -o m.gguf").error, "m.gguf: error: the output would replace the input 'm.gguf'\n");
  EXPECT_EQ(ingot("compile m.gguf -o none/model").error,
            "none/model: error: cannot write into 'none': no such file or directory\n");
  Outcome usage = ingot("compile m.gguf");
  EXPECT_EQ(usage.code, 2);
  EXPECT_EQ(usage.error, "ingot: error: no output: add '-o OUT'\nnote: 'ingot compile --help' says more\n");
  Outcome full = ingot("compile m.gguf --emit llvm", ">/dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_EQ(full.error, "standard output: error: cannot be written: no space left on device\n");
}

TEST_F(CommandsTest, Tunes) {
  Outcome tuned = ingot("tune m.gguf -o r.txt");
  EXPECT_EQ(tuned.code, 0) << tuned.error;
  EXPECT_EQ(tuned.out, "r.txt: 1 kernels measured, 0 known before\n");
  EXPECT_EQ(tuned.error, "3 kernels on avx2\nskipped: read x with tokens=2: ended by signal 11\n 2.00x  read x  tokens=8\n");
  EXPECT_EQ(ingot("tune m.gguf -o r.txt --budget 5s -q").error, "");
  EXPECT_EQ(ingot("tune m.gguf -o r.txt --budget 5s -q").out,
            "r.txt: 1 kernels measured, 0 known before, 2 not yet: run it again to go on\n");
}

TEST_F(CommandsTest, RefusesToTuneWhatItIsNotTold) {
  auto error = [&](std::string arguments) {
    Outcome outcome = ingot("tune " + arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    return outcome.error.substr(0, outcome.error.find('\n'));
  };
  EXPECT_EQ(error(""), "ingot: error: no model: name a .gguf file, or matrices with --kernels");
  EXPECT_EQ(error("--kernels"), "ingot: error: no matrices: write FORMAT:ROWSxCOLUMNS behind --kernels");
  EXPECT_EQ(error("m.gguf n.gguf"), "ingot: error: more than one model: 'm.gguf' and 'n.gguf'");
  EXPECT_EQ(error("m.gguf --budget soon"), "ingot: error: option '--budget' needs a time such as 90s or 10m, not 'soon'");
  EXPECT_EQ(error("m.gguf --budget"), "ingot: error: option '--budget' needs a value: TIME");
  EXPECT_EQ(error("m.gguf --report --merge"), "ingot: error: '--report' and '--merge' are given together, or twice");
  EXPECT_EQ(error("--merge r.txt"), "ingot: error: '--merge' needs records, and -o for what becomes of them");
  EXPECT_EQ(error("--report r.txt s.txt"), "ingot: error: '--report' prints one record; '--merge' makes one of several");
  EXPECT_NE(error("m.gguf --emit exe").find("unknown option '--emit'; known: --kernels"), std::string::npos);
}

TEST_F(CommandsTest, RunsFromTheCache) {
  Outcome run = ingot("run m.gguf --threads 2 'a  b' --activations f32 --context 7 -- --target");
  EXPECT_EQ(run.code, 5) << run.error; // the program's
  EXPECT_EQ(run.out, "compiled from first\ncalled with --threads 2 a  b --context 7 --target\n");
  EXPECT_EQ(ingot("bench m.gguf --json").out, "compiled from first\ncalled with --bench --json\n");
  EXPECT_EQ(ingot("logits m.gguf --help").out, "compiled from first\ncalled with --logits --help\n");
  EXPECT_EQ(ingot("generate m.gguf -n 3").out, "compiled from first\ncalled with --generate -n 3\n");
  EXPECT_NE(ingot("cache list").out.find(" 2 programs in " + folder + "/cache/ingot\n"), std::string::npos)
      << ingot("cache list").out;
  write("m.gguf", "other contents");
  EXPECT_EQ(ingot("run m.gguf").out, "compiled from other contents\ncalled with \n");
}

TEST_F(CommandsTest, CompilesAgainToExplain) {
  EXPECT_EQ(ingot("run m.gguf --explain").error, "fuse-rope: fused 2\n");
  EXPECT_EQ(ingot("run m.gguf --explain").error, "fuse-rope: fused 2\n");
  EXPECT_EQ(ingot("run m.gguf").error, "");
}

TEST_F(CommandsTest, ReportsErrorsOfRunning) {
  write("bad.gguf", "broken");
  EXPECT_EQ(ingot("run bad.gguf").error, "bad.gguf: error: is broken\nnote: mend it\n");
  EXPECT_EQ(ingot("run bad.gguf").code, 1);
  EXPECT_EQ(ingot("run none.gguf").error, "none.gguf: error: cannot be read: No such file or directory\n");
  EXPECT_EQ(ingot("run --disable fuse m.gguf").error,
            "ingot: error: unknown pass 'fuse'; known: fuse-rope\nnote: 'ingot run --help' says more\n");
  EXPECT_EQ(ingot("run").code, 2);
}

TEST_F(CommandsTest, ManagesTheCache) {
  EXPECT_EQ(ingot("cache path").out, folder + "/cache/ingot\n");
  ingot("run m.gguf");
  EXPECT_NE(ingot("cache list").out.find(" 1 program in "), std::string::npos);
  EXPECT_NE(ingot("cache clear").out.find(" freed\n"), std::string::npos);
  EXPECT_NE(ingot("cache list").out.find(" 0 programs in "), std::string::npos);
  EXPECT_EQ(ingot("cache").code, 2);
  EXPECT_EQ(ingot("cache drop").error,
            "ingot: error: 'ingot cache' needs one of: list, clear, path\nnote: 'ingot cache --help' says more\n");
}

TEST_F(CommandsTest, InspectsFiles) {
  std::string header("GGUF\3\0\0\0", 8); // version 3, no tensors, no keys
  write("empty.gguf", header + std::string(16, 0));
  Outcome shown = ingot("inspect empty.gguf --json");
  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out.find("{"), 0u) << shown.out;
  EXPECT_EQ(shown.error.find("note: 'ingot compile' would refuse this file:\nempty.gguf: error: "), 0u) << shown.error;
  Outcome failed = ingot("inspect m.gguf");
  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(failed.error.find("m.gguf: error: "), 0u) << failed.error;
  EXPECT_EQ(ingot("inspect").code, 2);
  EXPECT_EQ(ingot("inspect m.gguf --yaml").error,
            "ingot: error: unknown option '--yaml'; known: --json, --set\nnote: 'ingot inspect --help' says more\n");
}

} // namespace
