// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Looking schedules up: the kernel itself, the nearest shape, another processor, another version.
#include "compiler/tuning/Schedules.h"

#include <gtest/gtest.h>

namespace ingot::tuning {
namespace {

Record parsed(llvm::StringRef text) { return llvm::cantFail(parseRecord(text, "folder/r.txt")); }

const Processor &processor() {
  static const Processor one = llvm::cantFail(Processor::parse("avx2 avx512f l2=1M"));
  return one;
}

/// What a record with these lines says of a generated token's kernel.
std::string found(llvm::StringRef lines, llvm::StringRef kernel, llvm::StringRef tokenClass = "generated") {
  Record record = parsed(("ingot-tuning 1\nprocessor avx2 avx512f l2=1M\nmade-by ingot=1 halide=2\n" + lines).str());
  std::optional<MeasuredSchedule> schedule = Schedules(record, processor(), "1", "2").find(tokenClass, kernel);
  return schedule ? settingsText(*schedule) + ", " + schedule->origin : "nothing";
}

TEST(MatmulName, IsTakenApart) {
  auto name = MatmulName::parse("matmul_q15_q4_k_q6_k_q8_0_n576_192_64_k1024_add_wanted");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->input, "q15");
  EXPECT_EQ(name->formats, (std::vector<std::string>{"q4_k", "q6_k", "q8_0"}));
  EXPECT_EQ(name->outputs, (std::vector<int64_t>{576, 192, 64}));
  EXPECT_EQ(name->inputs, 1024);
  EXPECT_EQ(name->rest, "_add");
  EXPECT_TRUE(name->wanted);
  EXPECT_EQ(MatmulName::parse("matmul_f32_bf16_n8_k16")->formats, std::vector<std::string>{"bf16"});
  for (llvm::StringRef no :
       {"rows_silu", "attention_h9_d64", "matmul_q8_q8_0", "matmul_q8_q8_0_n8", "matmul_q8_n8_k8", "matmul_q8_q8_0_n8_9_k8"})
    EXPECT_FALSE(MatmulName::parse(no)) << no.str();
}

TEST(Schedules, PreferTheKernelItself) {
  llvm::StringRef lines = "generated matmul_q15_q8_0_n4096_k4096 prefetch=1K\ngenerated matmul_q15_q8_0_n4096_k2048 prefetch=2K\n"
                          "read matmul_q15_q8_0_n4096_k2048 prefetch=3K\n";
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_n4096_k2048"), "prefetch=2048, as measured (r.txt:5)");
}

TEST(Schedules, TakeTheNearestShape) {
  llvm::StringRef lines = "generated matmul_q15_q8_0_n4096_k4096 prefetch=1K\ngenerated matmul_q15_q8_0_n512_k512 prefetch=2K\n"
                          "generated matmul_q15_q4_0_n2048_k2048 prefetch=3K\n";
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_n3000_k3200"), "prefetch=1024, as measured for matmul_q15_q8_0_n4096_k4096 (r.txt:4)");
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_n600_k640_add"), "prefetch=2048, as measured for matmul_q15_q8_0_n512_k512 (r.txt:5)");
  // Other formats, another input, another class of tokens, or another kind of kernel: nothing follows.
  EXPECT_EQ(found(lines, "matmul_q15_q6_k_n512_k512"), "nothing");
  EXPECT_EQ(found(lines, "matmul_q8_q8_0_n512_k512"), "nothing");
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_n512_k512", "read"), "nothing");
  EXPECT_EQ(found(lines, "rows_silu"), "nothing");
  // Nor does it for a shape of quite another size.
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_n16_k32"), "nothing");
}

TEST(Schedules, TakeWhatIsLikeIt) {
  llvm::StringRef lines =
      "generated matmul_q15_q8_0_n512_k512 default\ngenerated matmul_q15_q8_0_q8_0_n256_256_k512_add prefetch=2K\n"
      "generated matmul_q15_q8_0_q6_k_n500_12_k512 prefetch=3K\n";
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_q8_0_n256_256_k512"), "default, as measured for matmul_q15_q8_0_n512_k512 (r.txt:4)");
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_q6_k_n400_100_k512"),
            "prefetch=3072, as measured for matmul_q15_q8_0_q6_k_n500_12_k512 (r.txt:6)");
  EXPECT_EQ(found("generated matmul_q15_q8_0_n512_k512 prefetch=1K\n", "matmul_q15_q8_0_q6_k_n400_100_k512"),
            "prefetch=1024, as measured for matmul_q15_q8_0_n512_k512 (r.txt:4)");
  EXPECT_EQ(found("generated matmul_q15_q8_0_n512_k512 prefetch=0 prefetch-one=7K\n", "matmul_q15_q8_0_n512_k512"),
            "prefetch=0 prefetch-one=7168, as measured (r.txt:4)");
}

