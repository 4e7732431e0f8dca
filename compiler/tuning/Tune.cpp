// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Tune.h"

#include "compiler/artifact/OutputFile.h"
#include "compiler/tuning/Bench.h"
#include "compiler/tuning/Contest.h"
#include "compiler/tuning/Limits.h"
#include "compiler/tuning/Places.h"
#include "compiler/tuning/Space.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <sched.h>

using llvm::Error;
using llvm::Expected;

namespace ingot::tuning {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Trial::Milliseconds compileLimit(20'000);
constexpr size_t streamBytesLeast = 128 << 20, streamBytesMost = 512 << 20;
constexpr double secondsOfRun = 4e-3; ///< long against the clock's and the barriers' error
constexpr int passesMost = 2000;
constexpr int roundsMost = 3; ///< each adds a setting

/// The processors that this process may use.
unsigned processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

/// What a candidate is timed with.
struct Setting {
  unsigned threads;
  int64_t tokens;
  int passes; ///< in one measurement
};

/// A schedule with the child that times it.
struct Candidate {
  MeasuredSchedule schedule;
  std::unique_ptr<Trial> trial;
};

class Tuner {
public:
  Tuner(const TuneRequest &request, llvm::function_ref<void(const TuneEvent &)> listen) : request(request), listen(listen) {}

  Expected<TuneResult> run() {
    if (Error error = prepare()) return error;
    for (const WorkItem &item : work->items()) {
      number++;
      if (!request.again && section().find(item.tokenClass, item.kernel)) {
        result.known++;
        continue;
      }
      if (isLate()) {
        result.left++;
        continue;
      }
      say(TuneEvent::Kind::Begin, item.tokenClass + " " + item.kernel);
      Expected<std::optional<Entry>> entry = tuneItem(item);
      if (!entry) return entry.takeError();
      if (!*entry) {
        result.left++;
        continue;
      }
      if (Error error = keep(**entry)) return error;
      result.tuned++;
      result.bestGain = std::max(result.bestGain, (*entry)->gain());
      say(TuneEvent::Kind::Done, item.tokenClass + " " + item.kernel, &**entry);
    }
    return result;
  }

private:
  bool isLate() const { return Clock::now() >= end; }

  void say(TuneEvent::Kind kind, std::string text, const Entry *entry = nullptr) {
    listen({kind, number, work->items().size(), std::move(text), entry,
            std::max(0.0, std::chrono::duration<double>(end - Clock::now()).count())});
  }

  void sayTimes(const std::vector<Candidate> &candidates, const std::vector<Setting> &settings, const Verdict &verdict) {
    for (auto [candidate, medians] : llvm::zip(candidates, verdict.medians)) {
      std::string text = settingsText(candidate.schedule) + ":";
      llvm::raw_string_ostream out(text);
      for (auto [setting, seconds] : llvm::zip(settings, medians))
        out << llvm::format("  %ut, %d tokens: %.2f us", setting.threads, int(setting.tokens), seconds * 1e6);
      say(TuneEvent::Kind::Timed, text);
    }
  }

  Error prepare() {
    std::vector<MatrixRequest> matrices;
    for (const std::string &text : request.matrices) {
      Expected<MatrixRequest> matrix = MatrixRequest::parse(text);
      if (!matrix) return matrix.takeError();
      matrices.push_back(std::move(*matrix));
    }
    auto made = matrices.empty() ? Work::ofModel(request.compile) : Work::ofMatrices(request.compile, matrices);
    if (!made) return made.takeError();
    work = std::move(*made);
    processor = Processor::host();
    if (request.compile.target != "native") processor.features = Processor::withFeatures(work->target().features).features;
    threads = {1};
    if (processors() > 1) threads.push_back(processors());
    if (Error error = readOld()) return error;
    end = Clock::now() + request.budget;
    say(TuneEvent::Kind::Planned, processor.text());
    if (Error error = makeWeights()) return error;
    if (Error error = measureLimits()) return error;
    end = Clock::now() + request.budget;
    return Error::success();
  }

  Error readOld() {
    if (!llvm::sys::fs::exists(request.output)) return Error::success();
    Expected<Record> old = readRecord(request.output);
    if (!old) return old.takeError();
    record = std::move(*old);
    return Error::success();
  }

  Section &section() { return record.section(processor, ingotVersion(), halideVersion()); }

  /// One for all kernels: weights far larger than the caches, so that none of them is still there when its turn comes again.
  Error makeWeights() {
    size_t stream = std::clamp<size_t>(4 * processor.level3Bytes, streamBytesLeast, streamBytesMost), most = 0;
    for (const WorkItem &item : work->items()) {
      if (!request.again && section().find(item.tokenClass, item.kernel)) continue;
      std::optional<CompiledStep> step = work->plan(item, {});
      if (!step) return llvm::createStringError("internal error: kernel " + item.kernel + " is in no plan; please report it");
      StepBytes bytes = bytesOf(*step);
      most = std::max(most, std::max(stream, bytes.weights));
    }
    if (!most) return Error::success();
    llvm::StringRef folder = llvm::sys::path::parent_path(request.output);
    if (Error error = makeFolder()) return error;
    auto made = WeightFile::create(most, folder.empty() ? "." : folder);
    if (!made) return made.takeError();
    weights.emplace(std::move(*made));
    return Error::success();
  }

  Error measureLimits() {
    if (!weights) return Error::success();
    for (unsigned count : threads) {
      Expected<Limit> limit = measureLimit(count);
      if (!limit) return limit.takeError();
      limits.push_back(*limit);
    }
    return Error::success();
  }

  /// Starts children for the schedules, as many at a time as there are processors, and keeps those that get ready and differ.
  Error addCandidates(const WorkItem &item, llvm::ArrayRef<MeasuredSchedule> schedules, std::vector<Candidate> &candidates) {
    for (size_t first = 0; first < schedules.size(); first += threads.back()) {
      std::vector<Candidate> starting;
      for (const MeasuredSchedule &schedule : schedules.slice(first).take_front(threads.back())) {
        auto trial = Trial::start([&]() -> Prepared {
          std::optional<CompiledStep> step = work->compile(item, schedule);
          if (!step) return {};
          return {makeTimer(*step, *weights), fingerprintOf(*step, schedule)};
        });
        if (!trial) return trial.takeError();
        starting.push_back({schedule, std::move(*trial)});
      }
      for (Candidate &candidate : starting) {
        if (!candidate.trial->waitUntilReady(compileLimit)) {
          noteBroken(item, candidate);
          continue;
        }
        bool isKnown = llvm::any_of(
            candidates, [&](const Candidate &other) { return other.trial->fingerprint() == candidate.trial->fingerprint(); });
        if (!isKnown) candidates.push_back(std::move(candidate));
      }
    }
    return Error::success();
  }

  /// Equal for schedules of the same code and the same grain, as small matrices have.
  static int64_t fingerprintOf(const CompiledStep &step, const MeasuredSchedule &schedule) {
    return int64_t(llvm::hash_combine(step.grain, step.object.size(), schedule.tokens.value_or(-1), schedule.prefetch.value_or(-1),
                                      schedule.prefetchOne.value_or(-1)));
  }

  void noteBroken(const WorkItem &item, const Candidate &candidate) {
    result.broken++;
    say(TuneEvent::Kind::Broken,
        item.tokenClass + " " + item.kernel + " with " + settingsText(candidate.schedule) + ": " + candidate.trial->failure());
  }

  /// None: the defaults don't run.
  Expected<std::optional<Entry>> tuneItem(const WorkItem &item) {
    std::vector<Candidate> candidates;
    SpaceLimits limits{item.tokens == 1, item.tokens > 1 || item.passTokens.size() > 1, item.schedule.getTokens(),
                       item.schedule.getPrefetch(), item.schedule.getPrefetchOne()};
    std::vector<MeasuredSchedule> schedules = codeSchedules(limits);
    schedules.insert(schedules.begin(), MeasuredSchedule());
    if (Error error = addCandidates(item, schedules, candidates)) return error;
    if (candidates.empty() || !candidates.front().schedule.isDefault()) return std::nullopt;
    std::optional<std::vector<Setting>> settings = settingsFor(item, candidates.front());
    if (!settings) return std::nullopt;
    auto watch = [&](size_t candidate, size_t setting) { return time(item, candidates[candidate], (*settings)[setting]); };

    ContestRules rules;
    rules.settings = settings->size();
    Verdict verdict;
    std::string best = "default";
    for (int round = 0; round < roundsMost; ++round) {
      verdict = holdContest(candidates.size(), rules, watch, [] { return false; }); // what is begun is finished: some seconds
      sayTimes(candidates, *settings, verdict);
      if (!verdict.isComplete) return std::nullopt;
      std::string winner = settingsText(candidates[verdict.winner].schedule);
      if ((round > 0 && winner == best) || round + 1 == roundsMost) break;
      best = winner;
      // The winner goes on, with one more setting, beside the defaults.
      if (verdict.winner != 0) std::swap(candidates[1], candidates[verdict.winner]);
      candidates.resize(verdict.winner ? 2 : 1);
      verdict.winner = candidates.size() - 1;
      if (Error error = addCandidates(item, furtherSchedules(candidates.back().schedule, limits), candidates)) return error;
    }

    Entry entry{item.tokenClass,
                item.kernel,
                candidates[verdict.winner].schedule,
                request.date,
                item.sourceBytes,
                2 * item.multiplyAdds * item.tokens,
                {}};
    for (auto [setting, before, after] : llvm::zip(*settings, verdict.before, verdict.after))
      entry.timings.push_back(
          {setting.threads, setting.tokens == item.passTokens.front() ? 0 : unsigned(setting.tokens), before, after});
    return entry;
  }

  /// The usual pass with one thread and with all, and other passes with all; each with as many runs as make a measurement long
  /// enough.
  std::optional<std::vector<Setting>> settingsFor(const WorkItem &item, Candidate &candidate) {
    std::vector<Setting> settings;
    for (unsigned count : threads) settings.push_back({count, item.passTokens.front(), 1});
    for (int64_t tokens : llvm::ArrayRef(item.passTokens).drop_front()) settings.push_back({threads.back(), tokens, 1});
    for (Setting &setting : settings)
      for (int attempt = 0; attempt < 3; ++attempt) { // the first run is cold
        std::optional<double> seconds = time(item, candidate, setting);
        if (!seconds) return std::nullopt;
        setting.passes = std::clamp(int(std::ceil(secondsOfRun / *seconds)), 1, passesMost);
      }
    return settings;
  }

  /// Seconds of one run.
  std::optional<double> time(const WorkItem &item, Candidate &candidate, const Setting &setting) {
    if (!candidate.trial->failure().empty()) return std::nullopt;
    std::optional<double> seconds =
        candidate.trial->time({int32_t(setting.threads), setting.passes, int32_t(setting.tokens)}, runLimit);
    if (!seconds) {
      noteBroken(item, candidate);
      return std::nullopt;
    }
    return *seconds / setting.passes;
  }

  Error makeFolder() const {
    llvm::StringRef folder = llvm::sys::path::parent_path(request.output);
    std::error_code code = folder.empty() ? std::error_code() : llvm::sys::fs::create_directories(folder);
    return code ? llvm::createStringError(request.output + ": error: its folder cannot be made: " + code.message())
                : Error::success();
  }

  /// Takes over what others wrote meanwhile.
  Error keep(const Entry &entry) {
    section().put(entry);
    Section &news = fresh.section(processor, ingotVersion(), halideVersion());
    news.put(entry);
    news.limits = limits;
    Record merged;
    if (llvm::sys::fs::exists(request.output)) {
      Expected<Record> now = readRecord(request.output);
      if (!now) return now.takeError();
      merged = std::move(*now);
    }
    merged.merge(fresh);
    return artifact::writeWhole(request.output, {}, recordText(merged));
  }

  static constexpr Trial::Milliseconds runLimit{20'000};

  const TuneRequest &request;
  llvm::function_ref<void(const TuneEvent &)> listen;
  Clock::time_point end;
  std::unique_ptr<Work> work;
  Processor processor;
  std::vector<unsigned> threads; ///< numbers of them that are timed
  std::optional<WeightFile> weights;
  std::vector<Limit> limits;
  Record record; ///< as it was at the beginning, with what was measured since
  Record fresh;  ///< what was measured since
  TuneResult result;
  size_t number = 0;
};

} // namespace

Expected<TuneResult> tune(const TuneRequest &request, llvm::function_ref<void(const TuneEvent &)> listen) {
  return Tuner(request, listen).run();
}

} // namespace ingot::tuning
