// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which records a compilation uses.
#include "compiler/tuning/Places.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

#include <cstdlib>

namespace ingot::tuning {
namespace {

class PlacesTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("ingot-places", folder));
    setenv("XDG_DATA_HOME", folder.c_str(), 1);
  }
  void TearDown() override {
    llvm::sys::fs::remove_directories(folder);
    unsetenv("XDG_DATA_HOME");
  }

  std::string write(llvm::StringRef name, llvm::StringRef lines) {
    std::string path = (folder + "/" + name).str();
    llvm::cantFail(llvm::errorCodeToError(llvm::sys::fs::create_directories(llvm::StringRef(path).rsplit('/').first)));
    std::error_code code;
    llvm::raw_fd_ostream out(path, code);
    out << "ingot-tuning 1\nprocessor avx2\nmade-by ingot=" << ingotVersion() << " halide=" << halideVersion() << "\n"
        << lines << "\n";
    return path;
  }

  /// The tokens that the schedules found with this option say for a kernel "x"; 0: nothing.
  int64_t tokens(llvm::StringRef option) {
    auto schedules = schedulesFor(option, llvm::cantFail(Processor::parse("avx2")));
    if (!schedules) return error = llvm::toString(schedules.takeError()), -1;
    auto found = (*schedules)->find("read", "x");
    return found ? *found->tokens : 0;
  }

  llvm::SmallString<128> folder;
  std::string error;
};

TEST_F(PlacesTest, UsesTheUsersRecordUnlessToldOtherwise) {
  EXPECT_EQ(tokens(""), 0);
  write("ingot/tuning/schedules.txt", "read x tokens=2");
  std::string other = write("other.txt", "read x tokens=3");
  EXPECT_EQ(tokens(""), 2);
  EXPECT_EQ(tokens(other), 3);
  EXPECT_EQ(tokens("none"), 0);
}

TEST_F(PlacesTest, SaysWhichRecordIsMissingOrWrong) {
  EXPECT_EQ(tokens("/nowhere/r.txt"), -1);
  EXPECT_EQ(error, "/nowhere/r.txt: error: cannot be read: No such file or directory");
  std::string path = write("ingot/tuning/schedules.txt", "read x tokens=many");
  EXPECT_EQ(tokens(""), -1);
  EXPECT_EQ(error, path + ":4: error: expected 2 … 16 after 'tokens=', not 'many'");
}

TEST_F(PlacesTest, FindsTheUsersRecord) {
  EXPECT_EQ(llvm::cantFail(userRecordPath()), (folder + "/ingot/tuning/schedules.txt").str());
  setenv("XDG_DATA_HOME", "relative", 1);
  setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(llvm::cantFail(userRecordPath()), "/home/someone/.local/share/ingot/tuning/schedules.txt");
}

TEST_F(PlacesTest, HasGoodRecordsOfItsOwn) {
  for (const std::string &path : ownRecordPaths()) {
    auto record = readRecord(path);
    ASSERT_TRUE(bool(record)) << llvm::toString(record.takeError());
    for (const Section &section : record->sections) {
      EXPECT_EQ(section.ingotVersion, ingotVersion()) << path << ": run 'ingot tune' again for this version";
      for (const Entry &entry : section.entries) EXPECT_TRUE(MatmulName::parse(entry.kernel)) << entry.kernel;
    }
  }
}

} // namespace
} // namespace ingot::tuning
