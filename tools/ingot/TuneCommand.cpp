// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot tune
#include "compiler/tuning/Tune.h"

#include "compiler/Compile.h"
#include "compiler/artifact/OutputFile.h"
#include "compiler/tuning/Places.h"
#include "compiler/tuning/Report.h"
#include "tools/ingot/Commands.h"
#include "tools/ingot/Report.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"

#include <ctime>
#include <unistd.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace ingot::tool {
namespace {

Error usage(const Twine &what) { return llvm::createStringError("error: " + what); }

struct TuneArguments {
  enum class Action { Tune, Report, Merge, Processor } action = Action::Tune;
  std::vector<std::string> plain; ///< model, matrices or records
  bool areMatrices = false, again = false, verbose = false;
  std::string output;
  std::chrono::seconds budget{60};
  std::vector<std::string> compile; ///< options that 'ingot compile' has, too
};

/// "90", "90s", "10m", "1h".
Expected<std::chrono::seconds> parseTime(StringRef text) {
  StringRef digits = text;
  int64_t unit = digits.consume_back("m") ? 60 : digits.consume_back("h") ? 3600 : (digits.consume_back("s"), 1), count = 0;
  if (digits.getAsInteger(10, count) || count < 1 || count > 1'000'000)
    return usage("option '--budget' needs a time such as 90s or 10m, not '" + text + "'");
  return std::chrono::seconds(count * unit);
}

Expected<TuneArguments> parseTuneArguments(Arguments arguments) {
  TuneArguments parsed;
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto [name, value] = StringRef(arguments[i]).split('=');
    bool hasValue = name.size() != arguments[i].size();
    auto takeValue = [&](StringRef what) -> Error {
      if (hasValue) return Error::success();
      if (i + 1 == arguments.size()) return usage("option '" + name + "' needs a value: " + what);
      value = arguments[++i];
      return Error::success();
    };
    Error error = Error::success();
    if (name == "--report" || name == "--merge") {
      if (parsed.action != TuneArguments::Action::Tune) error = usage("'--report' and '--merge' are given together, or twice");
      parsed.action = name == "--report" ? TuneArguments::Action::Report : TuneArguments::Action::Merge;
      if (hasValue) parsed.plain.push_back(value.str());
    } else if (name == "--processor") {
      parsed.action = TuneArguments::Action::Processor;
    } else if (name == "--kernels") {
      parsed.areMatrices = true;
      if (hasValue) parsed.plain.push_back(value.str());
    } else if (name == "--again") {
      parsed.again = true;
    } else if (name == "--verbose" || name == "-v") {
      parsed.verbose = true;
    } else if (name == "-o" || name == "--output") {
      error = takeValue("FILE");
      parsed.output = value;
    } else if (name == "--budget") {
      error = takeValue("TIME");
      Expected<std::chrono::seconds> time = parseTime(value);
      if (error) {
        if (!time) consumeError(time.takeError());
      } else if (time) {
        parsed.budget = *time;
      } else {
        error = time.takeError();
      }
    } else if (name == "--quiet" || name == "-q") {
      parsed.compile.push_back("-q");
    } else if (name == "--target" || name == "--activations" || name == "--set") {
      parsed.compile.push_back(arguments[i]);
      if (!hasValue) {
        error = takeValue("see 'ingot compile --help'");
        parsed.compile.push_back(value.str());
      }
    } else if (name.starts_with("-")) {
      error = usage("unknown option '" + name +
                    "'; known: --kernels, --budget, --again, --verbose, -o, --report, --merge, --processor, --target, "
                    "--activations, --set, --quiet");
    } else {
      parsed.plain.push_back(arguments[i]);
    }
    if (error) return std::move(error);
  }
  return parsed;
}

std::string today() {
  time_t now = time(nullptr);
  char text[16];
  struct tm utc;
  strftime(text, sizeof(text), "%Y-%m-%d", gmtime_r(&now, &utc));
  return text;
}

Expected<std::string> recordPath(const std::string &given) {
  return given.empty() ? tuning::userRecordPath() : Expected<std::string>(given);
}

/// At a terminal a bar in one line, with the best gain so far; what was found is said in lines of its own either way.
class Bar {
public:
  Bar(bool quiet, bool verbose) : quiet(quiet), verbose(verbose), isTerminal(!quiet && isatty(STDERR_FILENO)) {}
  ~Bar() { erase(); }

  void hear(const tuning::TuneEvent &event) {
    erase();
    if (event.kind == tuning::TuneEvent::Kind::Done) best = std::max(best, event.entry->gain());
    if (!quiet) print(event);
    if (!isTerminal || event.kind == tuning::TuneEvent::Kind::Planned) return;
    size_t done = event.number - (event.kind == tuning::TuneEvent::Kind::Done ? 0 : 1);
    constexpr size_t width = 24;
    size_t filled = event.count ? done * width / event.count : 0;
    llvm::errs() << "[" << std::string(filled, '#') << std::string(width - filled, '.')
                 << llvm::format("] %zu/%zu  best %.2fx  %.0f s left", done, event.count, best, event.secondsLeft)
                 << (event.kind == tuning::TuneEvent::Kind::Begin ? "  " + event.text : "");
    isDrawn = true;
  }

private:
  void erase() {
    if (isDrawn) llvm::errs() << "\r\033[K";
    isDrawn = false;
  }

