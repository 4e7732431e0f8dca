// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/cache/Place.h"

#include <cstdlib>
#include <gtest/gtest.h>

using namespace ingot::cache;

namespace {

/// Sets a variable of the environment, and back.
class Setting {
public:
  Setting(const char *name, const char *value) : name(name), before(getenv(name) ? getenv(name) : ""), had(getenv(name)) {
    if (value)
      setenv(name, value, 1);
    else
      unsetenv(name);
  }
  ~Setting() {
    if (had)
      setenv(name, before.c_str(), 1);
    else
      unsetenv(name);
  }

private:
  const char *name;
  std::string before;
  bool had;
};

TEST(Place, FollowsTheEnvironment) {
  Setting home("HOME", "/home/someone");
  {
    Setting base("XDG_CACHE_HOME", "/big/disk");
    EXPECT_EQ(llvm::cantFail(cacheFolder()), "/big/disk/ingot");
  }
  {
    Setting base("XDG_CACHE_HOME", "relative");
    EXPECT_EQ(llvm::cantFail(cacheFolder()), "/home/someone/.cache/ingot");
  }
  Setting base("XDG_CACHE_HOME", nullptr);
  EXPECT_EQ(llvm::cantFail(cacheFolder()), "/home/someone/.cache/ingot");
}

TEST(Place, LimitsTheSize) {
  {
    Setting limit("INGOT_CACHE_LIMIT", nullptr);
    EXPECT_EQ(llvm::cantFail(cacheLimitBytes()), 20'000'000'000u);
  }
  Setting limit("INGOT_CACHE_LIMIT", "lots");
  EXPECT_EQ(llvm::toString(cacheLimitBytes().takeError()), "error: INGOT_CACHE_LIMIT: 'lots' is not a size such as 500M or 20G");
}

TEST(Place, ReadsSizes) {
  auto size = [](llvm::StringRef text) { return llvm::cantFail(parseSize(text)); };
  EXPECT_EQ(size("0"), 0u);
  EXPECT_EQ(size("1234"), 1234u);
  EXPECT_EQ(size("500M"), 500'000'000u);
  EXPECT_EQ(size("20GB"), 20'000'000'000u);
  EXPECT_EQ(size("1TiB"), 1'000'000'000'000u);
  for (const char *bad : {"", "G", "-1", "1X", "1.5G", "99999999999999999999", "99999999T"}) {
    llvm::Expected<uint64_t> parsed = parseSize(bad);
    EXPECT_FALSE(bool(parsed)) << bad;
    if (!parsed) llvm::consumeError(parsed.takeError());
  }
}

TEST(Place, WritesSizes) {
  EXPECT_EQ(sizeText(999), "999 B");
  EXPECT_EQ(sizeText(1500), "1.5 kB");
  EXPECT_EQ(sizeText(999'960), "1.0 MB");
  EXPECT_EQ(sizeText(20'000'000'000), "20.0 GB");
}

} // namespace
