// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From object code and packed weights to the file that a user gets:
//
//     | linked ELF file | hole up to a multiple of 2 MiB | blob | trailer |
//       code_bytes                                         blob_bytes  64 bytes
//
// With external weights, blob and trailer are a file of their own. Nothing is visible before all of it is complete.
#ifndef INGOT_COMPILER_ARTIFACT_ARTIFACT_H
#define INGOT_COMPILER_ARTIFACT_ARTIFACT_H

#include "compiler/artifact/Blob.h"
#include "compiler/artifact/Link.h"

#include <functional>
#include <string>
#include <vector>

namespace ingot::artifact {

enum class ArtifactKind { Executable, Shared };

struct Artifact {
  ArtifactKind kind = ArtifactKind::Executable;
  Architecture architecture = Architecture::x86_64;
  std::string output;
  std::vector<std::string> inputs; ///< files that must not be replaced
  /// Makes the contents of object files, which must outlive the call, while the weights are already being written.
  std::function<llvm::Expected<std::vector<llvm::StringRef>>()> objects;
  std::vector<std::string> linkFiles; ///< runtime archives and objects, see RuntimeFiles.h
  uint64_t blobBytes = 0;
  uint64_t blobIdentity = 0; ///< ingot_model::blob_identity
  uint32_t textChecksum = 0; ///< of ingot_model::text
  std::vector<BlobPart> blobParts;
  bool external = false; ///< the blob goes to externalWeightsPath(output)
  std::string header;    ///< text of Ingot.h, for a shared library: copied beside it, and the list of its exports
  unsigned threads = 0;  ///< 0: one per processor
};

/// OUT.weights; ingot_model::external is the last part of this path.
std::string externalWeightsPath(llvm::StringRef output);

/// OUT.h, or libname.h for libname.so.
std::string headerPath(llvm::StringRef output);

/// All files that an artifact would write, to be checked before the work begins.
llvm::Error checkOutputs(const Artifact &artifact);

/// Code that is larger than the room before the weights (2 MiB) is rare enough for them to be written again behind it.
llvm::Error writeArtifact(const Artifact &artifact);

/// The functions that a header declares: every `ingot_…(` outside comments.
std::vector<std::string> declaredFunctions(llvm::StringRef header);

} // namespace ingot::artifact
#endif
