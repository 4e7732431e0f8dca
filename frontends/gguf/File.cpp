// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/File.h"

#include "frontends/gguf/Diagnostic.h"
#include "frontends/gguf/GgmlTypes.h"
#include "frontends/gguf/SplitName.h"

#include "llvm/Support/FileSystem.h"

namespace ingot::gguf {

namespace {

llvm::ArrayRef<uint8_t> contentsOf(const llvm::MemoryBuffer &buffer) {
  return {reinterpret_cast<const uint8_t *>(buffer.getBufferStart()), buffer.getBufferSize()};
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> map(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status)) return fileError(path, "cannot be opened: " + code.message());
  if (llvm::sys::fs::is_directory(status))
    return fileError(path, "is a folder, not a GGUF file", std::nullopt, "give the .gguf file in it, of a split model any part");
  if (!llvm::sys::fs::is_regular_file(status)) return fileError(path, "is not a regular file, and only those can be mapped");
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) return fileError(path, "cannot be read: " + buffer.getError().message());
  return std::move(*buffer);
}

/// split.count and the like: nothing when the key is missing.
llvm::Expected<std::optional<int64_t>> splitNumber(llvm::StringRef path, const Part &part, llvm::StringRef key) {
  const Value *value = part.find(key);
  if (!value) return std::nullopt;
  std::optional<int64_t> number = value->asInteger();
  if (!number) return fileError(path, "metadata key " + quoted(key) + " is of type " + value->typeText() + ", not an integer");
  return number;
}

/// The paths of all parts of the model of which `part`, at `path`, is one.
llvm::Expected<std::vector<std::string>> partPaths(llvm::StringRef path, const Part &part) {
  auto count = splitNumber(path, part, "split.count");
  if (!count) return count.takeError();
  if (count->value_or(1) <= 1) return std::vector<std::string>{path.str()};
  const std::optional<SplitName> name = SplitName::parse(path);
  if (!name || name->count != **count)
    return fileError(path,
                     "is part of a model split into " + llvm::Twine(**count) + " files, but its name does not end in -0000N-of-" +
                         llvm::StringRef(SplitName{"", 1, static_cast<unsigned>(**count)}.part(1)).drop_front(10),
                     std::nullopt, "give all parts their original names, in one folder");
  std::vector<std::string> paths;
  for (unsigned i = 1; i <= name->count; ++i) {
    paths.push_back(name->part(i));
    if (!llvm::sys::fs::exists(paths.back()))
      return fileError(path, "part " + llvm::Twine(i) + " of " + llvm::Twine(name->count) + " is missing: " + paths.back(),
                       std::nullopt, "put all parts of the model into one folder");
  }
  return paths;
}

} // namespace

llvm::Expected<File> File::open(llvm::StringRef path) {
  auto buffer = map(path);
  if (!buffer) return buffer.takeError();
  llvm::Expected<Part> part = parsePart(path, contentsOf(**buffer), 0);
  if (!part) return part.takeError();
  auto paths = partPaths(path, *part);
  if (!paths) return paths.takeError();
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers;
  if (paths->size() == 1) {
    buffers.push_back(std::move(*buffer));
    std::vector<Part> parts(1);
    parts.front() = std::move(*part);
    return assemble(std::move(buffers), std::move(parts));
  }
  for (const std::string &each : *paths) {
    auto other = map(each);
    if (!other) return other.takeError();
    buffers.push_back(std::move(*other));
  }
  return read(std::move(buffers));
}

llvm::Expected<File> File::read(std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers) {
  std::vector<Part> parts;
  for (unsigned i = 0; i < buffers.size(); ++i) {
    llvm::Expected<Part> part = parsePart(buffers[i]->getBufferIdentifier(), contentsOf(*buffers[i]), i);
    if (!part) return part.takeError();
    parts.push_back(std::move(*part));
  }
  return assemble(std::move(buffers), std::move(parts));
}

llvm::Expected<File> File::assemble(std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers, std::vector<Part> parts) {
  File file;
  file.buffers = std::move(buffers);
  if (llvm::Error error = file.checkParts(parts)) return std::move(error);
  file.fileVersion = parts.front().version;
  file.fileAlignment = parts.front().alignment;
  file.entries = std::move(parts.front().metadata);
  for (unsigned i = 0; i < file.entries.size(); ++i) file.entryIndex[file.entries[i].key] = i;
  if (llvm::Error error = file.addTensors(parts)) return std::move(error);
  return std::move(file);
}

