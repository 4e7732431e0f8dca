// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tuning records as text, read and written.
#include "compiler/tuning/Record.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace ingot::tuning {
namespace {

constexpr StringRef firstLine = "ingot-tuning 1";

struct SettingName {
  StringRef name, value; ///< of the value, what a message calls it
  std::optional<int64_t> MeasuredSchedule::*field;
  int64_t least, most;
  bool isSize; ///< written with K and M
};
constexpr SettingName settingNames[] = {{"tokens", "N", &MeasuredSchedule::tokens, 2, 16, false},
                                        {"prefetch", "BYTES", &MeasuredSchedule::prefetch, 0, 1 << 20, false},
                                        {"prefetch-one", "BYTES", &MeasuredSchedule::prefetchOne, 0, 1 << 20, false},
                                        {"claim", "BYTES", &MeasuredSchedule::claimBytes, 1, 1 << 30, true}};

/// "tokens=N, prefetch=BYTES, …"
std::string expectedSettings() {
  std::string text;
  for (const SettingName &setting : settingNames) text += (text.empty() ? "" : ", ") + (setting.name + "=" + setting.value).str();
  return text;
}

/// Reads line by line; the first mistake is the error.
class Parser {
public:
  Parser(StringRef text, StringRef name) : rest(text), name(name) {}

  Expected<Record> run() {
    bool begun = false;
    while (!rest.empty()) {
      auto [line, after] = rest.split('\n');
      rest = after;
      number++;
      line = line.trim();
      if (line.empty() || line.starts_with("#")) continue;
      if (!begun && line != firstLine)
        return wrong("expected '" + firstLine + "', the first line of a tuning record, not '" + shown(line) + "'");
      if (begun)
        if (Error error = readLine(line)) return error;
      begun = true;
    }
    if (!begun) return wrong("expected '" + firstLine + "', but the file has no such line");
    return std::move(record);
  }

private:
  Error wrong(const Twine &what) const { return llvm::createStringError(name + ":" + Twine(number) + ": error: " + what); }
  static std::string shown(StringRef text) { return text.size() > 60 ? (text.take_front(60) + "…").str() : text.str(); }

  Error readLine(StringRef line) {
    auto [word, after] = line.split(' ');
    after = after.trim();
    if (word == "processor") return readProcessor(after);
    if (!section && !pending) return wrong("expected 'processor' before '" + shown(word) + "'");
    if (word == "made-by") return readMakers(after);
    if (!section) return wrong("expected 'made-by ingot=VERSION halide=VERSION' after 'processor', not '" + shown(word) + "'");
    if (word == "limit") return readLimit(after);
    if (word == "read" || word == "generated") return readEntry(word, after);
    return wrong("expected processor, made-by, limit, read or generated, not '" + shown(word) + "'");
  }

  Error readProcessor(StringRef text) {
    Expected<Processor> processor = Processor::parse(text);
    if (!processor) return wrong(llvm::toString(processor.takeError()));
    pending = *processor;
    section = nullptr;
    return Error::success();
  }

  /// Words "key=value"; each key of `keys` once.
  Error readPairs(StringRef text, llvm::ArrayRef<StringRef> keys, llvm::MutableArrayRef<StringRef> values) {
    llvm::SmallVector<StringRef> words;
    text.split(words, ' ', -1, /*KeepEmpty=*/false);
    for (StringRef word : words) {
      auto [key, value] = word.split('=');
      const StringRef *found = llvm::find(keys, key);
      if (found == keys.end() || value.empty())
        return wrong("expected " + llvm::join(keys, "=…, ") + "=…, not '" + shown(word) + "'");
      StringRef &slot = values[found - keys.begin()];
      if (!slot.empty()) return wrong("'" + key + "' is given twice");
      slot = value;
    }
    for (auto [key, value] : llvm::zip(keys, values))
      if (value.empty()) return wrong("expected '" + key + "=…'");
    return Error::success();
  }

  Error readMakers(StringRef text) {
    StringRef versions[2];
    if (!pending) return wrong("'made-by' is given twice for this processor");
    if (Error error = readPairs(text, {"ingot", "halide"}, versions)) return error;
    Section wanted{*pending, versions[0].str(), versions[1].str(), {}, {}};
    for (const Section &other : record.sections)
      if (other.isSameKind(wanted)) return wrong("this processor and these versions have a section already");
    section = &record.sections.emplace_back(std::move(wanted));
    pending.reset();
    return Error::success();
  }

  Error readLimit(StringRef text) {
    StringRef values[3];
    if (Error error = readPairs(text, {"threads", "read", "dot"}, values)) return error;
    Limit limit;
    double read = 0, dot = 0;
    if (values[0].getAsInteger(10, limit.threads) || !limit.threads) return wrong("'" + values[0] + "' is no number of threads");
    if (values[1].getAsDouble(read) || read < 0) return wrong("expected GB/s after 'read=', not '" + values[1] + "'");
    if (values[2].getAsDouble(dot) || dot < 0) return wrong("expected GOP/s after 'dot=', not '" + values[2] + "'");
    limit.readBytes = read * 1e9, limit.dotOperations = dot * 1e9;
    section->limits.push_back(limit);
    return Error::success();
  }

