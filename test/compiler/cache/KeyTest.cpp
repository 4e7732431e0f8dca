// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/cache/Key.h"
#include "test/compiler/cache/CacheFixture.h"

#include <fcntl.h>
#include <sys/stat.h>

using namespace ingot::cache;

namespace {

class KeyTest : public CacheFixture {
protected:
  std::string keyOf(const std::vector<std::string> &files, const std::string &options = "emit exe\n",
                    const std::string &version = "1") {
    llvm::Expected<std::string> key = makeKey(files, options, version, {path("compiler")});
    return key ? *key : llvm::toString(key.takeError());
  }

  void setChangeTime(const std::string &name, time_t seconds, long nanoseconds) {
    struct timespec times[2] = {{0, UTIME_OMIT}, {seconds, nanoseconds}};
    ASSERT_EQ(utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
  }

  void SetUp() override {
    write("m.gguf", "GGUF contents");
    write("compiler", "binary");
    setChangeTime("m.gguf", 1000, 5);
    setChangeTime("compiler", 1000, 5);
  }
};

TEST_F(KeyTest, IsStable) {
  EXPECT_EQ(keyOf({path("m.gguf")}), keyOf({path("m.gguf")}));
  EXPECT_EQ(keyOf({path("m.gguf")}).size(), 32u);
  EXPECT_EQ(keyOf({path("m.gguf")}), keyOf({path("./m.gguf")})); // the file counts, not its name
}

TEST_F(KeyTest, NoticesWhatMatters) {
  std::string base = keyOf({path("m.gguf")});
  EXPECT_NE(base, keyOf({path("m.gguf")}, "emit shared\n"));
  EXPECT_NE(base, keyOf({path("m.gguf")}, "emit exe\n", "2"));
  EXPECT_NE(base, keyOf({path("m.gguf"), path("m.gguf")}));
  write("m.gguf", "GGUF Contents");
  setChangeTime("m.gguf", 1000, 5);
  EXPECT_NE(base, keyOf({path("m.gguf")})); // same size, same time, other beginning
  write("m.gguf", "GGUF contents");
  setChangeTime("m.gguf", 1000, 6);
  EXPECT_NE(base, keyOf({path("m.gguf")}));
  setChangeTime("m.gguf", 1000, 5);
  EXPECT_EQ(base, keyOf({path("m.gguf")}));
  setChangeTime("compiler", 1000, 6);
  EXPECT_NE(base, keyOf({path("m.gguf")}));
}

TEST_F(KeyTest, NamesAMissingFile) {
  EXPECT_EQ(keyOf({path("none.gguf")}), path("none.gguf") + ": error: cannot be read: No such file or directory");
  EXPECT_EQ(keyOf({folder}), folder + ": error: is not a regular file");
}

TEST_F(KeyTest, KnowsTheFilesOfAModel) {
  auto files = [](const std::string &model) { return llvm::cantFail(modelFiles(model)); };
  EXPECT_EQ(files("a/m.gguf"), std::vector<std::string>{"a/m.gguf"});
  EXPECT_EQ(files("m-00002-of-00003.gguf"),
            (std::vector<std::string>{"m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf"}));
  EXPECT_EQ(files(folder), (std::vector<std::string>{path("compiler"), path("m.gguf")}));
}

TEST(HostFeatures, AreSorted) {
  std::string features = hostFeatures();
  EXPECT_NE(features.find("sse2"), std::string::npos);
  EXPECT_EQ(features, hostFeatures());
}

} // namespace