/// What each part says about the whole must agree.
llvm::Error File::checkParts(std::vector<Part> &parts) const {
  int64_t tensorCount = 0;
  for (unsigned i = 0; i < parts.size(); ++i) {
    tensorCount += parts[i].tensors.size();
    auto count = splitNumber(path(i), parts[i], "split.count");
    if (!count) return count.takeError();
    auto number = splitNumber(path(i), parts[i], "split.no");
    if (!number) return number.takeError();
    if (parts.size() > 1 && count->value_or(1) != static_cast<int64_t>(parts.size()))
      return fileError(path(i), "'split.count' is " + llvm::Twine(count->value_or(1)) + ", but the model has " +
                                    llvm::Twine(parts.size()) + " parts");
    if (parts.size() > 1 && number->value_or(-1) != i)
      return fileError(path(i),
                       "'split.no' is " + (*number ? llvm::Twine(**number).str() : "missing") + ", but this is part " +
                           llvm::Twine(i) + " counted from 0",
                       std::nullopt, "were the parts renamed?");
  }
  for (unsigned i = 0; parts.size() > 1 && i < parts.size(); ++i) {
    auto total = splitNumber(path(i), parts[i], "split.tensors.count");
    if (!total) return total.takeError();
    if (*total && **total != tensorCount)
      return fileError(path(i),
                       "'split.tensors.count' is " + llvm::Twine(**total) + ", but the parts hold " + llvm::Twine(tensorCount) +
                           " tensors",
                       std::nullopt, "do all parts belong to one model?");
  }
  return llvm::Error::success();
}

llvm::Error File::addTensors(std::vector<Part> &parts) {
  for (Part &part : parts) {
    for (Tensor &tensor : part.tensors) {
      auto [first, isNew] = tensorIndex.try_emplace(tensor.name, directory.size());
      if (!isNew)
        return error(tensor, "tensor " + quoted(tensor.name) + " appears twice",
                     "it was first given in " + path(directory[first->second].part));
      directory.push_back(std::move(tensor));
    }
  }
  return llvm::Error::success();
}

const Tensor *File::tensor(llvm::StringRef name) const {
  auto found = tensorIndex.find(name);
  return found == tensorIndex.end() ? nullptr : &directory[found->second];
}

const MetadataEntry *File::entry(llvm::StringRef key) const {
  auto found = entryIndex.find(key);
  return found == entryIndex.end() ? nullptr : &entries[found->second];
}

const Value *File::find(llvm::StringRef key) const {
  const MetadataEntry *found = entry(key);
  return found ? &found->value : nullptr;
}

namespace {
/// The value of `key` by `take`, the fallback, or the complaint.
template <typename T, typename Take>
llvm::Expected<T> typed(const File &file, llvm::StringRef key, std::optional<T> fallback, llvm::StringRef kind, Take take) {
  const MetadataEntry *entry = file.entry(key);
  if (!entry && fallback) return *fallback;
  if (!entry) return file.missingKey(key);
  if (auto value = take(entry->value)) return T(*value);
  const std::string is =
      entry->value.isArray() ? "an " + entry->value.typeText() : entry->value.typeText() + " " + quoted(entry->value.text());
  return file.error(*entry, "metadata key " + quoted(key) + " is " + is + ", not " + kind);
}
} // namespace

llvm::Expected<int64_t> File::integer(llvm::StringRef key, std::optional<int64_t> fallback) const {
  return typed<int64_t>(*this, key, fallback, "an integer below 2^63", [](const Value &value) { return value.asInteger(); });
}

llvm::Expected<double> File::number(llvm::StringRef key, std::optional<double> fallback) const {
  return typed<double>(*this, key, fallback, "a number", [](const Value &value) { return value.asNumber(); });
}

llvm::Expected<bool> File::boolean(llvm::StringRef key, std::optional<bool> fallback) const {
  return typed<bool>(*this, key, fallback, "a bool", [](const Value &value) { return value.asBoolean(); });
}

llvm::Expected<std::string> File::string(llvm::StringRef key, std::optional<llvm::StringRef> fallback) const {
  std::optional<std::string> owned;
  if (fallback) owned = fallback->str();
  return typed<std::string>(*this, key, owned, "a string", [](const Value &value) { return value.asString(); });
}

llvm::Error File::error(const llvm::Twine &what, const llvm::Twine &note) const {
  return fileError(path(), what, std::nullopt, note);
}

llvm::Error File::error(const MetadataEntry &entry, const llvm::Twine &what, const llvm::Twine &note) const {
  if (entry.overridden) return error(what, "the value was given with --set\n" + note);
  return fileError(path(), what, entry.offset, note);
}

llvm::Error File::error(const Tensor &tensor, const llvm::Twine &what, const llvm::Twine &note) const {
  return fileError(path(tensor.part), what, tensor.entryOffset, note);
}

llvm::Error File::missingKey(llvm::StringRef key) const {
  return error("metadata key " + quoted(key) + " is missing", "if you know its value, rerun with --set " + key + "=VALUE");
}

llvm::Error File::unsupportedFormat(const Tensor &tensor) const {
  return error(tensor,
               "tensor " + quoted(tensor.name) + " is stored as " + ggmlTypeName(tensor.ggmlType) + ", which is not supported",
               "supported formats: " + knownFormats());
}

} // namespace ingot::gguf
