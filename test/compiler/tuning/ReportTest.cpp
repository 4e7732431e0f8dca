// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How near kernels come to the machine's limits, as a table and as a picture.
#include "compiler/tuning/Report.h"

#include <gtest/gtest.h>

namespace ingot::tuning {
namespace {

Record record() {
  return llvm::cantFail(
      parseRecord("ingot-tuning 1\nprocessor avx2\nmade-by ingot=1 halide=2\nlimit threads=1 read=10 dot=100\n"
                  "generated matmul_q15_q8_0_n8_k32 prefetch=1K | 2026-11-24 bytes=1000000 operations=2000000 1t=200/125\n"
                  "read matmul_q8_q8_0_n8_k32 default | 2026-11-24 bytes=1000000 operations=100000000 1t=1250/1250\n"
                  "read matmul_bf16_bf16_n8_k32 default | 2026-11-24 bytes=1000000 operations=100000000 1t=1250/1250\n"
                  "read matmul_q8_q4_0_n8_k32 default | 2026-11-24 bytes=1000 operations=2000 3t=5/5\n",
                  "r.txt"));
}

Nearness nearness(llvm::StringRef tokenClass, llvm::StringRef kernel) {
  static const Record all = record();
  const Entry &entry = *all.sections[0].find(tokenClass, kernel);
  return nearnessOf(entry, entry.timings[0], all.sections[0]);
}

TEST(Nearness, IsToWhateverTakesLonger) {
  Nearness memory = nearness("generated", "matmul_q15_q8_0_n8_k32"); // 100 us of reading, 40 us of products in two terms
  EXPECT_TRUE(memory.isMemory);
  EXPECT_DOUBLE_EQ(memory.before, 0.5);
  EXPECT_DOUBLE_EQ(memory.after, 0.8);
  Nearness dots = nearness("read", "matmul_q8_q8_0_n8_k32"); // 1000 us of products
  EXPECT_FALSE(dots.isMemory);
  EXPECT_DOUBLE_EQ(dots.after, 0.8);
}

TEST(Nearness, IsNotInventedWhereNoLimitWasMeasured) {
  EXPECT_EQ(nearness("read", "matmul_bf16_bf16_n8_k32").after, 0);
  EXPECT_EQ(nearness("read", "matmul_q8_q4_0_n8_k32").after, 0);
}

TEST(Report, IsATable) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printTable(out, record());
  EXPECT_NE(text.find("avx2 · ingot 1, halide 2\nlimits, 1 thread: 10.0 GB/s read, 100 GOP/s int8\n"), std::string::npos) << text;
  EXPECT_NE(text.find("        1        200.0     125.0  1.60x     80 %  prefetch=1024\n"), std::string::npos) << text;
}

TEST(Report, IsAPicture) {
  std::string text = picture(record());
  EXPECT_TRUE(llvm::StringRef(text).starts_with("<svg "));
  EXPECT_TRUE(llvm::StringRef(text).ends_with("</svg>\n"));
  EXPECT_NE(text.find(">generated matmul_q15_q8_0_n8_k32<"), std::string::npos);
  EXPECT_NE(text.find(">80 % of bandwidth, 1.60×<"), std::string::npos) << text;
}

} // namespace
} // namespace ingot::tuning
