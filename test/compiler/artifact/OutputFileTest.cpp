// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/compiler/artifact/ArtifactFixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace ingot::artifact;

namespace {

class OutputFileTest : public ArtifactFixture, public testing::WithParamInterface<OutputFile::Naming> {
protected:
  std::string write(const std::string &name, const std::string &contents, bool commit = true) {
    llvm::Expected<OutputFile> file = OutputFile::create(path(name), true, GetParam());
    if (!file) return llvm::toString(file.takeError());
    if (llvm::Error error = file->writeAt(contents.data(), contents.size(), 0)) return llvm::toString(std::move(error));
    if (llvm::Error error = file->flush()) return llvm::toString(std::move(error));
    return commit ? textOf(file->commit()) : "none";
  }
};

INSTANTIATE_TEST_SUITE_P(Both, OutputFileTest, testing::Values(OutputFile::Naming::Automatic, OutputFile::Naming::Named));

TEST_P(OutputFileTest, AppearsWhole) {
  EXPECT_EQ(write("out", "contents"), "none");
  EXPECT_EQ(readFile(path("out")), "contents");
  EXPECT_EQ(filesInFolder(), std::set<std::string>{"out"});
  EXPECT_EQ(access(path("out").c_str(), X_OK), 0);
}

TEST_P(OutputFileTest, ReplacesAFile) {
  EXPECT_EQ(write("out", "first, longer"), "none");
  EXPECT_EQ(write("out", "second"), "none");
  EXPECT_EQ(readFile(path("out")), "second");
  EXPECT_EQ(filesInFolder(), std::set<std::string>{"out"});
}

TEST_P(OutputFileTest, LeavesNothingWithoutCommit) {
  EXPECT_EQ(write("out", "contents", false), "none");
  EXPECT_TRUE(filesInFolder().empty());
  EXPECT_EQ(write("out", "kept"), "none");
  EXPECT_EQ(write("out", "lost", false), "none");
  EXPECT_EQ(readFile(path("out")), "kept");
  EXPECT_EQ(filesInFolder(), std::set<std::string>{"out"});
}

TEST_P(OutputFileTest, HonoursTheUmask) {
  mode_t before = umask(077);
  EXPECT_EQ(write("out", "x"), "none");
  umask(before);
  struct stat status;
  ASSERT_EQ(stat(path("out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

class CheckOutputTest : public ArtifactFixture {
protected:
  std::string check(const std::string &output) { return textOf(checkOutput(output, {path("input.gguf")})); }
};

TEST_F(CheckOutputTest, RefusesWhatCannotBeAnOutput) {
  close(open(path("input.gguf").c_str(), O_CREAT | O_WRONLY, 0600));
  std::filesystem::create_directory(path("sub"));
  std::filesystem::create_symlink("input.gguf", path("link"));
  mkfifo(path("pipe").c_str(), 0600);
  EXPECT_EQ(check(path("new")), "none");
  EXPECT_EQ(check(path("input.gguf")),
            path("input.gguf") + ": error: the output would replace the input '" + path("input.gguf") + "'");
  EXPECT_EQ(check(path("link")), path("link") + ": error: the output would replace the input '" + path("input.gguf") + "'");
  EXPECT_EQ(check(path("sub")), path("sub") + ": error: the output is a folder\nnote: name a file inside it");
  EXPECT_EQ(check(path("sub/")), path("sub/") + ": error: the output must be the name of a file");
  EXPECT_EQ(check(path("pipe")), path("pipe") + ": error: the output exists and is not a regular file");
  EXPECT_EQ(check("/dev/null"), "/dev/null: error: the output exists and is not a regular file");
  EXPECT_EQ(check(path("none/new")),
            path("none/new") + ": error: cannot write into '" + path("none") + "': no such file or directory");
  EXPECT_EQ(check(path("input.gguf/new")), path("input.gguf/new") + ": error: '" + path("input.gguf") + "' is not a folder");
}

TEST_F(CheckOutputTest, RefusesAFolderWithoutPermission) {
  std::filesystem::create_directory(path("locked"));
  chmod(path("locked").c_str(), 0500);
  bool root = geteuid() == 0; // whom permissions do not bind
  if (root) ASSERT_EQ(seteuid(65534), 0);
  EXPECT_EQ(check(path("locked/new")),
            path("locked/new") + ": error: cannot write into '" + path("locked") + "': permission denied");
  if (root) ASSERT_EQ(seteuid(0), 0);
}

TEST_F(CheckOutputTest, ReportsAFolderThatTakesNoFiles) {
  llvm::Expected<OutputFile> file = OutputFile::create("/proc/ingot-output", false);
  ASSERT_FALSE(bool(file));
  EXPECT_EQ(llvm::toString(file.takeError()).find("/proc/ingot-output: error: cannot be created: "), 0u);
}

TEST_F(CheckOutputTest, WritesTextWhole) {
  EXPECT_EQ(textOf(writeWhole(path("text"), {}, "module {}\n")), "none");
  EXPECT_EQ(readFile(path("text")), "module {}\n");
  EXPECT_EQ(access(path("text").c_str(), X_OK), -1);
}

} // namespace
