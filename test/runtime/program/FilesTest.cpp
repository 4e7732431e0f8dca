// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files of token ids, and output files that appear whole.
#include "runtime/program/IdFile.h"
#include "runtime/program/Output.h"
#include "test/runtime/TemporaryFolder.h"
#include "test/runtime/fake/FakeBlob.h"

#include <gtest/gtest.h>

namespace ingot::runtime {
namespace {

class FilesTest : public testing::Test {
protected:
  bool read(const std::string &text) {
    fake::writeBytes(path, text);
    error = {};
    IdFile file;
    if (!file.read(path.c_str(), 100, error)) return false;
    found.clear();
    for (size_t i = 0; i < file.prompts(); i++) found.emplace_back(file.prompt(i), file.prompt(i) + file.size(i));
    return true;
  }
  void refuse(const std::string &text, const std::string &message, const std::string &place) {
    EXPECT_FALSE(read(text));
    EXPECT_EQ(error.text, message);
    EXPECT_EQ(error.place, path + place);
  }
  fake::TemporaryFolder folder;
  const std::string path = folder.file("ids.txt");
  std::vector<std::vector<int32_t>> found;
  Error error;
};

TEST_F(FilesTest, ReadsIds) {
  ASSERT_TRUE(read("1 2 3\n4\t 99 \r\n0"));
  EXPECT_EQ(found, (std::vector<std::vector<int32_t>>{{1, 2, 3}, {4, 99}, {0}}));
  ASSERT_TRUE(read("7\n"));
  EXPECT_EQ(found.size(), 1u);
}

TEST_F(FilesTest, RefusesWhatIsNoIds) {
  refuse("", "the file holds no prompt", "");
  refuse("1 2\n\n3\n", "empty line, but every line is a prompt", ":2");
  refuse("1 2\n3 \n \n", "empty line, but every line is a prompt", ":3");
  refuse("1 two 3\n", "'two' is not a token id", ":1");
  refuse("1 2x\n", "'2x' is not a token id", ":1");
  refuse("1\n2 100\n", "token 100 is out of range: the vocabulary has 100 tokens", ":2");
  refuse("-1\n", "token -1 is out of range: the vocabulary has 100 tokens", ":1");
  refuse("99999999999999999999999999\n", "'99999999999999999999999999' is not a token id", ":1");
  IdFile file;
  EXPECT_FALSE(file.read(folder.file("none").c_str(), 100, error));
  EXPECT_STREQ(error.text, "cannot open: No such file or directory");
  EXPECT_EQ(error.place, folder.file("none"));
}

TEST_F(FilesTest, OutputAppearsWhole) {
  const std::string out = folder.file("out");
  fake::writeBytes(out, "before");
  {
    OutputFile file;
    ASSERT_TRUE(file.open(out.c_str(), error));
    ASSERT_TRUE(file.write("half", 4, error));
    EXPECT_EQ(fake::readBytes(out), "before");
  } // never finished
  EXPECT_EQ(fake::readBytes(out), "before");
  EXPECT_EQ(folder.files(), 1u);
  OutputFile file;
  ASSERT_TRUE(file.open(out.c_str(), error) && file.write("after", 5, error) && file.finish(error));
  EXPECT_EQ(fake::readBytes(out), "after");
  EXPECT_EQ(folder.files(), 1u);
}

TEST_F(FilesTest, OutputSaysWhyNot) {
  OutputFile missing, full;
  EXPECT_FALSE(missing.open(folder.file("no/such/folder").c_str(), error));
  EXPECT_STREQ(error.text, "cannot write: No such file or directory");
  ASSERT_TRUE(full.open("/dev/full", error)); // written directly
  EXPECT_FALSE(full.write("x", 1, error));
  EXPECT_STREQ(error.text, "cannot write: No space left on device");
}

} // namespace
} // namespace ingot::runtime
