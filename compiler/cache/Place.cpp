// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/cache/Place.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace ingot::cache {
namespace {

constexpr uint64_t limitBytesDefault = 20'000'000'000;

StringRef environment(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

} // namespace

Expected<std::string> cacheFolder() {
  StringRef base = environment("XDG_CACHE_HOME"); // the standard wants relative paths to be ignored
  if (base.starts_with("/")) return (base + "/ingot").str();
  StringRef home = environment("HOME");
  if (const struct passwd *user = home.empty() ? getpwuid(getuid()) : nullptr) home = user->pw_dir;
  if (home.empty()) return llvm::createStringError(Twine("error: no place for the cache: neither XDG_CACHE_HOME nor HOME is set"));
  return (home + "/.cache/ingot").str();
}

Expected<uint64_t> parseSize(StringRef text) {
  StringRef digits = text.take_while([](char c) { return c >= '0' && c <= '9'; });
  StringRef unit = text.drop_front(digits.size());
  if (!unit.consume_back("iB")) unit.consume_back("B");
  constexpr StringRef units = "KMGT";
  uint64_t size = 0, factor = 1;
  bool good = !digits.getAsInteger(10, size) && unit.size() <= 1;
  if (good && !unit.empty()) {
    size_t power = units.find_insensitive(unit.front());
    good = power != StringRef::npos;
    for (size_t i = 0; good && i <= power; ++i) factor *= 1000;
  }
  if (!good || size > UINT64_MAX / factor) return llvm::createStringError("'" + text + "' is not a size such as 500M or 20G");
  return size * factor;
}

Expected<uint64_t> cacheLimitBytes() {
  StringRef text = environment("INGOT_CACHE_LIMIT");
  if (text.empty()) return limitBytesDefault;
  Expected<uint64_t> size = parseSize(text);
  if (!size) return llvm::createStringError("error: INGOT_CACHE_LIMIT: " + llvm::toString(size.takeError()));
  return size;
}

std::string sizeText(uint64_t bytes) {
  constexpr const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 999.95 && unit < 4) value /= 1000, ++unit;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

} // namespace ingot::cache
