// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/cache/Cache.h"
#include "test/compiler/cache/CacheFixture.h"

#include "llvm/ADT/StringExtras.h"

#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace ingot::cache;

namespace {

constexpr uint64_t programBytes = 64 << 10;

std::string key(int number) { return std::string(31, '0') + llvm::hexdigit(number); }

/// What stands for compilation: a program of `programBytes`.
llvm::Error makeProgram(llvm::StringRef path) {
  unlink(path.str().c_str());
  int descriptor = open(path.str().c_str(), O_CREAT | O_EXCL | O_WRONLY, 0755);
  std::string contents(programBytes, 'x');
  bool written = write(descriptor, contents.data(), contents.size()) == ssize_t(contents.size());
  close(descriptor);
  return written ? llvm::Error::success() : llvm::createStringError(llvm::Twine("cannot write"));
}

class CacheTest : public CacheFixture {
protected:
  /// Gets entry `number`; whether it had to be made.
  bool made(Cache &cache, int number, bool renew = false) {
    bool called = false;
    llvm::Expected<Lease> lease = cache.get(key(number), "model", renew, [&](llvm::StringRef path) {
      called = true;
      return makeProgram(path);
    });
    if (!lease) ADD_FAILURE() << llvm::toString(lease.takeError());
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // the next use is later, in any file system's view
    return called;
  }

  std::string keys(const Cache &cache) const {
    std::string text;
    for (const Entry &entry : cache.list()) text += entry.key.back();
    return text;
  }

  Cache cache(uint64_t programs) const { return Cache(path("c"), programs * programBytes + programBytes / 2); }
};

TEST_F(CacheTest, MakesAProgramOnce) {
  Cache kept = cache(10);
  EXPECT_TRUE(made(kept, 1));
  EXPECT_FALSE(made(kept, 1));
  EXPECT_TRUE(made(kept, 2));
  EXPECT_TRUE(made(kept, 1, true));
  std::vector<Entry> entries = kept.list();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].key, key(1));
  EXPECT_EQ(entries[0].name, "model");
  EXPECT_EQ(entries[0].path, path("c/" + key(1) + "/model"));
  EXPECT_GE(entries[0].bytes, programBytes);
}

TEST_F(CacheTest, DropsTheLeastRecentlyUsed) {
  Cache small = cache(3);
  for (int number : {1, 2, 3}) EXPECT_TRUE(made(small, number));
  EXPECT_FALSE(made(small, 1)); // 2 is the oldest now
  EXPECT_TRUE(made(small, 4));
  EXPECT_EQ(keys(small), "413");
  EXPECT_FALSE(std::filesystem::exists(path("c/" + key(2))));
  EXPECT_TRUE(made(small, 2));
  EXPECT_EQ(keys(small), "241");
}

TEST_F(CacheTest, KeepsWhatIsLargerThanTheLimit) {
  Cache none(path("c"), 0);
  EXPECT_TRUE(made(none, 1));
  EXPECT_FALSE(made(none, 1));
  EXPECT_TRUE(made(none, 2));
  EXPECT_EQ(keys(none), "2");
}

TEST_F(CacheTest, KeepsWhatIsAboutToRun) {
  Cache none(path("c"), 0);
  llvm::Expected<Lease> lease = none.get(key(1), "model", false, makeProgram);
  ASSERT_TRUE(bool(lease));
  EXPECT_TRUE(made(none, 2));
  EXPECT_EQ(keys(none), "21");
  EXPECT_GE(none.clear(), programBytes);
  EXPECT_EQ(keys(none), "1");
}

TEST_F(CacheTest, ClearsItsOwnAlone) {
  Cache kept = cache(10);
  EXPECT_TRUE(made(kept, 1));
  std::filesystem::create_directory(path("c/other"));
  write("c/other/file", "mine");
  EXPECT_GE(kept.clear(), programBytes);
  EXPECT_TRUE(kept.list().empty());
  EXPECT_TRUE(std::filesystem::exists(path("c/other/file")));
  EXPECT_FALSE(std::filesystem::exists(path("c/" + key(1))));
}

TEST_F(CacheTest, LeavesNothingOfAFailure) {
  Cache kept = cache(10);
  llvm::Expected<Lease> lease = kept.get(
      key(1), "model", false, [](llvm::StringRef) { return llvm::createStringError(llvm::Twine("m.gguf: error: is truncated")); });
  ASSERT_FALSE(bool(lease));
  EXPECT_EQ(llvm::toString(lease.takeError()), "m.gguf: error: is truncated");
  EXPECT_FALSE(std::filesystem::exists(path("c/" + key(1))));
  EXPECT_TRUE(made(kept, 1));
}

TEST_F(CacheTest, MakesAgainWhatIsIncomplete) {
  Cache kept = cache(10);
  std::filesystem::create_directories(path("c/" + key(1)));
  write("c/" + key(1) + "/model", ""); // not executable, empty
  EXPECT_TRUE(made(kept, 1));
}

TEST_F(CacheTest, ReportsAFolderThatCannotBe) {
  write("c", "a file");
  Cache kept = cache(10);
  llvm::Expected<Lease> lease = kept.get(key(1), "model", false, makeProgram);
  ASSERT_FALSE(bool(lease));
  EXPECT_EQ(llvm::toString(lease.takeError()),
            path("c") + ": error: the cache cannot be used: Not a directory\n"
                        "note: set XDG_CACHE_HOME to a folder that can be written to, or use 'ingot compile'");
}

/// Several processes want the same program: one makes it, all get it.
TEST_F(CacheTest, CompilesOnceForManyProcesses) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    pid_t child = fork();
    if (child == 0) {
      Cache kept = cache(10);
      llvm::Expected<Lease> lease = kept.get(key(1), "model", false, [&](llvm::StringRef output) {
        std::ofstream(path("log"), std::ios::app) << "made\n";
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        return makeProgram(output);
      });
      _exit(lease && std::filesystem::file_size(lease->path()) == programBytes ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::ifstream log(path("log"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(log), {}), "made\n");
}

/// Making, using and dropping at once in a cache that is too small: whoever holds a program finds it there.
TEST_F(CacheTest, SurvivesAScramble) {
  std::vector<pid_t> children;
  for (int process = 0; process < 4; ++process) {
    pid_t child = fork();
    if (child == 0) {
      Cache small = cache(2);
      bool good = true;
      for (int round = 0; round < 40; ++round) {
        llvm::Expected<Lease> lease = small.get(key((process * 7 + round * 3) % 5), "model", round % 11 == 0, makeProgram);
        good &= lease && std::filesystem::exists(lease->path());
        if (!lease) llvm::consumeError(lease.takeError());
        if (round % 13 == 0) small.clear();
      }
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_LE(cache(2).list().size(), 5u);
}

} // namespace
