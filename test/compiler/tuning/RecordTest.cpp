// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tuning records: what is written is read again, and what is wrong is told with its line.
#include "compiler/tuning/Record.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ingot::tuning {
namespace {

constexpr llvm::StringLiteral example = R"(# A comment.
ingot-tuning 1

processor avx2 avx512f avx512vnni l1d=32K l2=1M l3=32M
made-by ingot=0.1.0 halide=21.0.0
limit threads=1 read=29.5 dot=470
limit threads=2 read=35.0 dot=930
read matmul_q8_q8_0_n4096_k4096 tokens=8 claim=16K | 2026-11-24 bytes=17825792 operations=17179869184 1t=48000.00/40000.00 2t=24000.00/21000.00
generated matmul_q15_q8_0_n4096_k4096 prefetch=4608 | 2026-11-24 bytes=17825792 operations=33554432 1t=690.10/602.30 2t8=900.00/800.00
generated matmul_q15_q4_0_n4096_k4096 default
)";

Record parsed(llvm::StringRef text) {
  llvm::Expected<Record> record = parseRecord(text, "r.txt");
  EXPECT_TRUE(bool(record)) << (record ? "" : llvm::toString(record.takeError()));
  return record ? std::move(*record) : Record();
}

std::string errorOf(llvm::StringRef text) {
  llvm::Expected<Record> record = parseRecord(text, "r.txt");
  return record ? "" : llvm::toString(record.takeError());
}

/// A record with one more line in its section.
std::string withLine(llvm::StringRef line) {
  return ("ingot-tuning 1\nprocessor avx2\nmade-by ingot=1 halide=2\n" + line + "\n").str();
}

TEST(Record, HoldsWhatTheTextSays) {
  Record record = parsed(example);
  ASSERT_EQ(record.sections.size(), 1u);
  const Section &section = record.sections[0];
  EXPECT_EQ(section.processor.features, (std::vector<std::string>{"avx2", "avx512f", "avx512vnni"}));
  EXPECT_EQ(section.processor.level1Bytes, 32u << 10);
  EXPECT_EQ(section.processor.level3Bytes, 32u << 20);
  EXPECT_EQ(section.ingotVersion, "0.1.0");
  EXPECT_EQ(section.halideVersion, "21.0.0");
  ASSERT_EQ(section.limits.size(), 2u);
  EXPECT_DOUBLE_EQ(section.limits[0].readBytes, 29.5e9);
  ASSERT_EQ(section.entries.size(), 3u);
  const Entry *entry = section.find("read", "matmul_q8_q8_0_n4096_k4096");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->schedule.tokens, 8);
  EXPECT_EQ(entry->schedule.claimBytes, 16 << 10);
  EXPECT_FALSE(entry->schedule.prefetch);
  EXPECT_EQ(entry->schedule.origin, "r.txt:8");
  EXPECT_NEAR(entry->gain(), std::sqrt(48.0 / 40 * 24 / 21), 1e-9);
  const Entry *generated = section.find("generated", "matmul_q15_q8_0_n4096_k4096");
  ASSERT_EQ(generated->timings.size(), 2u);
  EXPECT_EQ(generated->timings[0].tokens, 0u);
  EXPECT_EQ(generated->timings[1].threads, 2u);
  EXPECT_EQ(generated->timings[1].tokens, 8u);
  EXPECT_TRUE(section.find("generated", "matmul_q15_q4_0_n4096_k4096")->isDefault());
  EXPECT_FALSE(section.find("generated", "matmul_q8_q8_0_n4096_k4096"));
}

TEST(Record, IsWrittenAsItIsRead) {
  std::string once = recordText(parsed(example));
  EXPECT_EQ(once, recordText(parsed(once)));
  EXPECT_NE(once.find("generated matmul_q15_q8_0_n4096_k4096 prefetch=4608 | 2026-11-24 bytes=17825792 operations=33554432 "
                      "1t=690.10/602.30 2t8=900.00/800.00\n"),
            std::string::npos)
      << once;
  EXPECT_LT(once.find("generated matmul_q15_q4_0"), once.find("generated matmul_q15_q8_0")); // sorted
}

