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
    "the build names the runtime's files: INGOT_BUILD_ENTRY, INGOT_BUILD_PROGRAM, INGOT_BUILD_RUNTIME, INGOT_BUILD_TEXT, INGOT_BUILD_HEADER"
#endif

/// As tools/ingot/CMakeLists.txt installs them.
RuntimeFiles installedFiles(StringRef prefix) {
  auto at = [&](StringRef name) { return (prefix + "/" + name).str(); };
  std::string runtime = at("lib/ingot/libIngotRuntime.a"), text = at("lib/ingot/libIngotRuntimeText.a");
  return {{at("lib/ingot/IngotEntry.o"), at("lib/ingot/libIngotProgram.a"), runtime, text},
          {runtime, text},
          at("include/ingot/Ingot.h")};
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

Expected<RuntimeFiles> findRuntimeFiles() {
  llvm::SmallString<256> executable;
  if (std::error_code code = llvm::sys::fs::real_path("/proc/self/exe", executable))
    return llvm::createStringError("error: cannot find this program's own place: " + code.message());
  StringRef prefix = llvm::sys::path::parent_path(llvm::sys::path::parent_path(executable)); // of bin/ingot
  bool installed = llvm::sys::fs::is_directory(prefix + "/lib/ingot");
  RuntimeFiles files = installed ? installedFiles(prefix) : builtFiles();
  std::string missing = missingFile(files);
  if (missing.empty()) return files;
  return llvm::createStringError("error: '" + missing + "' is missing, a part of every compiled program\nnote: " +
                                 (installed ? "the installation under '" + prefix.str() + "' is damaged; install it again"
                                            : std::string("this program was moved away from its installation; keep bin, lib and "
                                                          "include together")));
}

} // namespace ingot::artifact
