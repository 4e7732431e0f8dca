// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Split models: real files in a temporary folder, as their names count.
#include "frontends/gguf/SplitName.h"
#include "test/frontends/gguf/Samples.h"

#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace ingot;
using namespace ingot::test;

namespace {

class SplitTest : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("gguf-split", folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(int part, int count = 3) const { return gguf::SplitName{prefix(), 0, static_cast<unsigned>(count)}.part(part); }
  llvm::StringRef prefix() const { return prefixText = (folder + "/m").str(); }

  /// Part `number` counted from 0, with one tensor.
  static GgufWriter part(int number, int count = 3, int tensors = 3) {
    GgufWriter writer;
    if (number == 0) writer.string("general.architecture", "llama");
    writer.uint16("split.no", number).uint16("split.count", count).int32("split.tensors.count", tensors);
    writer.tensor("t" + std::to_string(number), {8}, GgufWriter::F32, std::string(32, static_cast<char>('a' + number)));
    return writer;
  }
  void writeAll() const {
    for (int i = 0; i < 3; ++i) part(i).write(path(i + 1));
  }
  std::string complaint(const std::string &at) const {
    llvm::Expected<gguf::File> file = gguf::File::open(at);
    return file ? "" : llvm::toString(file.takeError());
  }

  llvm::SmallString<128> folder;
  mutable std::string prefixText;
};

TEST_F(SplitTest, opensAllPartsFromAnyOne) {
  writeAll();
  for (int i = 1; i <= 3; ++i) {
    const gguf::File file = llvm::cantFail(gguf::File::open(path(i)));
    EXPECT_EQ(file.partCount(), 3u);
    ASSERT_EQ(file.tensors().size(), 3u);
    EXPECT_EQ(file.tensors()[2].name, "t2");
    EXPECT_EQ(file.tensors()[2].part, 2u);
    EXPECT_EQ(file.tensors()[2].data[0], 'c');
    EXPECT_EQ(llvm::cantFail(file.string("general.architecture")), "llama");
    EXPECT_EQ(file.path(), path(1));
  }
}

TEST_F(SplitTest, namesAMissingPart) {
  writeAll();
  llvm::sys::fs::remove(path(2));
  EXPECT_EQ(complaint(path(1)),
            path(1) + ": error: part 2 of 3 is missing: " + path(2) + "\nnote: put all parts of the model into one folder");
}

TEST_F(SplitTest, wantsTheOriginalNames) {
  const std::string other = (folder + "/renamed.gguf").str();
  part(0).write(other);
  EXPECT_EQ(complaint(other), other + ": error: is part of a model split into 3 files, but its name does not end in "
                                      "-0000N-of-00003.gguf\nnote: give all parts their original names, in one folder");
}

TEST_F(SplitTest, noticesSwappedParts) {
  writeAll();
  part(2).write(path(2));
  EXPECT_EQ(complaint(path(1)),
            path(2) + ": error: 'split.no' is 2, but this is part 1 counted from 0\nnote: were the parts renamed?");
}

TEST_F(SplitTest, noticesPartsOfAnotherModel) {
  writeAll();
  part(2, 2).write(path(3));
  EXPECT_EQ(complaint(path(1)), path(3) + ": error: 'split.count' is 2, but the model has 3 parts");
  part(2, 3, 9).write(path(3));
  EXPECT_EQ(complaint(path(1)), path(3) + ": error: 'split.tensors.count' is 9, but the parts hold 3 tensors\n"
                                          "note: do all parts belong to one model?");
}

TEST_F(SplitTest, noticesATensorInTwoParts) {
  writeAll();
  GgufWriter twice;
  twice.uint16("split.no", 2).uint16("split.count", 3).tensor("t0", {8}, GgufWriter::F32);
  twice.write(path(3));
  EXPECT_EQ(complaint(path(1)).find(path(3) + ": error: tensor 't0' appears twice (offset 0x"), 0u);
  EXPECT_NE(complaint(path(1)).find("\nnote: it was first given in " + path(1)), std::string::npos);
}

TEST_F(SplitTest, refusesACountThatIsNoNumber) {
  GgufWriter writer;
  writer.string("split.count", "three");
  writer.write(path(1));
  EXPECT_EQ(complaint(path(1)), path(1) + ": error: metadata key 'split.count' is of type string, not an integer");
}

TEST_F(SplitTest, reportsWhatCannotBeOpened) {
  EXPECT_EQ(complaint((folder + "/none.gguf").str()),
            (folder + "/none.gguf: error: cannot be opened: No such file or directory").str());
  EXPECT_EQ(complaint(folder.str().str()), (folder + ": error: is a folder, not a GGUF file\n"
                                                     "note: give the .gguf file in it, of a split model any part")
                                               .str());
  EXPECT_EQ(complaint("/dev/null"), "/dev/null: error: is not a regular file, and only those can be mapped");
}

TEST(SplitName, parsesOnlyItsForm) {
  const auto name = gguf::SplitName::parse("a/b-00002-of-00013.gguf");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->prefix, "a/b");
  EXPECT_EQ(name->number, 2u);
  EXPECT_EQ(name->count, 13u);
  EXPECT_EQ(name->part(11), "a/b-00011-of-00013.gguf");
  for (llvm::StringRef other : {"b.gguf", "b-00014-of-00013.gguf", "b-00000-of-00013.gguf", "b-2-of-3.gguf",
                                "b-00002-of-0001x.gguf", "b-00002-of-00013.bin", "-00002-of-00013.gguf"})
    EXPECT_FALSE(gguf::SplitName::parse(other)) << other.str();
}

} // namespace