  Error readEntry(StringRef tokenClass, StringRef text) {
    auto [settings, measured] = text.split('|');
    llvm::SmallVector<StringRef> words;
    settings.split(words, ' ', -1, /*KeepEmpty=*/false);
    if (words.empty()) return wrong("expected the name of a kernel after '" + tokenClass + "'");
    Entry entry;
    entry.tokenClass = tokenClass, entry.kernel = words[0];
    if (words.size() < 2) return wrong("expected 'default' or settings (" + expectedSettings() + ") after '" + entry.kernel + "'");
    for (StringRef word : llvm::ArrayRef(words).drop_front())
      if (word != "default" || words.size() != 2)
        if (Error error = readSetting(entry, word)) return error;
    if (Error error = readMeasured(entry, measured)) return error;
    if (section->find(tokenClass, entry.kernel)) return wrong("the kernel '" + entry.kernel + "' has a line already");
    entry.schedule.origin = (name + ":" + Twine(number)).str();
    section->put(std::move(entry));
    return Error::success();
  }

  Error readSetting(Entry &entry, StringRef word) {
    auto [key, value] = word.split('=');
    const SettingName *setting = llvm::find_if(settingNames, [&](const SettingName &known) { return known.name == key; });
    if (setting == std::end(settingNames))
      return wrong("expected " + expectedSettings() + " or 'default' alone, not '" + shown(word) + "'");
    const int64_t least = setting->least, most = setting->most;
    std::optional<int64_t> &slot = entry.schedule.*setting->field;
    uint64_t number = 0;
    if (!parseBytes(value, number) || number > uint64_t(most) || int64_t(number) < least)
      return wrong("expected " + Twine(least) + " … " + Twine(most) + " after '" + key + "=', not '" + value + "'");
    if (slot) return wrong("'" + key + "' is given twice");
    slot = int64_t(number);
    return Error::success();
  }

  /// "2t" or "2t8"
  static bool readThreads(StringRef key, Timing &timing) {
    if (key.consumeInteger(10, timing.threads) || !timing.threads || !key.consume_front("t")) return false;
    return key.empty() || (!key.getAsInteger(10, timing.tokens) && timing.tokens);
  }

  Error readMeasured(Entry &entry, StringRef text) {
    llvm::SmallVector<StringRef> words;
    text.split(words, ' ', -1, /*KeepEmpty=*/false);
    for (StringRef word : words) {
      auto [key, value] = word.split('=');
      if (key.size() == word.size()) {
        if (word.size() != 10 || word[4] != '-' || word[7] != '-')
          return wrong("expected a date such as 2026-11-24, not '" + shown(word) + "'");
        entry.date = word;
      } else if (key == "bytes" || key == "operations") {
        if (value.getAsInteger(10, key == "bytes" ? entry.bytes : entry.operations))
          return wrong("expected a number after '" + key + "=', not '" + value + "'");
      } else if (Timing timing; readThreads(key, timing)) {
        auto [before, after] = value.split('/');
        if (before.getAsDouble(timing.before) || after.getAsDouble(timing.after) || timing.before <= 0 || timing.after <= 0)
          return wrong("expected microseconds BEFORE/AFTER after '" + word.split('=').first + "=', not '" + value + "'");
        timing.before *= 1e-6, timing.after *= 1e-6;
        entry.timings.push_back(timing);
      } else {
        return wrong("expected a date, bytes=…, operations=… or THREADSt=BEFORE/AFTER behind '|', not '" + shown(word) + "'");
      }
    }
    return Error::success();
  }

  StringRef rest, name;
  unsigned number = 0;
  Record record;
  Section *section = nullptr;       ///< into which lines go
  std::optional<Processor> pending; ///< named, its makers still to come
};

} // namespace

Expected<Record> parseRecord(StringRef text, StringRef name) { return Parser(text, name).run(); }

Expected<Record> readRecord(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file) return llvm::createStringError(path + ": error: cannot be read: " + file.getError().message());
  return parseRecord((*file)->getBuffer(), path);
}

std::string settingsText(const MeasuredSchedule &schedule) {
  std::string text;
  for (const SettingName &setting : settingNames)
    if (const std::optional<int64_t> value = schedule.*setting.field)
      text +=
          ((text.empty() ? "" : " ") + setting.name + "=" + (setting.isSize ? bytesText(*value) : std::to_string(*value))).str();
  return text.empty() ? "default" : text;
}

std::string recordText(const Record &record) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "# The fastest schedule of each kernel, measured by 'ingot tune' and used by 'ingot compile'. A line a kernel: tokens' "
         "class, name,\n"
         "# settings | date, source bytes and operations of a run, microseconds of a run with the defaults / with the settings.\n"
      << firstLine << "\n";
  std::vector<const Section *> sections;
  for (const Section &section : record.sections) sections.push_back(&section);
  llvm::sort(sections, [](const Section *a, const Section *b) {
    return std::tuple(a->processor.text(), a->ingotVersion, a->halideVersion) <
           std::tuple(b->processor.text(), b->ingotVersion, b->halideVersion);
  });
  for (const Section *section : sections) {
    out << "\nprocessor " << section->processor.text() << "\nmade-by ingot=" << section->ingotVersion
        << " halide=" << section->halideVersion << "\n";
    for (const Limit &limit : section->limits)
      out << "limit threads=" << limit.threads
          << llvm::format(" read=%.1f dot=%.0f\n", limit.readBytes * 1e-9, limit.dotOperations * 1e-9);
    for (const Entry &entry : section->entries) {
      out << entry.tokenClass << " " << entry.kernel << " " << settingsText(entry.schedule);
      if (!entry.timings.empty()) out << " | " << entry.date << " bytes=" << entry.bytes << " operations=" << entry.operations;
      for (const Timing &timing : entry.timings)
        out << " " << timing.threads << "t" << (timing.tokens ? std::to_string(timing.tokens) : "")
            << llvm::format("=%.2f/%.2f", timing.before * 1e6, timing.after * 1e6);
      out << "\n";
    }
  }
  return text;
}

} // namespace ingot::tuning
