// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/reference/GgufFile.h"

#include "test/reference/Formats.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace ingot::reference {

void fail(const std::string &what) {
  std::fprintf(stderr, "ingot-reference: error: %s\n", what.c_str());
  std::exit(1);
}

namespace {
struct Reader {
  const std::vector<uint8_t> &bytes;
  size_t at = 0;

  template <typename T> T take() {
    if (at + sizeof(T) > bytes.size()) fail("the file ends too soon");
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    at += sizeof(T);
    return value;
  }
  std::string text() {
    auto length = take<uint64_t>();
    if (length > bytes.size() - at) fail("the file ends too soon");
    std::string value(reinterpret_cast<const char *>(bytes.data()) + at, length);
    at += length;
    return value;
  }
  double number(uint32_t type) {
    switch (type) {
    case 0: // unsigned 8
    case 7: // boolean
      return take<uint8_t>();
    case 1:
      return take<int8_t>();
    case 2:
      return take<uint16_t>();
    case 3:
      return take<int16_t>();
    case 4:
      return take<uint32_t>();
    case 5:
      return take<int32_t>();
    case 6:
      return take<float>();
    case 10:
      return double(take<uint64_t>());
    case 11:
      return double(take<int64_t>());
    case 12:
      return take<double>();
    }
    fail("metadata of unknown type " + std::to_string(type));
  }
};

constexpr uint32_t typeText = 8, typeArray = 9;
} // namespace

GgufFile GgufFile::read(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail("cannot open " + path);
  GgufFile file;
  file.bytes.assign(std::istreambuf_iterator<char>(stream), {});
  Reader reader{file.bytes};
  if (reader.take<uint32_t>() != 0x46554747) fail(path + " is no GGUF file"); // "GGUF"
  auto version = reader.take<uint32_t>();
  if (version != 2 && version != 3) fail("version " + std::to_string(version));
  auto tensorCount = reader.take<uint64_t>(), keyCount = reader.take<uint64_t>();
  for (uint64_t i = 0; i < keyCount; i++) {
    std::string key = reader.text();
    auto type = reader.take<uint32_t>();
    if (type == typeText) {
      file.texts[key] = reader.text();
    } else if (type == typeArray) { // vocabularies: of no interest here
      auto elements = reader.take<uint32_t>();
      for (auto count = reader.take<uint64_t>(); count > 0; count--)
        if (elements == typeText)
          reader.text();
        else
          reader.number(elements);
    } else {
      file.numbers[key] = reader.number(type);
    }
  }
  for (uint64_t i = 0; i < tensorCount; i++) {
    std::string name = reader.text();
    Tensor tensor{0, 1, 1, 0};
    auto dimensions = reader.take<uint32_t>();
    for (uint32_t d = 0; d < dimensions; d++) (d == 0 ? tensor.columns : tensor.rows) *= reader.take<uint64_t>();
    tensor.format = reader.take<uint32_t>();
    tensor.offset = reader.take<uint64_t>();
    file.tensors[name] = tensor;
  }
  auto alignment = size_t(file.number("general.alignment", 32));
  file.dataStart = (reader.at + alignment - 1) / alignment * alignment;
  return file;
}

double GgufFile::number(const std::string &key) const {
  auto found = numbers.find(key);
  if (found == numbers.end()) fail("no key " + key);
  return found->second;
}

double GgufFile::number(const std::string &key, double otherwise) const {
  auto found = numbers.find(key);
  return found == numbers.end() ? otherwise : found->second;
}

std::vector<double> GgufFile::values(const std::string &name) const {
  auto found = tensors.find(name);
  if (found == tensors.end()) fail("no tensor " + name);
  const Tensor &tensor = found->second;
  BlockShape shape = blockShape(tensor.format);
  size_t count = tensor.rows * tensor.columns, start = dataStart + tensor.offset;
  if (start + count / shape.elements * shape.bytes > bytes.size()) fail("tensor " + name + " ends behind the file");
  std::vector<double> result(count);
  for (size_t i = 0; i < count; i++)
    result[i] = element(tensor.format, &bytes[start + i / shape.elements * shape.bytes], i % shape.elements);
  return result;
}

} // namespace ingot::reference