  void print(const tuning::TuneEvent &event) {
    switch (event.kind) {
    case tuning::TuneEvent::Kind::Planned:
      llvm::errs() << event.count << " kernels on " << event.text << "\n";
      break;
    case tuning::TuneEvent::Kind::Begin:
      if (verbose) llvm::errs() << event.text << "\n";
      break;
    case tuning::TuneEvent::Kind::Timed:
      if (verbose) llvm::errs() << "       " << event.text << "\n";
      break;
    case tuning::TuneEvent::Kind::Broken:
      llvm::errs() << "skipped: " << event.text << "\n";
      break;
    case tuning::TuneEvent::Kind::Done:
      llvm::errs() << llvm::format("%5.2fx  ", event.entry->gain()) << event.text << "  "
                   << tuning::settingsText(event.entry->schedule) << "\n";
      break;
    }
  }

  bool quiet, verbose, isTerminal, isDrawn = false;
  double best = 1;
};

Error runTuning(const TuneArguments &parsed, const CompileOptions &options) {
  Expected<std::string> path = recordPath(parsed.output);
  if (!path) return path.takeError();
  tuning::TuneRequest request;
  request.compile = options;
  if (parsed.areMatrices) request.matrices = parsed.plain;
  request.output = *path;
  request.budget = parsed.budget;
  request.again = parsed.again;
  request.date = today();
  Bar bar(options.quiet, parsed.verbose);
  Expected<tuning::TuneResult> result = tuning::tune(request, [&](const tuning::TuneEvent &event) { bar.hear(event); });
  if (!result) return result.takeError();
  llvm::outs() << *path << ": " << result->tuned << " kernels measured, " << result->known << " known before";
  if (result->left) llvm::outs() << ", " << result->left << " not yet: run it again to go on";
  llvm::outs() << "\n";
  return Error::success();
}

Error runReport(const TuneArguments &parsed) {
  Expected<std::string> path = recordPath(parsed.plain.empty() ? "" : parsed.plain[0]);
  if (!path) return path.takeError();
  Expected<tuning::Record> record = tuning::readRecord(*path);
  if (!record) return record.takeError();
  tuning::printTable(llvm::outs(), *record);
  return parsed.output.empty() ? Error::success() : artifact::writeWhole(parsed.output, {*path}, tuning::picture(*record));
}

Error runMerge(const TuneArguments &parsed) {
  tuning::Record merged;
  for (const std::string &path : parsed.plain) {
    Expected<tuning::Record> record = tuning::readRecord(path);
    if (!record) return record.takeError();
    merged.merge(*record);
  }
  return artifact::writeWhole(parsed.output, {}, tuning::recordText(merged));
}

Error check(const TuneArguments &parsed) {
  switch (parsed.action) {
  case TuneArguments::Action::Tune:
    if (parsed.plain.empty())
      return usage(parsed.areMatrices ? "no matrices: write FORMAT:ROWSxCOLUMNS behind --kernels"
                                      : "no model: name a .gguf file, or matrices with --kernels");
    if (!parsed.areMatrices && parsed.plain.size() > 1)
      return usage("more than one model: '" + parsed.plain[0] + "' and '" + parsed.plain[1] + "'");
    return Error::success();
  case TuneArguments::Action::Report:
    if (parsed.plain.size() > 1) return usage("'--report' prints one record; '--merge' makes one of several");
    return Error::success();
  case TuneArguments::Action::Merge:
    if (parsed.plain.empty() || parsed.output.empty()) return usage("'--merge' needs records, and -o for what becomes of them");
    return Error::success();
  case TuneArguments::Action::Processor:
    if (!parsed.plain.empty()) return usage("'--processor' stands alone");
    return Error::success();
  }
  llvm_unreachable("there are four actions");
}

} // namespace

int tuneCommand(const Command &command, Arguments arguments) {
  Expected<TuneArguments> parsed = parseTuneArguments(arguments);
  if (!parsed) return reportUsage(command.name, parsed.takeError());
  if (Error error = check(*parsed)) return reportUsage(command.name, std::move(error));
  if (parsed->action == TuneArguments::Action::Processor) {
    llvm::outs() << "processor " << tuning::Processor::host().text() << "\nmade-by ingot=" << tuning::ingotVersion()
                 << " halide=" << tuning::halideVersion() << "\n";
    return exitSuccess;
  }
  if (parsed->action == TuneArguments::Action::Report) {
    Error error = runReport(*parsed);
    return error ? reportError(std::move(error)) : exitSuccess;
  }
  if (parsed->action == TuneArguments::Action::Merge) {
    Error error = runMerge(*parsed);
    return error ? reportError(std::move(error)) : exitSuccess;
  }
  parsed->compile.insert(parsed->compile.end(), {parsed->areMatrices ? "matrices" : parsed->plain[0], "--emit", "ir=plan"});
  Expected<CompileOptions> options = parseCompileArguments(parsed->compile, passNames());
  if (!options) return reportUsage(command.name, options.takeError());
  Error error = runTuning(*parsed, *options);
  return error ? reportError(std::move(error)) : exitSuccess;
}

} // namespace ingot::tool
