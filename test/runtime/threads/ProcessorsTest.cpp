// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Processors.h"
#include "test/runtime/TemporaryFolder.h"
#include "test/runtime/fake/FakeBlob.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace ingot::runtime {
namespace {

TEST(Processors, AreAtLeastOne) { EXPECT_GE(availableProcessors(), 1u); }

TEST(Processors, QuotaIsTheLeastOfTheGroupAndThoseAbove) {
  fake::TemporaryFolder folder;
  const std::string root = folder.file("cgroup");
  std::filesystem::create_directories(root + "/pod/container");
  EXPECT_EQ(quotaOf(root.c_str(), "/pod/container"), 0u);
  fake::writeBytes(root + "/pod/cpu.max", "350000 100000\n");
  EXPECT_EQ(quotaOf(root.c_str(), "/pod/container"), 4u); // three and a half
  fake::writeBytes(root + "/pod/container/cpu.max", "max 100000\n");
  EXPECT_EQ(quotaOf(root.c_str(), "/pod/container"), 4u);
  fake::writeBytes(root + "/pod/container/cpu.max", "50000 100000\n");
  EXPECT_EQ(quotaOf(root.c_str(), "/pod/container"), 1u);
  EXPECT_EQ(quotaOf(root.c_str(), "/pod"), 4u);
  EXPECT_EQ(quotaOf(root.c_str(), "/"), 0u);
  fake::writeBytes(root + "/cpu.max", "200000 100000\n"); // in a container of its own it is the root
  EXPECT_EQ(quotaOf(root.c_str(), "/"), 2u);
  fake::writeBytes(root + "/cpu.max", "nonsense\n");
  EXPECT_EQ(quotaOf(root.c_str(), "/"), 0u);
}

} // namespace
} // namespace ingot::runtime
