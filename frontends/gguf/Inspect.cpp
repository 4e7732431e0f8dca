// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Inspect.h"

#include "frontends/gguf/GgmlTypes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

namespace ingot::gguf {

namespace {

struct FormatTotal {
  uint64_t tensors = 0, elements = 0, bytes = 0;
};

/// By format, the largest first.
std::vector<std::pair<uint32_t, FormatTotal>> totalsByFormat(const File &file) {
  llvm::MapVector<uint32_t, FormatTotal> totals;
  for (const Tensor &tensor : file.tensors()) {
    FormatTotal &total = totals[tensor.ggmlType];
    ++total.tensors;
    total.elements += tensor.elements();
    total.bytes += tensor.data.size();
  }
  auto sorted = totals.takeVector();
  llvm::sort(sorted,
             [](const auto &a, const auto &b) { return std::pair(b.second.bytes, a.first) < std::pair(a.second.bytes, b.first); });
  return {sorted.begin(), sorted.end()};
}

/// "103.4 MB" (powers of 1000, as file managers and model pages count).
std::string sizeText(uint64_t bytes) {
  if (bytes < 10000) return std::to_string(bytes) + " B";
  constexpr const char *units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double size = static_cast<double>(bytes) / 1000;
  int unit = 0;
  for (; size >= 1000 && unit < 5; ++unit) size /= 1000;
  return llvm::formatv("{0:F1} {1}", size, units[unit]).str();
}

/// On one line: control characters escaped, shortened to `characters`.
std::string lineText(llvm::StringRef text, uint64_t characters) {
  const std::string valid = llvm::json::fixUTF8(text.take_front(characters * 4));
  std::string line;
  uint64_t shown = 0;
  for (unsigned char byte : valid) {
    if ((byte & 0xc0) != 0x80 && ++shown > characters) return line + "…";
    if (byte == '\n')
      line += "\\n";
    else if (byte == '\t')
      line += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      line += "\\x" + llvm::utohexstr(byte, /*LowerCase=*/true, 2);
    else
      line += static_cast<char>(byte);
  }
  return text.size() > characters * 4 ? line + "…" : line;
}

std::string valueText(const Value &value, const InspectOptions &options) {
  if (value.type() == ValueType::string) return '"' + lineText(*value.asString(), options.textCharacters) + '"';
  if (!value.isArray()) return value.text();
  std::string text = "[";
  uint64_t shown = 0;
  value.forEach([&](const Value &element) {
    if (shown == options.arrayElements) return false;
    text += (shown++ ? ", " : "") + valueText(element, options);
    return true;
  });
  return text + (shown < value.size() ? ", … " + std::to_string(value.size()) + " in all]" : "]");
}

void inspectMetadata(const File &file, llvm::raw_ostream &out, const InspectOptions &options) {
  size_t width = 0;
  for (const MetadataEntry &entry : file.metadata()) width = std::max(width, std::min<size_t>(entry.key.size(), 48));
  out << "\nmetadata (" << file.metadata().size() << ")\n";
  for (const MetadataEntry &entry : file.metadata()) {
    out << "  " << llvm::left_justify(entry.key, width) << "  " << llvm::left_justify(entry.value.typeText(), 8) << "  "
        << valueText(entry.value, options) << (entry.overridden ? "  (set by you)" : "") << "\n";
  }
}

void inspectTensors(const File &file, llvm::raw_ostream &out, const InspectOptions &options) {
  size_t nameWidth = 0, shapeWidth = 0;
  for (const Tensor &tensor : file.tensors()) {
    nameWidth = std::max(nameWidth, std::min<size_t>(tensor.name.size(), 48));
    shapeWidth = std::max(shapeWidth, tensor.shapeText().size());
  }
  out << "\ntensors (" << file.tensors().size() << ")   shape, format, bytes, offset\n";
  for (const Tensor &tensor : file.tensors()) {
    out << "  " << llvm::left_justify(tensor.name, nameWidth) << "  " << llvm::right_justify(tensor.shapeText(), shapeWidth) << "  "
        << llvm::left_justify(ggmlTypeName(tensor.ggmlType), 7) << "  "
        << llvm::right_justify(std::to_string(tensor.data.size()), 11) << "  0x"
        << llvm::utohexstr(tensor.offset, /*LowerCase=*/true);
    if (file.partCount() > 1) out << " in part " << tensor.part + 1;
    const std::string fate = options.fate ? options.fate(tensor) : tensor.format ? "" : "not supported";
    if (!fate.empty()) out << "  " << fate;
    out << "\n";
  }
}

void inspectFormats(const File &file, llvm::raw_ostream &out) {
  out << "\nformats\n";
  FormatTotal sum;
  auto line = [&](llvm::StringRef name, const FormatTotal &total) {
    out << "  " << llvm::left_justify(name, 8) << llvm::right_justify(std::to_string(total.tensors), 6) << " tensors  "
        << llvm::right_justify(std::to_string(total.elements), 13) << " elements  "
        << llvm::right_justify(sizeText(total.bytes), 9);
    if (total.elements > 0)
      out << llvm::formatv("  {0:F2} bits an element",
                           8.0 * static_cast<double>(total.bytes) / static_cast<double>(total.elements));
    out << "\n";
  };
  for (const auto &[type, total] : totalsByFormat(file)) {
    line(ggmlTypeName(type), total);
    sum.tensors += total.tensors;
    sum.elements += total.elements;
    sum.bytes += total.bytes;
  }
  line("all", sum);
}

void valueAsJson(const Value &value, llvm::json::OStream &json, const InspectOptions &options) {
  if (value.isArray()) {
    uint64_t shown = 0;
    json.array([&] {
      value.forEach([&](const Value &element) {
        if (shown++ == options.arrayElements) return false;
        valueAsJson(element, json, options);
        return true;
      });
    });
    return;
  }
  const std::optional<double> number = value.asNumber();
  if (value.type() == ValueType::string)
    json.value(llvm::json::fixUTF8(*value.asString()));
  else if (number && !std::isfinite(*number))
    json.value(value.text());
  else
    json.rawValue(value.text()); // bools, integers, and floats in their shortest form
}

} // namespace

void inspect(const File &file, llvm::raw_ostream &out, const InspectOptions &options) {
  uint64_t bytes = 0;
  for (unsigned i = 0; i < file.partCount(); ++i) bytes += file.bytes(i);
  out << file.path() << ": GGUF version " << file.version() << ", " << sizeText(bytes) << ", alignment " << file.alignment();
  if (file.partCount() > 1) out << ", " << file.partCount() << " parts";
  out << "\n";
  inspectMetadata(file, out, options);
  inspectTensors(file, out, options);
  inspectFormats(file, out);
}

void inspectAsJson(const File &file, llvm::raw_ostream &out, const InspectOptions &options) {
  llvm::json::OStream json(out, 2);
  auto text = [&](llvm::StringRef key, llvm::StringRef value) { json.attribute(key, llvm::json::fixUTF8(value)); };
  json.objectBegin();
  text("path", file.path());
  text("kind", "gguf");
  json.attribute("version", file.version());
  json.attribute("alignment", file.alignment());
  json.attributeArray("parts", [&] {
    for (unsigned i = 0; i < file.partCount(); ++i)
      json.object([&] {
        text("path", file.path(i));
        json.attribute("bytes", file.bytes(i));
      });
  });
  json.attributeArray("metadata", [&] {
    for (const MetadataEntry &entry : file.metadata())
      json.object([&] {
        text("key", entry.key);
        text("type", entry.value.typeText());
        if (entry.value.isArray()) json.attribute("count", entry.value.size());
        json.attributeBegin(entry.value.isArray() && entry.value.size() > options.arrayElements ? "first" : "value");
        valueAsJson(entry.value, json, options);
        json.attributeEnd();
        if (entry.overridden) json.attribute("set_by_user", true);
      });
  });
  json.attributeArray("tensors", [&] {
    for (const Tensor &tensor : file.tensors())
      json.object([&] {
        text("name", tensor.name);
        json.attributeArray("shape", [&] {
          for (int64_t dim : tensor.dims) json.value(dim);
        });
        text("format", ggmlTypeName(tensor.ggmlType));
        json.attribute("supported", tensor.format.has_value());
        json.attribute("bytes", tensor.data.size());
        json.attribute("part", tensor.part);
        json.attribute("offset", tensor.offset);
        const std::string fate = options.fate ? options.fate(tensor) : "";
        if (!fate.empty()) text("fate", fate);
      });
  });
  json.attributeArray("formats", [&] {
    for (const auto &[type, total] : totalsByFormat(file))
      json.object([&] {
        text("format", ggmlTypeName(type));
        json.attribute("tensors", total.tensors);
        json.attribute("elements", total.elements);
        json.attribute("bytes", total.bytes);
      });
  });
  json.objectEnd();
  out << "\n";
}

} // namespace ingot::gguf
