// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small valid file with every kind of value, and how tests read files from memory.
#ifndef INGOT_TEST_FRONTENDS_GGUF_SAMPLES_H
#define INGOT_TEST_FRONTENDS_GGUF_SAMPLES_H

#include "frontends/gguf/File.h"
#include "test/frontends/gguf/GgufWriter.h"

namespace ingot::test {

inline llvm::Expected<gguf::File> readBytes(const std::string &bytes, llvm::StringRef path = "model.gguf") {
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> parts;
  parts.push_back(llvm::MemoryBuffer::getMemBufferCopy(bytes, path));
  return gguf::File::read(std::move(parts));
}

/// The complaint about a file, "" when there is none.
inline std::string complaintAbout(const std::string &bytes) {
  llvm::Expected<gguf::File> file = readBytes(bytes);
  return file ? "" : llvm::toString(file.takeError());
}
inline std::string complaintAbout(const GgufWriter &writer) { return complaintAbout(writer.bytes()); }

inline GgufWriter sampleModel() {
  GgufWriter writer;
  writer.string("general.architecture", "llama").uint32("llama.block_count", 2).float32("llama.rope.freq_base", 10000.0f);
  writer.raw("every.uint8", GgufWriter::UInt8, bytesOf<uint8_t>(200)).raw("every.int8", GgufWriter::Int8, bytesOf<int8_t>(-100));
  writer.uint16("every.uint16", 60000).raw("every.int16", GgufWriter::Int16, bytesOf<int16_t>(-30000));
  writer.uint32("every.uint32", 4000000000u).int32("every.int32", -2000000000);
  writer.raw("every.uint64", GgufWriter::UInt64, bytesOf<uint64_t>(1ull << 63));
  writer.raw("every.int64", GgufWriter::Int64, bytesOf<int64_t>(-(1ll << 62)));
  writer.float32("every.float32", 1e-5f).raw("every.float64", GgufWriter::Float64, bytesOf<double>(0.1));
  writer.boolean("every.bool", true).string("every.string", "naïve\n");
  writer.array("every.nested", GgufWriter::Array, 2,
               bytesOf<uint32_t>(GgufWriter::Int32) + bytesOf<uint64_t>(2) + bytesOf<int32_t>(7) + bytesOf<int32_t>(-8) +
                   bytesOf<uint32_t>(GgufWriter::String) + bytesOf<uint64_t>(1) + GgufWriter::text("x"));
  writer.array("every.bools", GgufWriter::Bool, 3, std::string("\x01\x00\x01", 3));
  writer.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", {"<unk>", "<s>", "</s>", "a"});
  writer.floats("tokenizer.ggml.scores", {0, 0, 0, -1}).int32s("tokenizer.ggml.token_type", {2, 3, 3, 1});
  writer.uint32("tokenizer.ggml.bos_token_id", 1).uint32("tokenizer.ggml.eos_token_id", 2);
  writer.boolean("tokenizer.ggml.add_bos_token", true);
  writer.tensor("token_embd.weight", {64, 4}, GgufWriter::Q8_0).tensor("output_norm.weight", {64}, GgufWriter::F32);
  writer.tensor("blk.0.ffn_up.weight", {256, 3}, GgufWriter::IQ4_XS);
  return writer;
}

} // namespace ingot::test
#endif
