// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes small GGUF files for tests, good ones and broken ones: everything that a reader might trust can be set to a lie.
//
//   GgufWriter writer;
//   writer.string("general.architecture", "llama").uint32("llama.block_count", 2);
//   writer.tensor("output_norm.weight", {64}, GgufWriter::F32);
//   writer.write(path);   // or writer.bytes()
#ifndef INGOT_TEST_FRONTENDS_GGUF_GGUFWRITER_H
#define INGOT_TEST_FRONTENDS_GGUF_GGUFWRITER_H

#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace ingot::test {

/// Little-endian bytes of a number.
template <typename T> std::string bytesOf(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

class GgufWriter {
public:
  // ggml's format numbers, as far as tests name them; any other number is taken too.
  enum Format : uint32_t { F32 = 0, F16 = 1, Q4_0 = 2, Q4_1 = 3, Q8_0 = 8, Q4_K = 12, IQ4_XS = 23, BF16 = 30 };
  enum Type : uint32_t { UInt8, Int8, UInt16, Int16, UInt32, Int32, Float32, Bool, String, Array, UInt64, Int64, Float64 };

  // What the header says; counts are right unless set.
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::optional<uint64_t> tensorCount, keyCount;
  uint64_t alignment = 32; ///< of the data; write general.alignment with uint32()
  std::string tail;        ///< after everything

  /// A key with any type number and value bytes.
  GgufWriter &raw(const std::string &key, uint32_t type, const std::string &value) {
    keys += text(key) + bytesOf(type) + value;
    ++keysWritten;
    return *this;
  }
  GgufWriter &uint32(const std::string &key, uint32_t value) { return raw(key, UInt32, bytesOf(value)); }
  GgufWriter &int32(const std::string &key, int32_t value) { return raw(key, Int32, bytesOf(value)); }
  GgufWriter &uint16(const std::string &key, uint16_t value) { return raw(key, UInt16, bytesOf(value)); }
  GgufWriter &float32(const std::string &key, float value) { return raw(key, Float32, bytesOf(value)); }
  GgufWriter &boolean(const std::string &key, bool value) { return raw(key, Bool, bytesOf<uint8_t>(value)); }
  GgufWriter &string(const std::string &key, const std::string &value) { return raw(key, String, text(value)); }
  GgufWriter &strings(const std::string &key, const std::vector<std::string> &values) {
    std::string elements;
    for (const std::string &value : values) elements += text(value);
    return array(key, String, values.size(), elements);
  }
  GgufWriter &floats(const std::string &key, const std::vector<float> &values) { return numbers(key, Float32, values); }
  GgufWriter &int32s(const std::string &key, const std::vector<int32_t> &values) { return numbers(key, Int32, values); }
  GgufWriter &uint8s(const std::string &key, const std::vector<uint8_t> &values) { return numbers(key, UInt8, values); }
  GgufWriter &array(const std::string &key, uint32_t elementType, uint64_t count, const std::string &elements) {
    return raw(key, Array, bytesOf(elementType) + bytesOf(count) + elements);
  }

  /// A tensor whose data is `data`, or bytes that count up when there is none; `offset` may lie.
  GgufWriter &tensor(const std::string &name, const std::vector<uint64_t> &dims, uint32_t format,
                     std::optional<std::string> contents = std::nullopt, std::optional<uint64_t> offset = std::nullopt) {
    data.resize((data.size() + alignment - 1) / alignment * alignment);
    directory += text(name) + bytesOf<uint32_t>(dims.size());
    for (uint64_t dim : dims) directory += bytesOf(dim);
    directory += bytesOf(format) + bytesOf(offset.value_or(data.size()));
    data += contents ? *contents : countingBytes(dataBytes(dims, format));
    ++tensorsWritten;
    return *this;
  }

  std::string bytes() const {
    std::string file = magic + bytesOf(version) + bytesOf(tensorCount.value_or(tensorsWritten)) +
                       bytesOf(keyCount.value_or(keysWritten)) + keys + directory;
    file.resize((file.size() + alignment - 1) / alignment * alignment);
    return file + data + tail;
  }

  void write(const std::string &path) const { std::ofstream(path, std::ios::binary) << bytes(); }

  /// A length and that many characters, as every string in a GGUF file.
  static std::string text(const std::string &characters) { return bytesOf<uint64_t>(characters.size()) + characters; }

private:
  template <typename T> GgufWriter &numbers(const std::string &key, uint32_t type, const std::vector<T> &values) {
    std::string elements;
    for (T value : values) elements += bytesOf(value);
    return array(key, type, values.size(), elements);
  }

  static std::string countingBytes(uint64_t count) {
    std::string bytes(count, '\0');
    for (uint64_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i % 32); // as a float or fp16 scale: small, finite
    return bytes;
  }

  static uint64_t dataBytes(const std::vector<uint64_t> &dims, uint32_t format) {
    struct {
      uint32_t format, elements, bytes;
    } static constexpr sizes[] = {{F32, 1, 4},    {F16, 1, 2},    {Q4_0, 32, 18}, {Q4_1, 32, 20},    {6, 32, 22},
                                  {7, 32, 24},    {Q8_0, 32, 34}, {10, 256, 84},  {11, 256, 110},    {Q4_K, 256, 144},
                                  {13, 256, 176}, {14, 256, 210}, {BF16, 1, 2},   {IQ4_XS, 256, 136}};
    uint64_t elements = 1;
    for (uint64_t dim : dims) elements *= dim;
    for (const auto &size : sizes)
      if (size.format == format) return elements / size.elements * size.bytes;
    return 0;
  }

  std::string keys, directory, data;
  uint64_t keysWritten = 0, tensorsWritten = 0;
};

} // namespace ingot::test
#endif
