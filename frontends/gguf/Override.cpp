// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// File::set, behind `--set key=value`.
#include "frontends/gguf/Diagnostic.h"
#include "frontends/gguf/File.h"

#include <charconv>
#include <limits>

namespace ingot::gguf {

namespace {

template <typename T> std::optional<Value> integerOf(ValueType type, llvm::StringRef text) {
  T number;
  if (text.getAsInteger(10, number)) return std::nullopt;
  return Value::integer(type, static_cast<uint64_t>(static_cast<int64_t>(number)));
}

std::optional<Value> floatOf(ValueType type, llvm::StringRef text) {
  double number;
  auto [end, status] = std::from_chars(text.begin(), text.end(), number);
  if (status != std::errc() || end != text.end()) return std::nullopt;
  return Value::number(type, type == ValueType::float32 ? static_cast<float>(number) : number);
}

std::optional<Value> booleanOf(llvm::StringRef text) {
  if (text == "true" || text == "1") return Value::boolean(true);
  if (text == "false" || text == "0") return Value::boolean(false);
  return std::nullopt;
}

/// `text` read as a value of that type, or nothing.
std::optional<Value> valueOf(ValueType type, llvm::StringRef text) {
  switch (type) {
  case ValueType::uint8:
    return integerOf<uint8_t>(type, text);
  case ValueType::int8:
    return integerOf<int8_t>(type, text);
  case ValueType::uint16:
    return integerOf<uint16_t>(type, text);
  case ValueType::int16:
    return integerOf<int16_t>(type, text);
  case ValueType::uint32:
    return integerOf<uint32_t>(type, text);
  case ValueType::int32:
    return integerOf<int32_t>(type, text);
  case ValueType::uint64:
    return integerOf<uint64_t>(type, text);
  case ValueType::int64:
    return integerOf<int64_t>(type, text);
  case ValueType::float32:
  case ValueType::float64:
    return floatOf(type, text);
  case ValueType::boolean:
    return booleanOf(text);
  case ValueType::string:
    return Value::string(text);
  case ValueType::array:
    return std::nullopt;
  }
  return std::nullopt;
}

/// The type that a text looks like.
Value guessedValue(llvm::StringRef text) {
  if (text == "true" || text == "false") return *booleanOf(text);
  if (auto integer = valueOf(ValueType::int64, text)) return *integer;
  if (auto real = valueOf(ValueType::float32, text)) return *real;
  return Value::string(text);
}

/// These say how the file is laid out; what has been read cannot be read otherwise any more.
bool describesTheFile(llvm::StringRef key) { return key == "general.alignment" || key.starts_with("split."); }

std::string nearestKey(const File &file, llvm::StringRef key) {
  std::string nearest;
  unsigned least = key.size() / 2;
  for (const MetadataEntry &entry : file.metadata()) {
    const unsigned distance = key.edit_distance(entry.key, true, least);
    if (distance < least) {
      least = distance;
      nearest = entry.key.str();
    }
  }
  return nearest;
}

} // namespace

llvm::Error File::set(llvm::StringRef key, llvm::StringRef text) {
  if (describesTheFile(key)) return error("metadata key " + quoted(key) + " describes the file itself and cannot be set");
  const llvm::StringRef kept = overrides.emplace_back(text.str());
  auto found = entryIndex.find(key);
  if (found != entryIndex.end()) {
    MetadataEntry &entry = entries[found->second];
    if (entry.value.isArray())
      return error("metadata key " + quoted(key) + " is an " + entry.value.typeText() + "; only single values can be set");
    const std::optional<Value> value = valueOf(entry.value.type(), kept);
    if (!value)
      return error("metadata key " + quoted(key) + " is of type " + entry.value.typeText() + " (" + quoted(entry.value.text()) +
                   " in the file); " + quoted(text) + " is not");
    entry.value = *value;
    entry.overridden = true;
    return llvm::Error::success();
  }
  const Value *architecture = find("general.architecture");
  const llvm::StringRef prefix = architecture && architecture->asString() ? *architecture->asString() : "";
  llvm::StringRef rest = key;
  const bool known = key.starts_with("tokenizer.") || (!prefix.empty() && rest.consume_front(prefix) && rest.starts_with("."));
  if (!known) {
    const std::string nearest = nearestKey(*this, key);
    return error("there is no metadata key " + quoted(key) + " to set",
                 nearest.empty() ? "ingot inspect lists the file's keys" : "did you mean " + quoted(nearest) + "?");
  }
  entryIndex[overrides.emplace_back(key.str())] = entries.size();
  entries.push_back({overrides.back(), guessedValue(kept), 0, true});
  return llvm::Error::success();
}

} // namespace ingot::gguf
