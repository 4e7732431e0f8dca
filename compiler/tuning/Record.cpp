// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Record.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <tuple>

using llvm::StringRef;

namespace ingot::tuning {

double Entry::gain() const {
  double sum = 0;
  for (const Timing &timing : timings) sum += std::log(timing.before / timing.after);
  return timings.empty() ? 1 : std::exp(sum / timings.size());
}

static auto placeOf(const Entry &entry) { return std::tie(entry.tokenClass, entry.kernel); }

const Entry *Section::find(StringRef tokenClass, StringRef kernel) const {
  for (const Entry &entry : entries)
    if (entry.tokenClass == tokenClass && entry.kernel == kernel) return &entry;
  return nullptr;
}

void Section::put(Entry entry) {
  auto place = llvm::lower_bound(entries, entry, [](const Entry &a, const Entry &b) { return placeOf(a) < placeOf(b); });
  if (place != entries.end() && placeOf(*place) == placeOf(entry))
    *place = std::move(entry);
  else
    entries.insert(place, std::move(entry));
}

bool Section::isSameKind(const Section &other) const {
  return processor == other.processor && ingotVersion == other.ingotVersion && halideVersion == other.halideVersion;
}

Section &Record::section(const Processor &processor, StringRef ingotVersion, StringRef halideVersion) {
  Section wanted{processor, ingotVersion.str(), halideVersion.str(), {}, {}};
  for (Section &section : sections)
    if (section.isSameKind(wanted)) return section;
  return sections.emplace_back(std::move(wanted));
}

void Record::merge(const Record &other) {
  for (const Section &from : other.sections) {
    Section &into = section(from.processor, from.ingotVersion, from.halideVersion);
    for (const Limit &limit : from.limits) {
      auto known = llvm::find_if(into.limits, [&](const Limit &one) { return one.threads == limit.threads; });
      if (known != into.limits.end())
        *known = limit;
      else
        into.limits.push_back(limit);
    }
    llvm::sort(into.limits, [](const Limit &a, const Limit &b) { return a.threads < b.threads; });
    for (const Entry &entry : from.entries) {
      const Entry *known = into.find(entry.tokenClass, entry.kernel);
      if (!known || known->date <= entry.date) into.put(entry);
    }
  }
}

} // namespace ingot::tuning