TEST(Schedules, KeepWantedTokensApartWhereTheyAreFew) {
  llvm::StringRef lines = "read matmul_q8_q8_0_n512_k512 tokens=8\ngenerated matmul_q15_q8_0_n512_k512 prefetch=1K\n";
  EXPECT_EQ(found(lines, "matmul_q8_q8_0_n512_k512_wanted", "read"), "nothing");
  EXPECT_EQ(found(lines, "matmul_q15_q8_0_n512_k512_wanted"), "prefetch=1024, as measured for matmul_q15_q8_0_n512_k512 (r.txt:5)");
}

TEST(Schedules, AreThoseOfTheProcessor) {
  Record record = parsed("ingot-tuning 1\nprocessor avx2\nmade-by ingot=1 halide=2\nread x tokens=2\n"
                         "processor avx2 avx512f l2=4M\nmade-by ingot=1 halide=2\nread x tokens=3\n"
                         "processor avx2 avx512f l2=2M\nmade-by ingot=1 halide=2\nread x tokens=4\n"
                         "processor avx2 avx512f l2=1M\nmade-by ingot=0 halide=2\nread x tokens=5\n");
  auto tokens = [&](llvm::StringRef text, llvm::StringRef version) {
    auto schedule = Schedules(record, llvm::cantFail(Processor::parse(text)), version, "2").find("read", "x");
    return schedule ? *schedule->tokens : 0;
  };
  EXPECT_EQ(tokens("avx2 l2=1M", "1"), 2);
  EXPECT_EQ(tokens("avx2 avx512f l2=1M", "1"), 4); // the nearest caches of this version
  EXPECT_EQ(tokens("avx2 avx512f l2=8M", "1"), 3);
  EXPECT_EQ(tokens("avx2 avx512f l2=1M", "0"), 5);
  EXPECT_EQ(tokens("avx2 amx-int8", "1"), 0);
}

TEST(Schedules, AreTheFirstRecords) {
  Record own = parsed("ingot-tuning 1\nprocessor avx2 avx512f\nmade-by ingot=1 halide=2\nread x tokens=2\n");
  Record general = parsed("ingot-tuning 1\nprocessor avx2 avx512f\nmade-by ingot=1 halide=2\nread x tokens=3\nread y tokens=4\n");
  Schedules schedules({own, general}, processor(), "1", "2");
  EXPECT_EQ(schedules.find("read", "x")->tokens, 2);
  EXPECT_EQ(schedules.find("read", "y")->tokens, 4);
}

TEST(Schedules, HaveAnIdentity) {
  auto identity = [](llvm::StringRef line) {
    return Schedules(parsed(("ingot-tuning 1\nprocessor avx2 avx512f\nmade-by ingot=1 halide=2\n" + line).str()), processor(), "1",
                     "2")
        .identity();
  };
  EXPECT_EQ(identity(""), "none");
  EXPECT_EQ(identity("read x tokens=2"), identity("# here\nread x tokens=2 | 2026-11-24 1t=2/1"));
  EXPECT_NE(identity("read x tokens=2"), identity("read x tokens=3"));
  EXPECT_NE(identity("read x tokens=2"), identity("read y tokens=2"));
}

} // namespace
} // namespace ingot::tuning
