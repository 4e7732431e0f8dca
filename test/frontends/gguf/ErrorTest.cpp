// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are broken, or something else: each message, word for word. Offsets follow from the layout at the head of Part.h: the
// version at 0x4, the counts at 0x8 and 0x10, the first key at 0x18.
#include "test/frontends/gguf/Samples.h"

#include <gtest/gtest.h>

using namespace ingot::test;

namespace {

const std::string cutOff = "\nnote: the file is cut off or damaged; compare its size with the original's and get it again";

/// The complaint without the path, which must be there.
std::string complaint(const std::string &bytes) {
  std::string text = complaintAbout(bytes);
  const std::string start = "model.gguf: error: ";
  return text.compare(0, start.size(), start) == 0 ? text.substr(start.size()) : "no complaint: " + text;
}
std::string complaint(const GgufWriter &writer) { return complaint(writer.bytes()); }

TEST(GgufErrors, otherKindsOfFilesAreNamed) {
  const std::string notGguf = "\nnote: a GGUF file starts with the letters GGUF";
  const std::string convert = "\nnote: convert it to GGUF with llama.cpp's convert_hf_to_gguf.py";
  const std::string given = "\nnote: this format was given up in 2023; get the model as a GGUF file";
  EXPECT_EQ(complaint(""), "the file is empty (offset 0x0)" + notGguf);
  EXPECT_EQ(complaint("GG"), "not a GGUF file: it starts with 'GG' (offset 0x0)" + notGguf);
  EXPECT_EQ(complaint(std::string("\x01\x02\xff.", 4) + "……"),
            "not a GGUF file: it starts with '\\x01\\x02\\xff.' (offset 0x0)" + notGguf);
  EXPECT_EQ(complaint(bytesOf<uint64_t>(2) + "{}data"), "not a GGUF file but a safetensors file (offset 0x0)" + convert);
  EXPECT_EQ(complaint("PK\x03\x04…"), "not a GGUF file but a zip archive, probably a PyTorch checkpoint (offset 0x0)" + convert);
  EXPECT_EQ(complaint("\x80\x02}"), "not a GGUF file but a Python pickle, probably a PyTorch checkpoint (offset 0x0)" + convert);
  EXPECT_EQ(complaint("tjgg…"), "not a GGUF file but a ggjt file, older than GGUF (offset 0x0)" + given);
  EXPECT_EQ(complaint("fmgg…"), "not a GGUF file but a ggmf file, older than GGUF (offset 0x0)" + given);
  EXPECT_EQ(complaint("lmgg…"), "not a GGUF file but a ggml file, older than GGUF (offset 0x0)" + given);
  EXPECT_EQ(complaint("version https://git-lfs.github.com/spec/v1"),
            "not a GGUF file but a Git LFS pointer, not the model itself "
            "(offset 0x0)\nnote: run git lfs pull, or download the file itself");
  EXPECT_EQ(complaint("<!DOCTYPE html>"), "not a GGUF file but an HTML or XML page (offset 0x0)\n"
                                          "note: the download probably failed: open the file and read what it says");
  EXPECT_EQ(complaint("{\"a\": 1}"), "not a GGUF file but a JSON file (offset 0x0)\n"
                                     "note: give the model file, not its configuration");
  EXPECT_EQ(complaint("\x1f\x8b…"), "not a GGUF file but a gzip file (offset 0x0)\nnote: decompress it first");
  EXPECT_EQ(complaint("\x7f"
                      "ELF…"),
            "not a GGUF file but an ELF program or library (offset 0x0)" + notGguf);
}

TEST(GgufErrors, versions) {
  GgufWriter writer;
  writer.version = 1;
  EXPECT_EQ(complaint(writer), "GGUF version 1; only versions 2 and 3 can be read (offset 0x4)\n"
                               "note: version 1 was replaced in August 2023; convert the model again");
  writer.version = 4;
  EXPECT_EQ(complaint(writer), "GGUF version 4; only versions 2 and 3 can be read (offset 0x4)\n"
                               "note: the file may be damaged, or newer than this program");
  writer.version = 0x03000000;
  EXPECT_EQ(complaint(writer), "a big-endian GGUF file (version 0x3000000); only little-endian ones can be read (offset 0x4)\n"
                               "note: convert it with gguf-py's gguf_convert_endian, or get the little-endian file");
}

TEST(GgufErrors, cutOffAnywhereInTheHeader) {
  const std::string whole = sampleModel().bytes();
  EXPECT_EQ(complaint(whole.substr(0, 6)), "the file ends within the version: 4 bytes needed, 2 left (offset 0x4)" + cutOff);
  EXPECT_EQ(complaint(whole.substr(0, 20)),
            "3 tensors need at least 32 bytes each, but the file has only 4 bytes left (offset 0x8)" + cutOff);
  for (size_t size = 1; size < whole.size(); size += 3) {
    const std::string text = complaint(whole.substr(0, size));
    ASSERT_EQ(text.find("no complaint"), std::string::npos) << size << " bytes of " << whole.size();
    ASSERT_NE(text.find("\nnote: "), std::string::npos) << text;
  }
}

TEST(GgufErrors, countsBeyondTheFile) {
  GgufWriter writer;
  writer.tensorCount = 1ull << 60;
  EXPECT_EQ(complaint(writer),
            "1152921504606846976 tensors need at least 32 bytes each, but the file has only 16 bytes left (offset 0x8)" + cutOff);
  writer.tensorCount = 0;
  writer.keyCount = ~0ull;
  EXPECT_EQ(complaint(writer),
            "18446744073709551615 metadata keys need at least 13 bytes each, but the file has only 8 bytes left (offset 0x10)" +
                cutOff);
  writer.keyCount = 70000;
  writer.tail = std::string(1000000, '\0');
  EXPECT_EQ(complaint(writer), "0 tensors and 70000 metadata keys; at most 262144 and 65536 can be read (offset 0x8)" + cutOff);
}

TEST(GgufErrors, keys) {
  GgufWriter twice;
  twice.uint32("a", 1).uint32("b", 1).uint32("a", 2);
  EXPECT_EQ(complaint(twice), "metadata key 'a' appears twice (offset 0x3a)\nnote: it was first given at offset 0x18");
  GgufWriter empty;
  empty.uint32("", 1);
  EXPECT_EQ(complaint(empty), "metadata key 1 of 1 is empty (offset 0x18)" + cutOff);
  GgufWriter latin1;
  latin1.uint32("na\xefve", 1);
  EXPECT_EQ(complaint(latin1), "metadata key 1 of 1 is not valid UTF-8: 'na\\xefve' (offset 0x18)" + cutOff);
  GgufWriter control;
  control.uint32("a\nb", 1);
  EXPECT_EQ(complaint(control), "metadata key 1 of 1 has control characters: 'a\\x0ab' (offset 0x18)" + cutOff);
  GgufWriter longer;
  longer.keyCount = 1;
  longer.tail = bytesOf<uint64_t>(1ull << 63) + "abcdefgh";
  EXPECT_EQ(complaint(longer.magic + bytesOf(longer.version) + bytesOf<uint64_t>(0) + bytesOf<uint64_t>(1) + longer.tail),
            "metadata key 1 of 1 is 9223372036854775808 bytes long, but the file has only 8 bytes left (offset 0x18)" + cutOff);
}

TEST(GgufErrors, values) {
  GgufWriter unknown;
  unknown.raw("a", 13, "");
  EXPECT_EQ(complaint(unknown), "unknown value type 13 of 'a'; GGUF defines 0 to 12 (offset 0x21)" + cutOff);
  GgufWriter boolean;
  boolean.raw("a", GgufWriter::Bool, "\x07");
  EXPECT_EQ(complaint(boolean), "'a' is a bool of value 7; only 0 and 1 are (offset 0x25)" + cutOff);
  GgufWriter array;
  array.array("a", GgufWriter::UInt64, 1ull << 61, "");
  EXPECT_EQ(complaint(array),
            "2305843009213693952 uint64 elements of 'a' need at least 8 bytes each, but the file has only 15 bytes left "
            "(offset 0x29)" +
                cutOff);
  GgufWriter elements;
  elements.array("a", 99, 1, "");
  EXPECT_EQ(complaint(elements), "unknown value type 99 of the elements of 'a'; GGUF defines 0 to 12 (offset 0x25)" + cutOff);
  GgufWriter text;
  text.raw("a", GgufWriter::String, bytesOf<uint64_t>(1000));
  EXPECT_EQ(complaint(text), "a string of 'a' is 1000 bytes long, but the file has only 19 bytes left (offset 0x25)" + cutOff);
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += bytesOf<uint32_t>(GgufWriter::Array) + bytesOf<uint64_t>(1);
  GgufWriter deep;
  deep.raw("a", GgufWriter::Array, nested);
  EXPECT_EQ(complaint(deep), "'a' has arrays in arrays more than 8 deep (offset 0x85)" + cutOff);
}

TEST(GgufErrors, alignment) {
  GgufWriter odd;
  odd.uint32("general.alignment", 48);
  EXPECT_EQ(complaint(odd), "'general.alignment' is 48, not a power of two (offset 0x18)" + cutOff);
  GgufWriter zero;
  zero.uint32("general.alignment", 0);
  EXPECT_EQ(complaint(zero), "'general.alignment' is 0, not a power of two (offset 0x18)" + cutOff);
  GgufWriter text;
  text.string("general.alignment", "32");
  EXPECT_EQ(complaint(text), "'general.alignment' is of type string, not uint32 (offset 0x18)" + cutOff);
  GgufWriter misaligned;
  misaligned.tensor("t", {8}, GgufWriter::F32, std::nullopt, 8);
  EXPECT_EQ(complaint(misaligned),
            "tensor 't' begins at offset 8 of the data, not a multiple of the alignment, 32 (offset 0x18)" + cutOff);
}

TEST(GgufErrors, tensors) {
  GgufWriter twice;
  twice.tensor("t", {8}, GgufWriter::F32).tensor("t", {8}, GgufWriter::F32);
  EXPECT_EQ(complaint(twice), "tensor 't' appears twice (offset 0x39)\nnote: it was first given at offset 0x18");
  GgufWriter latin1;
  latin1.tensor("t\xff", {8}, GgufWriter::F32);
  EXPECT_EQ(complaint(latin1), "the name of tensor 1 of 1 is not valid UTF-8: 't\\xff' (offset 0x18)" + cutOff);
  GgufWriter scalar;
  scalar.tensor("t", {}, GgufWriter::F32);
  EXPECT_EQ(complaint(scalar), "tensor 't' has 0 dimensions; 1 to 4 are possible (offset 0x21)" + cutOff);
  GgufWriter five;
  five.tensor("t", {1, 1, 1, 1, 1}, GgufWriter::F32);
  EXPECT_EQ(complaint(five), "tensor 't' has 5 dimensions; 1 to 4 are possible (offset 0x21)" + cutOff);
  GgufWriter none;
  none.tensor("t", {8, 0}, GgufWriter::F32);
  EXPECT_EQ(complaint(none), "dimension 1 of tensor 't' is 0 (offset 0x2d)" + cutOff);
  GgufWriter huge;
  huge.tensor("t", {1ull << 40, 1ull << 40}, GgufWriter::F32, "");
  EXPECT_EQ(complaint(huge),
            "the dimensions of tensor 't' are too large: their product, with dimension 1 of 1099511627776, exceeds 64 "
            "bits (offset 0x2d)" +
                cutOff);
  GgufWriter large;
  large.tensor("t", {1ull << 62}, GgufWriter::F32, "");
  EXPECT_EQ(complaint(large),
            "the size of tensor 't', 4611686018427387904 blocks of 4 bytes, exceeds 64 bits (offset 0x18)" + cutOff);
  GgufWriter partial;
  partial.tensor("t", {100}, GgufWriter::Q4_K, "");
  EXPECT_EQ(complaint(partial),
            "tensor 't' has rows of 100 elements, not a multiple of Q4_K's blocks of 256 (offset 0x18)" + cutOff);
}

TEST(GgufErrors, tensorData) {
  GgufWriter cut;
  cut.tensor("t", {8}, GgufWriter::F32, std::string(31, 'x'));
  EXPECT_EQ(complaint(cut),
            "the data of tensor 't' is 32 bytes from offset 0x40, but the file ends at 0x5f (offset 0x18)" + cutOff);
  GgufWriter outside;
  outside.tensor("t", {8}, GgufWriter::F32, std::nullopt, 1ull << 40);
  EXPECT_EQ(complaint(outside),
            "the data of tensor 't' is 32 bytes from offset 0x10000000040, but the file ends at 0x60 (offset 0x18)" + cutOff);
  GgufWriter wraps;
  wraps.tensor("t", {8}, GgufWriter::F32, std::nullopt, ~0ull - 31);
  EXPECT_EQ(complaint(wraps),
            "the data of tensor 't' is 32 bytes from offset 0xffffffffffffffff, but the file ends at 0x60 (offset 0x18)" + cutOff);
  GgufWriter overlap;
  overlap.tensor("a", {16}, GgufWriter::F32).tensor("b", {16}, GgufWriter::F32, std::nullopt, 32);
  EXPECT_EQ(complaint(overlap),
            "tensors 'a' and 'b' overlap: the first ends at 0xa0, the second begins at 0x80 (offset 0x39)" + cutOff);
}

} // namespace
