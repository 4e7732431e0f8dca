// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A metadata value of a GGUF file. Strings and arrays stay in the mapped file: a value is a view, valid as long as its File.
#ifndef INGOT_FRONTENDS_GGUF_VALUE_H
#define INGOT_FRONTENDS_GGUF_VALUE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot::gguf {

/// As numbered in the file.
enum class ValueType : uint32_t {
  uint8 = 0,
  int8 = 1,
  uint16 = 2,
  int16 = 3,
  uint32 = 4,
  int32 = 5,
  float32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  uint64 = 10,
  int64 = 11,
  float64 = 12,
};
constexpr uint32_t valueTypeCount = 13;

/// "uint32", "string" …
llvm::StringRef typeName(ValueType type);
/// Bytes in the file of a number or bool, else 0.
unsigned scalarBytes(ValueType type);

class Value {
public:
  /// A number or bool from its little-endian bytes.
  static Value scalar(ValueType type, const uint8_t *bytes);
  static Value string(llvm::StringRef text);
  /// `bytes` holds the elements as the file has them, checked before.
  static Value array(ValueType elementType, uint64_t count, llvm::ArrayRef<uint8_t> bytes);
  static Value integer(ValueType type, uint64_t bits);
  static Value number(ValueType type, double value);
  static Value boolean(bool value);

  ValueType type() const { return kind; }
  bool isArray() const { return kind == ValueType::array; }

  // What the value is when read as that kind; nothing when it is of another kind or does not fit.
  std::optional<int64_t> asInteger() const; ///< any integer type
  std::optional<double> asNumber() const;   ///< any integer or float type
  std::optional<bool> asBoolean() const;
  std::optional<llvm::StringRef> asString() const;

  // Arrays.
  ValueType elementType() const { return element; }
  uint64_t size() const { return count; }
  /// Calls `visit` for each element in order until it returns false. Elements may be arrays.
  void forEach(llvm::function_ref<bool(const Value &)> visit) const;
  std::optional<std::vector<int64_t>> asIntegers() const;
  std::optional<std::vector<float>> asFloats() const; ///< any number type, rounded to float32
  std::optional<std::vector<bool>> asBooleans() const;
  std::optional<std::vector<llvm::StringRef>> asStrings() const;

  /// An array of int8 or uint8, without a copy.
  std::optional<llvm::ArrayRef<uint8_t>> asBytes() const;

  /// "uint32", "array of string" …
  std::string typeText() const;
  /// A scalar or string as text; floats as short as they can be and still read back the same.
  std::string text() const;

private:
  ValueType kind = ValueType::uint8, element = ValueType::uint8;
  uint64_t bits = 0;             ///< integers sign-extended, bools
  double real = 0;               ///< floats
  uint64_t count = 0;            ///< arrays
  llvm::ArrayRef<uint8_t> bytes; ///< strings and arrays
};

} // namespace ingot::gguf
#endif
