// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Schedules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <numeric>

using llvm::StringRef;

namespace ingot::tuning {
namespace {

/// Beyond a factor of about a hundred nothing follows.
constexpr double distanceMax = 4.6;
constexpr double otherEpilogue = 0.1, otherMixture = 0.5;

/// "_n576_192" and the like: the numbers behind the letter, taken off the front of `rest`.
bool takeNumbers(StringRef &rest, StringRef letter, std::vector<int64_t> &out) {
  if (!rest.consume_front("_") || !rest.consume_front(letter)) return false;
  do {
    int64_t number = 0;
    if (rest.consumeInteger(10, number)) return false;
    out.push_back(number);
  } while (rest.size() > 1 && rest[0] == '_' && llvm::isDigit(rest[1]) && rest.consume_front("_"));
  return true;
}

/// The section that fits best, or null.
const Section *sectionFor(const Record &record, const Processor &processor, StringRef ingotVersion, StringRef halideVersion) {
  const Section *best = nullptr;
  auto rank = [&](const Section &section) {
    bool isSameVersion = section.ingotVersion == ingotVersion && section.halideVersion == halideVersion;
    return std::pair(!isSameVersion, section.processor.cacheDistance(processor));
  };
  for (const Section &section : record.sections)
    if (section.processor.hasSameFeatures(processor) && (!best || rank(section) < rank(*best))) best = &section;
  return best;
}

std::string shortOrigin(const Entry &entry) {
  auto [path, line] = StringRef(entry.schedule.origin).rsplit(':');
  return (llvm::sys::path::filename(path) + ":" + line).str();
}

} // namespace

std::optional<MatmulName> MatmulName::parse(StringRef kernel) {
  MatmulName name;
  size_t shape = kernel.find("_n");
  if (!kernel.consume_front("matmul_") || shape == StringRef::npos) return std::nullopt;
  shape -= StringRef("matmul_").size();
  StringRef rest = kernel.drop_front(shape);
  // Formats have '_' inside: a part that begins with a digit belongs to the one before, and so does q4_k's k.
  llvm::SmallVector<StringRef> parts;
  kernel.take_front(shape).split(parts, '_');
  name.input = parts.front();
  for (StringRef part : llvm::ArrayRef(parts).drop_front()) {
    bool isTail = part.size() == 1 && !name.formats.empty();
    if (isTail)
      name.formats.back() += ("_" + part).str();
    else
      name.formats.push_back(part.str());
  }
  std::vector<int64_t> inputs;
  if (!takeNumbers(rest, "n", name.outputs) || !takeNumbers(rest, "k", inputs) || inputs.size() != 1) return std::nullopt;
  name.inputs = inputs.front();
  name.wanted = rest.consume_back("_wanted");
  name.rest = rest;
  if (name.formats.size() != name.outputs.size() || name.formats.empty()) return std::nullopt;
  return name;
}

std::optional<double> distance(const MatmulName &a, const MatmulName &b) {
  if (a.input != b.input || a.wanted != b.wanted) return std::nullopt;
  auto kinds = [](const MatmulName &name) {
    std::vector<std::string> kinds = name.formats;
    llvm::sort(kinds);
    kinds.erase(llvm::unique(kinds), kinds.end());
    return kinds;
  };
  auto main = [](const MatmulName &name) { // the format of most outputs
    return name.formats[llvm::max_element(name.outputs) - name.outputs.begin()];
  };
  double sum = a.rest == b.rest ? 0 : otherEpilogue;
  if (kinds(a) != kinds(b)) {
    if (main(a) != main(b)) return std::nullopt;
    sum += otherMixture;
  }
  auto outputs = [](const MatmulName &name) {
    return double(std::accumulate(name.outputs.begin(), name.outputs.end(), int64_t(0)));
  };
  sum += std::fabs(std::log(outputs(a) / outputs(b))) + std::fabs(std::log(double(a.inputs) / double(b.inputs)));
  if (sum > distanceMax) return std::nullopt;
  return sum;
}

Schedules::Schedules(llvm::ArrayRef<Record> records, const Processor &processor, StringRef ingotVersion, StringRef halideVersion) {
  for (const Record &record : records)
    if (const Section *section = sectionFor(record, processor, ingotVersion, halideVersion))
      for (const Entry &entry : section->entries)
        if (llvm::none_of(entries,
                          [&](const Entry &known) { return known.tokenClass == entry.tokenClass && known.kernel == entry.kernel; }))
          entries.push_back(entry);
}

std::optional<MeasuredSchedule> Schedules::find(StringRef tokenClass, StringRef kernel) const {
  const Entry *best = nullptr;
  double least = distanceMax;
  // Read tokens are many, unless only the last one's logits are wanted; of generated ones each is wanted anyway.
  auto nameOf = [&](StringRef text) {
    std::optional<MatmulName> name = MatmulName::parse(text);
    if (name && tokenClass == "generated") name->wanted = false;
    return name;
  };
  std::optional<MatmulName> wanted = nameOf(kernel);
  for (const Entry &entry : entries) {
    if (entry.tokenClass != tokenClass) continue;
    if (entry.kernel == kernel) {
      best = &entry;
      break;
    }
    std::optional<MatmulName> name = wanted ? nameOf(entry.kernel) : std::nullopt;
    std::optional<double> far = name ? distance(*wanted, *name) : std::nullopt;
    if (far && (!best || *far < least)) best = &entry, least = *far;
  }
  if (!best) return std::nullopt;
  MeasuredSchedule schedule = best->schedule;
  schedule.origin = "as measured" + (best->kernel == kernel ? "" : " for " + best->kernel) + " (" + shortOrigin(*best) + ")";
  return schedule;
}

std::string Schedules::identity() const {
  std::string text;
  for (const Entry &entry : entries) text += entry.tokenClass + " " + entry.kernel + " " + settingsText(entry.schedule) + "\n";
  return entries.empty() ? "none" : llvm::utohexstr(llvm::xxh3_64bits(StringRef(text)));
}

} // namespace ingot::tuning
