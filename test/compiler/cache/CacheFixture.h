// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INGOT_TEST_COMPILER_CACHE_CACHEFIXTURE_H
#define INGOT_TEST_COMPILER_CACHE_CACHEFIXTURE_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace ingot::cache {

/// A folder for one test.
class CacheFixture : public testing::Test {
protected:
  CacheFixture() {
    char name[] = "/tmp/ingot-cache-XXXXXX";
    folder = mkdtemp(name);
  }
  ~CacheFixture() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string &name) const { return folder + "/" + name; }
  void write(const std::string &name, const std::string &contents) const { std::ofstream(path(name)) << contents; }

  std::string folder;
};

} // namespace ingot::cache
#endif
