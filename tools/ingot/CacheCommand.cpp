// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot cache
#include "compiler/cache/Cache.h"
#include "compiler/cache/Place.h"
#include "tools/ingot/Commands.h"
#include "tools/ingot/Report.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>

using llvm::Expected;
using llvm::StringRef;

namespace ingot::tool {
namespace {

std::string timeText(std::chrono::system_clock::time_point when) {
  time_t seconds = std::chrono::system_clock::to_time_t(when);
  char text[32];
  struct tm local;
  strftime(text, sizeof(text), "%Y-%m-%d %H:%M", localtime_r(&seconds, &local));
  return text;
}

std::string paddedSize(uint64_t bytes) {
  std::string text = cache::sizeText(bytes);
  return std::string(text.size() < 9 ? 9 - text.size() : 0, ' ') + text;
}

void printList(const cache::Cache &kept) {
  uint64_t total = 0;
  std::vector<cache::Entry> entries = kept.list();
  for (const cache::Entry &entry : entries) {
    llvm::outs() << paddedSize(entry.bytes) << "  " << timeText(entry.lastUse) << "  " << StringRef(entry.key).take_front(8) << "  "
                 << entry.name << "\n";
    total += entry.bytes;
  }
  llvm::outs() << paddedSize(total) << "  " << entries.size() << (entries.size() == 1 ? " program in " : " programs in ")
               << kept.folder() << "\n";
}

} // namespace

int cacheCommand(const Command &command, Arguments arguments) {
  StringRef action = arguments.empty() ? StringRef() : StringRef(arguments[0]);
  if (arguments.size() != 1 || (action != "list" && action != "clear" && action != "path"))
    return reportUsage(command.name, llvm::createStringError(llvm::Twine("error: 'ingot cache' needs one of: list, clear, path")));
  Expected<cache::Cache> kept = cache::Cache::open();
  if (!kept) return reportError(kept.takeError());
  if (action == "path")
    llvm::outs() << kept->folder() << "\n";
  else if (action == "list")
    printList(*kept);
  else
    llvm::outs() << cache::sizeText(kept->clear()) << " freed\n";
  return exitSuccess;
}

} // namespace ingot::tool
