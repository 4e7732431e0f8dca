// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Value.h"

#include "llvm/Support/Endian.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace ingot::gguf {

using namespace llvm::support::endian;

namespace {

bool isSigned(ValueType type) {
  return type == ValueType::int8 || type == ValueType::int16 || type == ValueType::int32 || type == ValueType::int64;
}

bool isFloat(ValueType type) { return type == ValueType::float32 || type == ValueType::float64; }

bool isInteger(ValueType type) { return scalarBytes(type) > 0 && !isFloat(type) && type != ValueType::boolean; }

/// The element at `bytes`, which is moved past it.
Value takeElement(ValueType type, const uint8_t *&bytes);

uint64_t elementBytes(ValueType type, uint64_t count, const uint8_t *bytes) {
  if (unsigned each = scalarBytes(type)) return count * each;
  const uint8_t *end = bytes;
  for (uint64_t i = 0; i < count; ++i) takeElement(type, end);
  return end - bytes;
}

Value takeElement(ValueType type, const uint8_t *&bytes) {
  if (type == ValueType::string) {
    const uint64_t length = read64le(bytes);
    const auto *text = reinterpret_cast<const char *>(bytes + 8);
    bytes += 8 + length;
    return Value::string({text, length});
  }
  if (type == ValueType::array) {
    const auto elementType = static_cast<ValueType>(read32le(bytes));
    const uint64_t count = read64le(bytes + 4), size = elementBytes(elementType, count, bytes + 12);
    Value value = Value::array(elementType, count, {bytes + 12, size});
    bytes += 12 + size;
    return value;
  }
  Value value = Value::scalar(type, bytes);
  bytes += scalarBytes(type);
  return value;
}

template <typename T> std::string shortest(T value) {
  char buffer[64];
  auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

/// All elements by `take`, or nothing when one is of another kind.
template <typename T, typename Take> std::optional<std::vector<T>> elements(const Value &array, Take take) {
  if (!array.isArray()) return std::nullopt;
  std::vector<T> all;
  bool fits = true;
  array.forEach([&](const Value &element) {
    auto taken = take(element);
    if (taken)
      all.push_back(static_cast<T>(*taken));
    else
      fits = false;
    return fits;
  });
  if (!fits) return std::nullopt;
  return all;
}

} // namespace

llvm::StringRef typeName(ValueType type) {
  static constexpr llvm::StringLiteral names[valueTypeCount] = {
      "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "string", "array", "uint64", "int64", "float64"};
  return names[static_cast<uint32_t>(type)];
}

unsigned scalarBytes(ValueType type) {
  switch (type) {
  case ValueType::uint8:
  case ValueType::int8:
  case ValueType::boolean:
    return 1;
  case ValueType::uint16:
  case ValueType::int16:
    return 2;
  case ValueType::uint32:
  case ValueType::int32:
  case ValueType::float32:
    return 4;
  case ValueType::uint64:
  case ValueType::int64:
  case ValueType::float64:
    return 8;
  case ValueType::string:
  case ValueType::array:
    return 0;
  }
  return 0;
}

Value Value::scalar(ValueType type, const uint8_t *bytes) {
  switch (type) {
  case ValueType::float32:
    return number(type, llvm::bit_cast<float>(read32le(bytes)));
  case ValueType::float64:
    return number(type, llvm::bit_cast<double>(read64le(bytes)));
  case ValueType::boolean:
    return boolean(*bytes != 0);
  case ValueType::uint8:
    return integer(type, *bytes);
  case ValueType::int8:
    return integer(type, static_cast<int64_t>(static_cast<int8_t>(*bytes)));
  case ValueType::uint16:
    return integer(type, read16le(bytes));
  case ValueType::int16:
    return integer(type, static_cast<int64_t>(static_cast<int16_t>(read16le(bytes))));
  case ValueType::uint32:
    return integer(type, read32le(bytes));
  case ValueType::int32:
    return integer(type, static_cast<int64_t>(static_cast<int32_t>(read32le(bytes))));
  default:
    return integer(type, read64le(bytes));
  }
}

Value Value::string(llvm::StringRef text) {
  Value value;
  value.kind = ValueType::string;
  value.bytes = {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
  return value;
}

Value Value::array(ValueType elementType, uint64_t count, llvm::ArrayRef<uint8_t> bytes) {
  Value value;
  value.kind = ValueType::array;
  value.element = elementType;
  value.count = count;
  value.bytes = bytes;
  return value;
}

Value Value::integer(ValueType type, uint64_t bits) {
  Value value;
  value.kind = type;
  value.bits = bits;
  return value;
}

Value Value::number(ValueType type, double real) {
  Value value;
  value.kind = type;
  value.real = real;
  return value;
}

Value Value::boolean(bool flag) { return integer(ValueType::boolean, flag); }

std::optional<int64_t> Value::asInteger() const {
  if (!isInteger(kind)) return std::nullopt;
  if (!isSigned(kind) && bits > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return static_cast<int64_t>(bits);
}

std::optional<double> Value::asNumber() const {
  if (isFloat(kind)) return real;
  if (!isInteger(kind)) return std::nullopt;
  return isSigned(kind) ? static_cast<double>(static_cast<int64_t>(bits)) : static_cast<double>(bits);
}

std::optional<bool> Value::asBoolean() const {
  if (kind != ValueType::boolean) return std::nullopt;
  return bits != 0;
}

std::optional<llvm::StringRef> Value::asString() const {
  if (kind != ValueType::string) return std::nullopt;
  return llvm::StringRef(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

void Value::forEach(llvm::function_ref<bool(const Value &)> visit) const {
  const uint8_t *next = bytes.data();
  for (uint64_t i = 0; i < count; ++i)
    if (!visit(takeElement(element, next))) return;
}

std::optional<std::vector<int64_t>> Value::asIntegers() const {
  return elements<int64_t>(*this, [](const Value &value) { return value.asInteger(); });
}

std::optional<std::vector<float>> Value::asFloats() const {
  return elements<float>(*this, [](const Value &value) { return value.asNumber(); });
}

std::optional<std::vector<bool>> Value::asBooleans() const {
  return elements<bool>(*this, [](const Value &value) { return value.asBoolean(); });
}

std::optional<std::vector<llvm::StringRef>> Value::asStrings() const {
  return elements<llvm::StringRef>(*this, [](const Value &value) { return value.asString(); });
}

std::optional<llvm::ArrayRef<uint8_t>> Value::asBytes() const {
  if (!isArray() || (element != ValueType::uint8 && element != ValueType::int8)) return std::nullopt;
  return bytes;
}

std::string Value::typeText() const { return isArray() ? "array of " + typeName(element).str() : typeName(kind).str(); }

std::string Value::text() const {
  switch (kind) {
  case ValueType::string:
    return asString()->str();
  case ValueType::array:
    return std::to_string(count) + " elements";
  case ValueType::boolean:
    return bits ? "true" : "false";
  case ValueType::float32:
    return shortest(static_cast<float>(real));
  case ValueType::float64:
    return shortest(real);
  default:
    return isSigned(kind) ? std::to_string(static_cast<int64_t>(bits)) : std::to_string(bits);
  }
}

} // namespace ingot::gguf
