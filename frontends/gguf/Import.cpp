// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Import.h"

#include "frontends/gguf/Diagnostic.h"
#include "llvm/ADT/StringMap.h"

namespace ingot::gguf {

namespace {
class GgufSource final : public architectures::Source {
public:
  explicit GgufSource(const File &file, std::string architecture) : gguf(file), name(std::move(architecture)) {
    for (const Tensor &tensor : file.tensors()) {
      architectures::SourceTensor &entry = tensors[tensor.name];
      entry.name = tensor.name.str();
      entry.shape.assign(tensor.dims.rbegin(), tensor.dims.rend());
      if (tensor.format) entry.weight = {*tensor.format, tensor.rows(), tensor.columns(), tensor.data, file.isMapped(tensor.part)};
    }
  }

  std::string file() const override { return gguf.path().str(); }
  std::string architecture() const override { return name; }

  std::optional<architectures::Setting> setting(llvm::StringRef key) const override {
    const Value *value = gguf.find(name + "." + key.str());
    if (!value) return std::nullopt;
    if (auto flag = value->asBoolean()) return double(*flag);
    if (auto number = value->asNumber()) return *number;
    if (auto text = value->asString()) return text->str();
    if (auto integers = value->asIntegers()) return std::vector<double>(integers->begin(), integers->end());
    if (auto numbers = value->asFloats()) return std::vector<double>(numbers->begin(), numbers->end());
    if (auto flags = value->asBooleans()) return std::vector<double>(flags->begin(), flags->end());
    return std::string();
  }

  std::string describe(llvm::StringRef key) const override {
    std::string full = name + "." + key.str();
    const MetadataEntry *entry = gguf.entry(full);
    if (!entry) return full + " (not in the file)";
    std::string text = full + " = " + (entry->value.isArray() ? entry->value.typeText() : entry->value.text());
    return text + (entry->overridden ? ", given with --set" : ", at offset " + hexadecimal(entry->offset));
  }

  std::vector<std::string> settingNames() const override {
    std::vector<std::string> names;
    for (const MetadataEntry &entry : gguf.metadata())
      if (llvm::StringRef key = entry.key; key.consume_front(name + ".")) names.push_back(key.str());
    return names;
  }

  const architectures::SourceTensor *tensor(llvm::StringRef tensorName) const override {
    auto found = tensors.find(tensorName);
    return found == tensors.end() ? nullptr : &found->second;
  }

  std::vector<std::string> tensorNames() const override {
    std::vector<std::string> names;
    for (const Tensor &tensor : gguf.tensors()) names.push_back(tensor.name.str());
    return names;
  }

private:
  const File &gguf;
  std::string name;
  llvm::StringMap<architectures::SourceTensor> tensors;
};
} // namespace

llvm::Expected<architectures::Imported> importModel(mlir::MLIRContext *context, const File &file) {
  auto architecture = file.string("general.architecture");
  if (!architecture) return architecture.takeError();
  for (const Tensor &tensor : file.tensors())
    if (!tensor.format) return file.unsupportedFormat(tensor);
  return architectures::importModel(context, GgufSource(file, *architecture));
}

} // namespace ingot::gguf
