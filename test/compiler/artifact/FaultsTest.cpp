// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is left when writing goes wrong: nothing. The process is killed, the disk is full, files may not be that long. What must not
// happen to the test itself happens to a process of its own: this program again, told by its environment what to do.
#include "test/compiler/artifact/ArtifactFixture.h"

#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace ingot::artifact;

namespace {

/// Starts the disabled test `name` below with INGOT_TEST_FOLDER set; its standard output comes through `outPipe`.
pid_t startChild(const std::string &name, const std::string &folder, int &outPipe) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  setenv("INGOT_TEST_FOLDER", folder.c_str(), 1);
  std::string filter = "--gtest_filter=Child.DISABLED_" + name;
  std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const char *arguments[] = {self.c_str(), filter.c_str(), "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, self.c_str(), &actions, nullptr, const_cast<char **>(arguments), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  outPipe = ends[0];
  return child;
}

std::string readAll(int descriptor) {
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(descriptor, buffer, sizeof(buffer))) > 0;) text.append(buffer, count);
  close(descriptor);
  return text;
}

/// A program whose second part of weights says so and then takes forever.
Artifact endlessProgram(const std::string &output) {
  Artifact artifact = smallProgram(output, 200'000);
  artifact.blobParts.back().write = [](llvm::MutableArrayRef<char>) -> llvm::Error {
    EXPECT_EQ(write(1, "!", 1), 1);
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  };
  return artifact;
}

std::string childPath(const char *name) { return std::string(getenv("INGOT_TEST_FOLDER")) + "/" + name; }

TEST(Child, DISABLED_WritesWithoutEnd) { EXPECT_EQ(textOf(writeArtifact(endlessProgram(childPath("model")))), "none"); }

TEST(Child, DISABLED_KeepsANamedFile) {
  llvm::Expected<OutputFile> file = OutputFile::create(childPath("model"), true, OutputFile::Naming::Named);
  ASSERT_TRUE(bool(file));
  EXPECT_EQ(textOf(file->writeAt("x", 1, 0)), "none");
  EXPECT_EQ(write(1, "!", 1), 1);
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

/// Prints the error of writing to a disk of 256 KiB.
TEST(Child, DISABLED_FillsADisk) {
  bool mounted = (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
                 mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 mount("tmpfs", getenv("INGOT_TEST_FOLDER"), "tmpfs", 0, "size=256k") == 0;
  if (!mounted) {
    printf("skip: %s\n", strerror(errno));
    return;
  }
  std::string error = textOf(writeArtifact(smallProgram(childPath("model"), 2'000'000)));
  size_t files = std::distance(std::filesystem::directory_iterator(getenv("INGOT_TEST_FOLDER")), {});
  printf("%zu files; %s\n", files, error.c_str());
}

class FaultsTest : public ArtifactFixture {
protected:
  void expectNothingAfter(int signal, const std::string &child) {
    int pipe = -1;
    pid_t process = startChild(child, folder, pipe);
    std::string said;
    for (char byte; said.find('!') == std::string::npos && read(pipe, &byte, 1) == 1;) said += byte;
    EXPECT_EQ(filesInFolder().count("model"), 0u);
    kill(process, signal);
    int status = 0;
    waitpid(process, &status, 0);
    close(pipe);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << said;
    EXPECT_TRUE(filesInFolder().empty()) << *filesInFolder().begin();
  }
};

TEST_F(FaultsTest, InterruptLeavesNothing) { expectNothingAfter(SIGINT, "WritesWithoutEnd"); }
TEST_F(FaultsTest, TerminationLeavesNothing) { expectNothingAfter(SIGTERM, "WritesWithoutEnd"); }
TEST_F(FaultsTest, KillLeavesNothing) {
  int probe = open(folder.c_str(), O_TMPFILE | O_RDWR, 0600);
  if (probe < 0) GTEST_SKIP() << "this file system has no nameless files";
  close(probe);
  expectNothingAfter(SIGKILL, "WritesWithoutEnd");
}
TEST_F(FaultsTest, InterruptRemovesANamedFile) { expectNothingAfter(SIGINT, "KeepsANamedFile"); }
TEST_F(FaultsTest, TerminationRemovesANamedFile) { expectNothingAfter(SIGTERM, "KeepsANamedFile"); }

TEST_F(FaultsTest, FullDiskLeavesNothing) {
  int pipe = -1;
  pid_t process = startChild("FillsADisk", folder, pipe);
  std::string said = readAll(pipe);
  waitpid(process, nullptr, 0);
  if (llvm::StringRef(said).contains("skip:")) GTEST_SKIP() << "cannot mount a small disk here: " << said;
  EXPECT_NE(
      said.find("0 files; " + path("model") + ": error: cannot be written: no space left on device\nnote: 0 MiB are free where '"),
      std::string::npos)
      << said;
}

TEST_F(FaultsTest, FileSizeLimitLeavesNothing) {
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  auto handler = signal(SIGXFSZ, SIG_IGN);
  small = {3 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::string error = textOf(writeArtifact(smallProgram(path("model"), 2'000'000)));
  small.rlim_cur = 1000; // not even the code
  setrlimit(RLIMIT_FSIZE, &small);
  std::string codeError = textOf(writeArtifact(smallProgram(path("model"), 2'000'000)));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(error, path("model") + ": error: cannot be written: file too large\n"
                                   "note: files may have 3145728 bytes here; 'ulimit -f unlimited' lifts that");
  EXPECT_NE(codeError.find(": error: "), std::string::npos) << codeError;
  EXPECT_EQ(codeError.find("/proc/"), std::string::npos) << codeError;
  EXPECT_TRUE(filesInFolder().empty());
  EXPECT_EQ(textOf(writeArtifact(smallProgram(path("model"), 1000))), "none");
}

TEST_F(FaultsTest, FailureKeepsTheOldFile) {
  ASSERT_EQ(textOf(writeArtifact(smallProgram(path("model"), 1000))), "none");
  std::string old = readFile(path("model"));
  Artifact artifact = smallProgram(path("model"), 1000);
  artifact.blobParts[0].write = [](llvm::MutableArrayRef<char>) { return llvm::createStringError(llvm::Twine("m: error: short")); };
  EXPECT_EQ(textOf(writeArtifact(artifact)), "m: error: short");
  EXPECT_TRUE(readFile(path("model")) == old);
  EXPECT_EQ(filesInFolder(), std::set<std::string>{"model"});
}

} // namespace
