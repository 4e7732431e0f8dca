// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/artifact/Artifact.h"

#include "compiler/artifact/Checksum.h"
#include "compiler/artifact/Link.h"
#include "runtime/abi/Model.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace ingot::artifact {
namespace {

constexpr uint32_t trailerVersion = 1;
static_assert(sizeof(ingot_trailer) == 64 && offsetof(ingot_trailer, trailer_checksum) == 60);

bool isSeparateWord(StringRef text, size_t begin) {
  return begin == 0 || !(llvm::isAlnum(text[begin - 1]) || text[begin - 1] == '_');
}

/// The trailer behind the blob. `code` is what lies in front of it, empty for an external file.
Error writeTrailer(const Artifact &artifact, const OutputFile &file, StringRef code, uint64_t blobOffset, uint32_t blobChecksum) {
  ingot_trailer trailer = {};
  std::memcpy(trailer.magic, "INGOTBLB", sizeof(trailer.magic));
  trailer.version = trailerVersion;
  trailer.blob_offset = blobOffset;
  trailer.blob_bytes = artifact.blobBytes;
  trailer.blob_identity = artifact.blobIdentity;
  trailer.code_bytes = code.size();
  trailer.code_checksum = checksum(code.data(), code.size());
  trailer.blob_checksum = blobChecksum;
  trailer.text_checksum = artifact.textChecksum;
  trailer.trailer_checksum = checksum(&trailer, offsetof(ingot_trailer, trailer_checksum));
  return file.writeAt(&trailer, sizeof(trailer), trailer.blob_offset + trailer.blob_bytes);
}

/// Paths in the order in which they become visible: the program, which needs the others, last.
std::vector<std::string> outputPaths(const Artifact &artifact) {
  std::vector<std::string> paths;
  if (artifact.external) paths.push_back(externalWeightsPath(artifact.output));
  if (artifact.kind == ArtifactKind::Shared) paths.push_back(headerPath(artifact.output));
  paths.push_back(artifact.output);
  return paths;
}

Expected<std::vector<OutputFile>> createOutputs(const Artifact &artifact) {
  std::vector<OutputFile> files;
  for (const std::string &path : outputPaths(artifact)) {
    Expected<OutputFile> file = OutputFile::create(path, path == artifact.output);
    if (!file) return file.takeError();
    files.push_back(std::move(*file));
  }
  return files;
}

Expected<std::string> makeCode(const Artifact &artifact) {
  Expected<std::vector<StringRef>> objects = artifact.objects();
  if (!objects) return objects.takeError();
  const bool shared = artifact.kind == ArtifactKind::Shared;
  const std::vector<std::string> exports = shared ? declaredFunctions(artifact.header) : std::vector<std::string>();
  return link({artifact.output, artifact.architecture, shared, *objects, artifact.linkFiles, exports});
}

/// Fills the files. `code` is made while the weights are being written, unless it is there already; false if it is too large for
/// the `room` in front of them.
Expected<bool> fillOutputs(const Artifact &artifact, llvm::ArrayRef<OutputFile> files, uint64_t room, std::string &code) {
  const OutputFile &program = files.back(), &weights = artifact.external ? files.front() : program;
  const uint64_t blobOffset = artifact.external ? 0 : room;
  Expected<BlobWriting> writing = BlobWriting::start(weights, blobOffset, artifact.blobBytes, artifact.blobParts, artifact.threads);
  if (!writing) return writing.takeError();
  if (code.empty()) {
    Expected<std::string> made = makeCode(artifact);
    if (!made) return made.takeError();
    code = std::move(*made);
  }
  if (!artifact.external && code.size() > room) return false;
  if (Error error = program.writeAt(code.data(), code.size(), 0)) return error;
  if (artifact.kind == ArtifactKind::Shared)
    if (Error error = files[files.size() - 2].writeAt(artifact.header.data(), artifact.header.size(), 0)) return error;
  Expected<uint32_t> blobChecksum = writing->finish();
  if (!blobChecksum) return blobChecksum.takeError();
  const StringRef inFront = artifact.external ? StringRef() : StringRef(code);
  if (Error error = writeTrailer(artifact, weights, inFront, blobOffset, *blobChecksum)) return error;
  return true;
}

} // namespace

std::string externalWeightsPath(StringRef output) { return (output + ".weights").str(); }

std::string headerPath(StringRef output) {
  output.consume_back(".so");
  return (output + ".h").str();
}

Error checkOutputs(const Artifact &artifact) {
  for (const std::string &path : outputPaths(artifact))
    if (Error error = checkOutput(path, artifact.inputs)) return error;
  return Error::success();
}

Error writeArtifact(const Artifact &artifact) {
  if (Error error = checkOutputs(artifact)) return error;
  std::string code;
  for (uint64_t room = largePageBytes;; room = llvm::alignTo(code.size(), largePageBytes)) {
    Expected<std::vector<OutputFile>> files = createOutputs(artifact);
    if (!files) return files.takeError();
    Expected<bool> filled = fillOutputs(artifact, *files, room, code);
    if (!filled) return filled.takeError();
    if (!*filled) continue;
    for (OutputFile &file : *files)
      if (Error error = file.flush()) return error;
    for (OutputFile &file : *files)
      if (Error error = file.commit()) return error;
    return Error::success();
  }
}

std::vector<std::string> declaredFunctions(StringRef header) {
  std::vector<std::string> names;
  llvm::SmallVector<StringRef> lines;
  header.split(lines, '\n');
  for (StringRef line : lines) {
    line = line.take_front(line.find("//"));
    for (size_t begin = 0; (begin = line.find("ingot_", begin)) != StringRef::npos;) {
      size_t end = begin;
      while (end < line.size() && (llvm::isAlnum(line[end]) || line[end] == '_')) ++end;
      if (isSeparateWord(line, begin) && end < line.size() && line[end] == '(') names.push_back(line.slice(begin, end).str());
      begin = end;
    }
  }
  llvm::sort(names);
  names.erase(llvm::unique(names), names.end());
  return names;
}

} // namespace ingot::artifact
