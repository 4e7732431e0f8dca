// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder for one test, a small artifact to write into it, and the means to look at what came out.
#ifndef INGOT_TEST_COMPILER_ARTIFACT_ARTIFACTFIXTURE_H
#define INGOT_TEST_COMPILER_ARTIFACT_ARTIFACTFIXTURE_H

#include "compiler/artifact/Artifact.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <set>

namespace ingot::artifact {

/// The contents of the object compiled from inputs/`name`.c.
inline llvm::StringRef testObject(llvm::StringRef name) {
  static std::vector<std::unique_ptr<llvm::MemoryBuffer>> kept;
  llvm::SmallVector<llvm::StringRef> paths;
  llvm::StringRef(INGOT_TEST_OBJECTS).split(paths, ':');
  for (llvm::StringRef path : paths) {
    if (!path.contains(name)) continue;
    kept.push_back(std::move(*llvm::MemoryBuffer::getFile(path)));
    return kept.back()->getBuffer();
  }
  ADD_FAILURE() << "no object of " << name.str();
  return "";
}

inline std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "cannot read " + path;
}

inline std::string textOf(llvm::Error error) { return error ? llvm::toString(std::move(error)) : "none"; }

class ArtifactFixture : public testing::Test {
protected:
  ArtifactFixture() {
    char name[] = "/tmp/ingot-artifact-XXXXXX";
    folder = mkdtemp(name);
  }
  ~ArtifactFixture() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string &name) const { return folder + "/" + name; }

  std::set<std::string> filesInFolder() const {
    std::set<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
    return names;
  }

  std::string folder;
};

/// What makes the objects compiled from inputs/`names`: Artifact::objects.
inline std::function<llvm::Expected<std::vector<llvm::StringRef>>()> objectsOf(std::initializer_list<const char *> names) {
  std::vector<llvm::StringRef> objects;
  for (const char *name : names) objects.push_back(testObject(name));
  return [objects] { return objects; };
}

/// A program with `blobBytes` of weights in parts with gaps, each byte made from its place.
inline char blobByte(uint64_t offset) { return static_cast<char>(offset * 7 + (offset >> 8)); }

inline Artifact smallProgram(const std::string &output, uint64_t blobBytes) {
  Artifact artifact;
  artifact.output = output;
  artifact.objects = objectsOf({"program.c"});
  artifact.blobBytes = blobBytes;
  artifact.blobIdentity = 0x0123456789abcdef;
  artifact.threads = 2;
  constexpr uint64_t step = 100'000, gap = 64;
  for (uint64_t offset = 0; offset < blobBytes; offset += step) {
    uint64_t size = std::min(step, blobBytes - offset);
    if (size > gap) size -= gap;
    artifact.blobParts.push_back({offset, size, [offset](llvm::MutableArrayRef<char> bytes) {
                                    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = blobByte(offset + i);
                                    return llvm::Error::success();
                                  }});
  }
  return artifact;
}

} // namespace ingot::artifact
#endif
