// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An installed tree may be moved: what belongs to it is found from the executable's own place. A build tree is known to CMake.
#include "compiler/artifact/RuntimeFiles.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using llvm::Expected;
using llvm::StringRef;

namespace ingot::artifact {
namespace {

#ifndef INGOT_BUILD_ENTRY
#error                                                                                                                             \
    "the build names the runtime's files: INGOT_BUILD_ENTRY, INGOT_BUILD_PROGRAM, INGOT_BUILD_RUNTIME, INGOT_BUILD_TEXT, INGOT_BUILD_AARCH64, INGOT_BUILD_HEADER"
#endif

/// As tools/ingot/CMakeLists.txt installs them.
RuntimeFiles filesIn(StringRef folder, StringRef header) {
  auto at = [&](StringRef name) { return (folder + "/" + name).str(); };
  std::string runtime = at("libIngotRuntime.a"), text = at("libIngotRuntimeText.a");
  return {{at("IngotEntry.o"), at("libIngotProgram.a"), runtime, text}, {runtime, text}, header.str()};
}

RuntimeFiles installedFiles(StringRef prefix, StringRef inLib) {
  return filesIn((prefix + "/lib/ingot" + inLib).str(), (prefix + "/include/ingot/Ingot.h").str());
}

RuntimeFiles builtFiles() {
  return {{INGOT_BUILD_ENTRY, INGOT_BUILD_PROGRAM, INGOT_BUILD_RUNTIME, INGOT_BUILD_TEXT},
          {INGOT_BUILD_RUNTIME, INGOT_BUILD_TEXT},
          INGOT_BUILD_HEADER};
}

/// The first file that is not there, or nothing.
std::string missingFile(const RuntimeFiles &files) {
  for (const std::string &path : files.program)
    if (!llvm::sys::fs::exists(path)) return path;
  return llvm::sys::fs::exists(files.header) ? "" : files.header;
}

} // namespace

Expected<RuntimeFiles> findRuntimeFiles(Architecture architecture) {
  llvm::SmallString<256> executable;
  if (std::error_code code = llvm::sys::fs::real_path("/proc/self/exe", executable))
    return llvm::createStringError("error: cannot find this program's own place: " + code.message());
  StringRef prefix = llvm::sys::path::parent_path(llvm::sys::path::parent_path(executable)); // of bin/ingot
  bool installed = llvm::sys::fs::is_directory(prefix + "/lib/ingot");
  const bool cross = architecture == Architecture::aarch64;
  RuntimeFiles files = installed ? installedFiles(prefix, cross ? "/aarch64" : "")
                       : cross   ? filesIn(INGOT_BUILD_AARCH64, INGOT_BUILD_HEADER)
                                 : builtFiles();
  std::string missing = missingFile(files);
  if (missing.empty()) return files;
  if (cross && !llvm::sys::fs::exists(llvm::sys::path::parent_path(files.program.front())))
    return llvm::createStringError(
        "error: this installation holds no runtime for aarch64: there is no '" +
        llvm::sys::path::parent_path(files.program.front()) +
        "'\nnote: build Ingot where clang and Debian's libc6-dev-arm64-cross and libstdc++-12-dev-arm64-cross "
        "are installed; '--emit object' needs no runtime");
  return llvm::createStringError("error: '" + missing + "' is missing, a part of every compiled program\nnote: " +
                                 (installed ? "the installation under '" + prefix.str() + "' is damaged; install it again"
                                            : std::string("this program was moved away from its installation; keep bin, lib and "
                                                          "include together")));
}

} // namespace ingot::artifact
