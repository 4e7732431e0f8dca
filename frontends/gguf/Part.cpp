// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Part.h"

#include "frontends/gguf/Cursor.h"
#include "frontends/gguf/FileKinds.h"
#include "frontends/gguf/GgmlTypes.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

namespace ingot::gguf {

int64_t Tensor::elements() const {
  int64_t product = 1;
  for (int64_t dim : dims) product *= dim; // checked when the file was read
  return product;
}

std::string Tensor::shapeText() const {
  std::string text;
  for (int64_t dim : dims) text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text;
}

const Value *Part::find(llvm::StringRef key) const {
  for (const MetadataEntry &entry : metadata)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

namespace {

constexpr unsigned deepestArray = 8;    // arrays in arrays; models use one level
constexpr uint32_t dimensionsMax = 4;   // ggml's own limit
constexpr uint64_t shortestKey = 13;    // length, value type, one byte of value
constexpr uint64_t shortestTensor = 32; // length, rank, one dimension, format, offset
constexpr uint64_t keysMax = 1 << 16,
                   tensorsMax = 1 << 18; // keep the directory's memory bounded; models have a few thousand at most
constexpr llvm::StringLiteral notGguf = "a GGUF file starts with the letters GGUF";

class PartReader {
public:
  PartReader(llvm::StringRef path, llvm::ArrayRef<uint8_t> contents, unsigned index)
      : path(path), contents(contents), index(index), cursor(path, contents) {}

  llvm::Expected<Part> read();

private:
  void readStart();
  void readMetadata();
  Value readValue(llvm::StringRef key, ValueType type, unsigned depth);
  Value readArray(llvm::StringRef key, unsigned depth);
  void readAlignment();
  void readDirectory();
  void readTensor(uint64_t number);
  void placeTensors();
  void checkOverlaps();

  /// A name that can be shown and written into IR: valid UTF-8, no control characters, not empty.
  llvm::StringRef readName(const llvm::Twine &what);
  ValueType readValueType(const llvm::Twine &what);

  llvm::StringRef path;
  llvm::ArrayRef<uint8_t> contents;
  unsigned index;
  Cursor cursor;
  uint64_t tensorCount = 0, keyCount = 0;
  Part part;
};

llvm::Expected<Part> PartReader::read() {
  readStart();
  readMetadata();
  readAlignment();
  readDirectory();
  placeTensors();
  checkOverlaps();
  if (cursor.failed()) return cursor.takeError();
  return std::move(part);
}

void PartReader::readStart() {
  const llvm::StringRef text(reinterpret_cast<const char *>(contents.data()), contents.size());
  if (text.empty()) return cursor.fail("the file is empty", 0, notGguf);
  if (!text.starts_with("GGUF")) {
    const FileKind kind = recogniseFile(text);
    if (kind.what.empty()) return cursor.fail("not a GGUF file: it starts with " + quoted(text.take_front(4)), 0, notGguf);
    return cursor.fail("not a GGUF file but " + kind.what, 0, kind.remedy.empty() ? notGguf : kind.remedy);
  }
  cursor.skip(4, "the magic");
  const uint64_t versionAt = cursor.offset();
  part.version = cursor.number<uint32_t>("the version");
  if (cursor.failed()) return;
  if (part.version != 0 && (part.version & 0xffff) == 0)
    return cursor.fail("a big-endian GGUF file (version " + hexadecimal(part.version) + "); only little-endian ones can be read",
                       versionAt, "convert it with gguf-py's gguf_convert_endian, or get the little-endian file");
  if (part.version < 2 || part.version > 3)
    return cursor.fail("GGUF version " + llvm::Twine(part.version) + "; only versions 2 and 3 can be read", versionAt,
                       part.version < 2 ? "version 1 was replaced in August 2023; convert the model again"
                                        : "the file may be damaged, or newer than this program");
  const uint64_t countsAt = cursor.offset();
  tensorCount = cursor.count("tensors", shortestTensor);
  keyCount = cursor.count("metadata keys", shortestKey);
  if (tensorCount > tensorsMax || keyCount > keysMax)
    cursor.fail(llvm::Twine(tensorCount) + " tensors and " + llvm::Twine(keyCount) + " metadata keys; at most " +
                    llvm::Twine(tensorsMax) + " and " + llvm::Twine(keysMax) + " can be read",
                countsAt, Cursor::truncated);
}

llvm::StringRef PartReader::readName(const llvm::Twine &what) {
  const uint64_t at = cursor.offset();
  const llvm::StringRef name = cursor.string(what);
  if (cursor.failed()) return {};
  if (name.empty()) cursor.fail(what + " is empty", at, Cursor::truncated);
  if (!llvm::json::isUTF8(name)) cursor.fail(what + " is not valid UTF-8: " + quoted(name), at, Cursor::truncated);
  if (llvm::any_of(name, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }))
    cursor.fail(what + " has control characters: " + quoted(name), at, Cursor::truncated);
  return name;
}

ValueType PartReader::readValueType(const llvm::Twine &what) {
  const uint64_t at = cursor.offset();
  const uint32_t type = cursor.number<uint32_t>("the type of " + what);
  if (type >= valueTypeCount)
    cursor.fail("unknown value type " + llvm::Twine(type) + " of " + what + "; GGUF defines 0 to " +
                    llvm::Twine(valueTypeCount - 1),
                at, Cursor::truncated);
  return static_cast<ValueType>(cursor.failed() ? 0 : type);
}

Value PartReader::readArray(llvm::StringRef key, unsigned depth) {
  const uint64_t typeAt = cursor.offset();
  if (depth == deepestArray)
    cursor.fail(quoted(key) + " has arrays in arrays more than " + llvm::Twine(deepestArray) + " deep", typeAt, Cursor::truncated);
  const ValueType element = readValueType("the elements of " + quoted(key));
  const unsigned each = scalarBytes(element);
  const uint64_t count = cursor.count(typeName(element) + " elements of " + quoted(key), each                           ? each
                                                                                         : element == ValueType::string ? 8
                                                                                                                        : 12);
  const uint64_t begin = cursor.offset();
  if (each && element != ValueType::boolean) {
    cursor.skip(count * each, "the elements of " + quoted(key));
  } else {
    for (uint64_t i = 0; i < count && !cursor.failed(); ++i) readValue(key, element, depth + 1);
  }
  if (cursor.failed()) return {};
  return Value::array(element, count, contents.slice(begin, cursor.offset() - begin));
}

Value PartReader::readValue(llvm::StringRef key, ValueType type, unsigned depth) {
  if (type == ValueType::array) return readArray(key, depth);
  if (type == ValueType::string) return Value::string(cursor.string("a string of " + quoted(key)));
  const uint64_t at = cursor.offset();
  llvm::ArrayRef<uint8_t> bytes = cursor.take(scalarBytes(type), "the value of " + quoted(key));
  if (cursor.failed()) return {};
  if (type == ValueType::boolean && bytes.front() > 1)
    cursor.fail(quoted(key) + " is a bool of value " + llvm::Twine(static_cast<unsigned>(bytes.front())) + "; only 0 and 1 are", at,
                Cursor::truncated);
  return Value::scalar(type, bytes.data());
}

void PartReader::readMetadata() {
  llvm::DenseMap<llvm::StringRef, uint64_t> seen;
  for (uint64_t i = 0; i < keyCount && !cursor.failed(); ++i) {
    const uint64_t at = cursor.offset();
    const llvm::StringRef key = readName("metadata key " + llvm::Twine(i + 1) + " of " + llvm::Twine(keyCount));
    const ValueType type = readValueType(quoted(key));
    const Value value = readValue(key, type, 0);
    if (cursor.failed()) return;
    auto [first, isNew] = seen.try_emplace(key, at);
    if (!isNew)
      return cursor.fail("metadata key " + quoted(key) + " appears twice", at,
                         "it was first given at offset " + hexadecimal(first->second));
    part.metadata.push_back({key, value, at});
  }
}

void PartReader::readAlignment() {
  if (cursor.failed()) return;
  const Value *value = part.find("general.alignment");
  if (!value) return;
  const uint64_t at = llvm::find_if(part.metadata, [](auto &entry) { return entry.key == "general.alignment"; })->offset;
  if (value->type() != ValueType::uint32)
    return cursor.fail("'general.alignment' is of type " + value->typeText() + ", not uint32", at, Cursor::truncated);
  part.alignment = *value->asInteger();
  if (!llvm::isPowerOf2_64(part.alignment))
    cursor.fail("'general.alignment' is " + llvm::Twine(part.alignment) + ", not a power of two", at, Cursor::truncated);
}

void PartReader::readTensor(uint64_t number) {
  const uint64_t at = cursor.offset();
  Tensor tensor = {};
  tensor.part = index;
  tensor.entryOffset = at;
  tensor.name = readName("the name of tensor " + llvm::Twine(number + 1) + " of " + llvm::Twine(tensorCount));
  const std::string what = "tensor " + quoted(tensor.name);
  const uint64_t rankAt = cursor.offset();
  const uint32_t rank = cursor.number<uint32_t>("the number of dimensions of " + what);
  if (cursor.failed()) return;
  if (rank == 0 || rank > dimensionsMax)
    return cursor.fail(what + " has " + llvm::Twine(rank) + " dimensions; 1 to " + llvm::Twine(dimensionsMax) + " are possible",
                       rankAt, Cursor::truncated);
  int64_t elements = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    const uint64_t dimAt = cursor.offset(), dim = cursor.number<uint64_t>("the dimensions of " + what);
    if (cursor.failed()) return;
    if (dim == 0) return cursor.fail("dimension " + llvm::Twine(i) + " of " + what + " is 0", dimAt, Cursor::truncated);
    if (dim > static_cast<uint64_t>(INT64_MAX) || llvm::MulOverflow(elements, static_cast<int64_t>(dim), elements))
      return cursor.fail("the dimensions of " + what + " are too large: their product, with dimension " + llvm::Twine(i) + " of " +
                             llvm::Twine(dim) + ", exceeds 64 bits",
                         dimAt, Cursor::truncated);
    tensor.dims.push_back(static_cast<int64_t>(dim));
  }
  tensor.ggmlType = cursor.number<uint32_t>("the format of " + what);
  tensor.format = packed::blockFormatByGgmlType(tensor.ggmlType);
  tensor.offset = cursor.number<uint64_t>("the offset of " + what);
  if (!cursor.failed()) part.tensors.push_back(std::move(tensor));
}

void PartReader::readDirectory() {
  llvm::DenseMap<llvm::StringRef, uint64_t> seen;
  for (uint64_t i = 0; i < tensorCount && !cursor.failed(); ++i) {
    readTensor(i);
    if (cursor.failed()) return;
    const Tensor &tensor = part.tensors.back();
    auto [first, isNew] = seen.try_emplace(tensor.name, tensor.entryOffset);
    if (!isNew)
      cursor.fail("tensor " + quoted(tensor.name) + " appears twice", tensor.entryOffset,
                  "it was first given at offset " + hexadecimal(first->second));
  }
}

/// Turns offsets from the start of the data into offsets in the file, and checks that the data is there.
void PartReader::placeTensors() {
  if (cursor.failed() || part.tensors.empty()) return;
  // No overflow: the header's end is below the file's size, and the alignment below 2^32.
  const uint64_t dataBegin = llvm::alignTo(cursor.offset(), part.alignment);
  for (Tensor &tensor : part.tensors) {
    const std::string what = "tensor " + quoted(tensor.name);
    if (tensor.offset % part.alignment != 0)
      return cursor.fail(what + " begins at offset " + llvm::Twine(tensor.offset) +
                             " of the data, not a multiple of the alignment, " + llvm::Twine(part.alignment),
                         tensor.entryOffset, Cursor::truncated);
    uint64_t bytes = 0;
    if (const GgmlType *type = ggmlType(tensor.ggmlType)) {
      if (tensor.columns() % type->blockElements != 0)
        return cursor.fail(what + " has rows of " + llvm::Twine(tensor.columns()) + " elements, not a multiple of " + type->name +
                               "'s blocks of " + llvm::Twine(type->blockElements),
                           tensor.entryOffset, Cursor::truncated);
      const uint64_t blocks = static_cast<uint64_t>(tensor.elements()) / type->blockElements;
      if (llvm::MulOverflow<int64_t>(blocks, type->blockBytes, reinterpret_cast<int64_t &>(bytes)))
        return cursor.fail("the size of " + what + ", " + llvm::Twine(blocks) + " blocks of " + llvm::Twine(type->blockBytes) +
                               " bytes, exceeds 64 bits",
                           tensor.entryOffset, Cursor::truncated);
    }
    const uint64_t available = contents.size() > dataBegin ? contents.size() - dataBegin : 0;
    if (tensor.offset > available || bytes > available - tensor.offset)
      return cursor.fail("the data of " + what + " is " + llvm::Twine(bytes) + " bytes from offset " +
                             hexadecimal(llvm::SaturatingAdd(dataBegin, tensor.offset)) + ", but the file ends at " +
                             hexadecimal(contents.size()),
                         tensor.entryOffset, Cursor::truncated);
    tensor.offset += dataBegin;
    tensor.data = contents.slice(tensor.offset, bytes);
  }
}

void PartReader::checkOverlaps() {
  if (cursor.failed()) return;
  std::vector<const Tensor *> byOffset;
  for (const Tensor &tensor : part.tensors) byOffset.push_back(&tensor);
  llvm::sort(byOffset, [](const Tensor *a, const Tensor *b) {
    return std::pair(a->offset, a->entryOffset) < std::pair(b->offset, b->entryOffset);
  });
  for (size_t i = 1; i < byOffset.size(); ++i) {
    const Tensor &before = *byOffset[i - 1], &tensor = *byOffset[i];
    if (before.offset + before.data.size() > tensor.offset)
      return cursor.fail("tensors " + quoted(before.name) + " and " + quoted(tensor.name) + " overlap: the first ends at " +
                             hexadecimal(before.offset + before.data.size()) + ", the second begins at " +
                             hexadecimal(tensor.offset),
                         tensor.entryOffset, Cursor::truncated);
  }
}

} // namespace

llvm::Expected<Part> parsePart(llvm::StringRef path, llvm::ArrayRef<uint8_t> contents, unsigned part) {
  return PartReader(path, contents, part).read();
}

} // namespace ingot::gguf
