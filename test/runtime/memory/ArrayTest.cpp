// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/memory/Array.h"
#include "runtime/memory/Format.h"

#include <gtest/gtest.h>
#include <string>

namespace ingot::runtime {

TEST(Array, GrowsAndShrinks) {
  Array<int> array;
  for (int i = 0; i < 1000; i++) array.push(i);
  EXPECT_EQ(array.size(), 1000u);
  array.erase(10, 990);
  EXPECT_EQ(array.size(), 20u);
  EXPECT_EQ(array[10], 990);
  array.truncate(3);
  array.resize(5);
  EXPECT_EQ(array[2], 2);
  EXPECT_EQ(array[4], 0);
  Array<int> moved = static_cast<Array<int> &&>(array);
  EXPECT_EQ(moved.size(), 5u);
  EXPECT_TRUE(array.empty());
}

TEST(Array, AppendsNothing) {
  Array<int> array;
  array.append(nullptr, 0);
  EXPECT_TRUE(array.empty());
}

TEST(Format, AppendsAnyLength) {
  Text text;
  append(text, "begin ");
  appendFormat(text, "%d %s", 42, std::string(3000, 'x').c_str());
  appendFormat(text, "%s", "");
  EXPECT_EQ(view(text), "begin 42 " + std::string(3000, 'x'));
}

} // namespace ingot::runtime
