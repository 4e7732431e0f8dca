// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Places.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstdlib>

using llvm::Expected;
using llvm::StringRef;

#ifndef INGOT_BUILD_RECORDS
#error "the build names INGOT_BUILD_RECORDS, INGOT_VERSION and INGOT_HALIDE_VERSION"
#endif

namespace ingot::tuning {

Expected<std::string> userRecordPath() {
  auto environment = [](const char *name) { return StringRef(getenv(name) ? getenv(name) : ""); };
  StringRef base = environment("XDG_DATA_HOME"), home = environment("HOME");
  if (base.starts_with("/")) return (base + "/ingot/tuning/schedules.txt").str(); // relative ones are to be ignored
  if (!home.empty()) return (home + "/.local/share/ingot/tuning/schedules.txt").str();
  return llvm::createStringError(
      "error: no place for your tuning record: neither XDG_DATA_HOME nor HOME is set\nnote: name one with -o");
}

std::vector<std::string> ownRecordPaths() {
  llvm::SmallString<256> executable;
  if (llvm::sys::fs::real_path("/proc/self/exe", executable)) return {};
  StringRef prefix = llvm::sys::path::parent_path(llvm::sys::path::parent_path(executable)); // of bin/ingot
  std::string folder = (prefix + "/share/ingot/tuning").str();
  if (!llvm::sys::fs::is_directory(folder)) folder = INGOT_BUILD_RECORDS;
  std::vector<std::string> paths;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (StringRef(entry->path()).ends_with(".txt")) paths.push_back(entry->path());
  llvm::sort(paths);
  return paths;
}

StringRef ingotVersion() { return INGOT_VERSION; }
StringRef halideVersion() { return INGOT_HALIDE_VERSION; }

Processor processorOf(StringRef target, llvm::ArrayRef<std::string> targetFeatures) {
  return target == "native" ? Processor::host() : Processor::withFeatures(targetFeatures);
}

Expected<std::unique_ptr<Schedules>> schedulesFor(StringRef tuning, const Processor &processor) {
  std::vector<std::string> paths;
  if (!tuning.empty()) {
    if (tuning != "none") paths.push_back(tuning.str());
  } else {
    Expected<std::string> own = userRecordPath();
    if (!own)
      consumeError(own.takeError()); // then there is none
    else if (llvm::sys::fs::exists(*own))
      paths.push_back(*own);
    llvm::append_range(paths, ownRecordPaths());
  }
  std::vector<Record> records;
  for (const std::string &path : paths) {
    Expected<Record> record = readRecord(path);
    if (!record) return record.takeError();
    records.push_back(std::move(*record));
  }
  return std::make_unique<Schedules>(records, processor, ingotVersion(), halideVersion());
}

} // namespace ingot::tuning