TEST(Record, TellsWhatIsWrongAndWhere) {
  EXPECT_EQ(errorOf(""), "r.txt:0: error: expected 'ingot-tuning 1', but the file has no such line");
  EXPECT_EQ(errorOf("hello\n"), "r.txt:1: error: expected 'ingot-tuning 1', the first line of a tuning record, not 'hello'");
  EXPECT_EQ(errorOf("ingot-tuning 1\nread x default\n"), "r.txt:2: error: expected 'processor' before 'read'");
  EXPECT_EQ(errorOf("ingot-tuning 1\nprocessor l4=1\n"), "r.txt:2: error: unknown cache 'l4'; known: l1d, l2, l3");
  EXPECT_EQ(errorOf("ingot-tuning 1\nprocessor avx2 l2=big\n"), "r.txt:2: error: 'big' is not a size such as 32K or 1M");
  EXPECT_EQ(errorOf("ingot-tuning 1\nprocessor avx2\nread x default\n"),
            "r.txt:3: error: expected 'made-by ingot=VERSION halide=VERSION' after 'processor', not 'read'");
  EXPECT_EQ(errorOf("ingot-tuning 1\nprocessor avx2\nmade-by ingot=1\n"), "r.txt:3: error: expected 'halide=…'");
  EXPECT_EQ(errorOf(withLine("readd x default")),
            "r.txt:4: error: expected processor, made-by, limit, read or generated, not 'readd'");
  EXPECT_EQ(errorOf(withLine("limit threads=0 read=1 dot=1")), "r.txt:4: error: '0' is no number of threads");
  EXPECT_EQ(errorOf(withLine("limit threads=1 read=fast dot=1")), "r.txt:4: error: expected GB/s after 'read=', not 'fast'");
  EXPECT_EQ(errorOf(withLine("read")), "r.txt:4: error: expected the name of a kernel after 'read'");
  EXPECT_EQ(errorOf(withLine("read x")),
            "r.txt:4: error: expected 'default' or settings (tokens=N, prefetch=BYTES, prefetch-one=BYTES, claim=BYTES) after 'x'");
  EXPECT_EQ(errorOf(withLine("read x tokens=1")), "r.txt:4: error: expected 2 … 16 after 'tokens=', not '1'");
  EXPECT_EQ(errorOf(withLine("read x tokens=17")), "r.txt:4: error: expected 2 … 16 after 'tokens=', not '17'");
  EXPECT_EQ(errorOf(withLine("read x claim=0")), "r.txt:4: error: expected 1 … 1073741824 after 'claim=', not '0'");
  EXPECT_EQ(
      errorOf(withLine("read x chains=2")),
      "r.txt:4: error: expected tokens=N, prefetch=BYTES, prefetch-one=BYTES, claim=BYTES or 'default' alone, not 'chains=2'");
  EXPECT_EQ(errorOf(withLine("read x default tokens=2")),
            "r.txt:4: error: expected tokens=N, prefetch=BYTES, prefetch-one=BYTES, claim=BYTES or 'default' alone, not 'default'");
  EXPECT_EQ(errorOf(withLine("read x prefetch=1 prefetch=2")), "r.txt:4: error: 'prefetch' is given twice");
  EXPECT_EQ(errorOf(withLine("read x default | today")), "r.txt:4: error: expected a date such as 2026-11-24, not 'today'");
  EXPECT_EQ(errorOf(withLine("read x default | 1t=5")), "r.txt:4: error: expected microseconds BEFORE/AFTER after '1t=', not '5'");
  EXPECT_EQ(errorOf(withLine("read x default\nread x tokens=2")), "r.txt:5: error: the kernel 'x' has a line already");
  EXPECT_EQ(errorOf(withLine("processor avx2\nmade-by ingot=1 halide=2")),
            "r.txt:5: error: this processor and these versions have a section already");
}

TEST(Record, MergesByDate) {
  auto one = [](llvm::StringRef settings, llvm::StringRef date) {
    return parsed(withLine(("read x " + settings + " | " + date + " 1t=2/1").str()));
  };
  auto merged = [&](Record into, const Record &from) {
    into.merge(from);
    EXPECT_EQ(into.sections.size(), 1u);
    return settingsText(into.sections[0].find("read", "x")->schedule);
  };
  Record older = one("tokens=2", "2026-11-23"), newer = one("tokens=3", "2026-11-24"), other = one("tokens=4", "2026-11-24");
  EXPECT_EQ(merged(older, newer), "tokens=3");
  EXPECT_EQ(merged(newer, older), "tokens=3");
  EXPECT_EQ(merged(newer, other), "tokens=4");
}

TEST(Record, KeepsProcessorsApartWhenMerged) {
  Record record = parsed(withLine("read x tokens=2"));
  record.merge(parsed("ingot-tuning 1\nprocessor avx2 l2=2M\nmade-by ingot=1 halide=2\nread x tokens=3\nread y default\n"));
  ASSERT_EQ(record.sections.size(), 2u);
  EXPECT_EQ(record.sections[0].entries.size(), 1u);
  EXPECT_EQ(record.sections[1].entries.size(), 2u);
  EXPECT_EQ(recordText(record), recordText(parsed(recordText(record))));
}

TEST(Processor, SaysWhatMattersOfThisMachine) {
  Processor host = Processor::host();
  llvm::Expected<Processor> again = Processor::parse(host.text());
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  EXPECT_TRUE(host == *again);
  EXPECT_EQ(Processor::withFeatures({"sse2", "avx512f", "avx2"}).text(), "avx2 avx512f");
}

} // namespace
} // namespace ingot::tuning
