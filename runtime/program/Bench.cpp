// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --bench: tokens/s of reading and of generating, medians of several runs taken in turn, beside what the machine's memory and
// arithmetic give between them. A hash of the generated tokens goes with the figures: nobody can shorten them unseen.
#include "runtime/measure/Limits.h"
#include "runtime/memory/Checksum.h"
#include "runtime/program/Json.h"
#include "runtime/program/Program.h"
#include "runtime/sampling/Sampler.h"
#include "runtime/threads/Futex.h"

#include <algorithm>
#include <sys/sysinfo.h>

namespace ingot::runtime {

namespace {

struct Figures {
  uint32_t threads = 0;
  double prefill = 0, decode = 0; // tokens/s
  double prefillShare = 0;        // of the peak of what read tokens are multiplied with
  double decodeShare = 0;         // of the read bandwidth
  double longest = 0;             // seconds of the slowest token of all decoding
  Limits limits;
};

double secondsSince(uint64_t start) { return static_cast<double>(nanosecondsNow() - start) * 1e-9; }

// Bytes of the source file's tensors that a generated token needs: what an ideal program would read.
double weightBytes(const struct ingot_model &model) {
  const ingot_plan &plan = model.plans[INGOT_PLAN_GENERATED];
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < plan.step_count; i++) bytes += plan.steps[i].weight_bytes;
  return static_cast<double>(bytes ? bytes : model.source_bytes);
}

// Multiplications and additions of the matmuls; those of wanted tokens count for the last token alone.
double prefillOperations(const struct ingot_model &model, uint32_t tokens) {
  const ingot_plan &plan = model.plans[INGOT_PLAN_READ];
  double operations = 0;
  for (uint32_t i = 0; i < plan.step_count; i++)
    operations += 2 * static_cast<double>(plan.steps[i].multiply_adds) * (plan.steps[i].per_wanted ? 1 : tokens);
  return operations;
}

// What products run into: of read tokens where tiles of bfloat16 are, else int8.
bool readsInTiles(const struct ingot_model &model) { return model.features & INGOT_FEATURE_AMX_BF16; }
const char *peakName(const struct ingot_model &model) { return readsInTiles(model) ? "amx bf16" : "int8"; }
double peakOf(const struct ingot_model &model, int plan, const Limits &limits) {
  const bool inTiles = plan == INGOT_PLAN_READ && readsInTiles(model);
  return inTiles ? limits.amxBf16OperationsPerSecond : limits.int8OperationsPerSecond;
}

// One kernel in all its steps of a pass.
struct KernelTime {
  const char *name;
  uint32_t steps;
  double seconds, busy; // from a step's opening to the next one's; inside the kernel, all threads together
  double chunks, bytes, operations;

  // Of the threads' time, what they spend neither in the kernel nor elsewhere: claiming, and waiting for the last chunk.
  double waiting(uint32_t threads) const { return seconds > 0 ? std::max(0.0, 1 - busy / (threads * seconds)) : 0; }
  // The least time that memory or arithmetic allow, whichever is longer, as a share of the time.
  double ofLimit(const Limits &limits, double peak) const {
    if (seconds <= 0) return 0;
    const double reading = bytes / limits.readBytesPerSecond;
    const double computing = peak > 0 ? operations / peak : 0;
    return std::max(reading, computing) / seconds;
  }
};

class Bench {
public:
  explicit Bench(const Program &program)
      : program(program), decodeTokens(program.options.count ? program.options.count : 128), prefillTokens(program.options.prefill),
        sequences(program.options.parallel) {
    uint32_t random = 1; // any tokens will do, the same ones every time
    for (uint32_t i = 0; i < prefillTokens; i++) {
      random = random * 1664525 + 1013904223;
      prompt.push(static_cast<int32_t>((random >> 8) % program.model.vocabulary));
    }
  }

  bool measure(uint32_t threads, bool roofline, Figures &out);
  void printRoofline(const Figures &figures, Text &out) const;
  void printRoofline(const Figures &figures, JsonObject &json) const;
  uint32_t hash() const { return crc32c(generated.data(), generated.size() * sizeof(int32_t)); }

  const Program &program;
  const uint32_t decodeTokens, prefillTokens; // of a sequence
  const uint32_t sequences;                   // decoded together
  // Of the tensors, which sequences that decode together read together, and of the cache in the middle of the decoding.
  double bytesPerToken() const {
    const double keys = program.options.past ? program.options.past + decodeTokens / 2.0 : 0;
    return weightBytes(program.model) / sequences + keys * static_cast<double>(program.model.cache_bytes_per_token);
  }

private:
  bool fillCache(Session &session);
  bool prefill(Session &session, uint32_t tokens, double &seconds);
  // With a meter the read bandwidth is sampled on the way, while the clock stands.
  bool decode(Session &session, LimitMeter *meter, double &seconds, double &longest);
  // Slowest first.
  Array<KernelTime> kernelTimes(int plan) const;
  double tokensEach(int plan) const;

  Array<int32_t> prompt, generated;
  Region logits;                     // of each sequence's last token
  StepTimes times[INGOT_PLAN_COUNT]; // measured for the plan of that number
};

bool Bench::fillCache(Session &session) {
  struct sysinfo memory;
  const uint64_t bytes = program.model.cache_bytes * sequences;
  if (sysinfo(&memory) == 0 && bytes > memory.totalram * uint64_t{memory.mem_unit} / 2)
    return errors::cacheTooLarge(program.error, bytes, memory.totalram * uint64_t{memory.mem_unit});
  session.pretend(program.options.past);
  return true;
}

bool Bench::prefill(Session &session, uint32_t tokens, double &seconds) {
  session.rewind(program.options.past);
  const uint64_t start = nanosecondsNow();
  if (!session.feed(prompt.data(), tokens, INGOT_TOKENS_READ, program.error)) return false;
  seconds = secondsSince(start);
  return true;
}

// Each sequence begins with a token of its own.
bool Bench::decode(Session &session, LimitMeter *meter, double &seconds, double &longest) {
  constexpr uint32_t parts = 8;
  const uint32_t vocabulary = program.model.vocabulary;
  auto *const rows = reinterpret_cast<float *>(logits.data());
  generated.clear();
  generated.reserve(size_t{decodeTokens} * sequences); // runs point into it
  Array<Run> runs;
  for (uint32_t s = 0; s < sequences; s++) {
    session.rewind(program.options.past, s);
    runs.push({s, prompt.data() + s % prompt.size(), 1, 1});
  }
  if (!session.feedTogether(runs.data(), sequences, INGOT_TOKENS_READ, rows, program.error)) return false;
  const uint32_t tokensOfPart = std::max(1u, decodeTokens / parts);
  seconds = 0;
  uint64_t before = nanosecondsNow();
  for (uint32_t i = 0; i < decodeTokens; i++) {
    if (meter && i > 0 && i % tokensOfPart == 0) {
      meter->sampleReading();
      before = nanosecondsNow();
    }
    for (uint32_t s = 0; s < sequences; s++) {
      const int32_t token = likeliest(rows + uint64_t{s} * vocabulary, vocabulary);
      if (token < 0) return errors::notFinite(program.error, session.position(s));
      generated.push(token);
      runs[s].tokens = &generated.back();
    }
    if (!session.feedTogether(runs.data(), sequences, INGOT_TOKENS_GENERATED, rows, program.error)) return false;
    const uint64_t now = nanosecondsNow();
    longest = std::max(longest, static_cast<double>(now - before) * 1e-9);
    seconds += static_cast<double>(now - before) * 1e-9;
    before = now;
  }
  return true;
}

bool Bench::measure(uint32_t threads, bool roofline, Figures &out) {
  Session session;
  const SessionOptions options = {.threads = threads, .context = program.options.context, .sequences = sequences};
  if (!session.open(program.model, program.blob, options, program.error)) return false;
  const uint64_t logitsBytes = uint64_t{sequences} * program.model.vocabulary * sizeof(float);
  if (!logits.reserve(logitsBytes, Pages::large, "the logits", program.error)) return false;
  out.threads = session.threads();
  if (program.options.past && !fillCache(session)) return false;
  double seconds;
  // Pages and caches are warm after it; a long prompt need not be read twice for that.
  if (!prefill(session, std::min(prefillTokens, 2048u), seconds) || !decode(session, nullptr, seconds, out.longest)) return false;
  out.longest = 0;
  LimitMeter meter;
  if (!meter.open(session.threadTeam(), program.error)) return false;
  Array<double> prefills, decodes, prefillShares, decodeShares;
  Array<Limits> limits;
  for (uint32_t i = 0; i < program.options.repeat; i++) {
    meter.sample();
    if (!prefill(session, prefillTokens, seconds)) return false;
    prefills.push(prefillTokens / seconds);
    if (!decode(session, &meter, seconds, out.longest)) return false;
    decodes.push(sequences * (decodeTokens / seconds));
    meter.sample();
    limits.push(meter.take());
    decodeShares.push(decodes.back() * bytesPerToken() / limits.back().readBytesPerSecond);
    if (const double peak = peakOf(program.model, INGOT_PLAN_READ, limits.back()); peak > 0)
      prefillShares.push(prefills.back() / prefillTokens * prefillOperations(program.model, prefillTokens) / peak);
  }
  out.prefill = median(std::move(prefills)), out.decode = median(std::move(decodes)), out.limits = median(limits);
  out.decodeShare = median(std::move(decodeShares));
  if (prefillShares.size() > 0) out.prefillShare = median(std::move(prefillShares));
  if (!roofline) return true;
  // Apart from the figures, because the clock is read at every step, and each class by itself: decoding reads a first token, too.
  session.measureSteps(&times[INGOT_PLAN_READ]);
  if (!prefill(session, prefillTokens, seconds)) return false;
  session.measureSteps(&times[INGOT_PLAN_GENERATED]);
  return decode(session, nullptr, seconds, out.longest);
}

// What a pass feeds: equal shares of all tokens.
double Bench::tokensEach(int plan) const {
  const uint64_t passes = times[plan].passes[plan];
  const double tokens = plan == INGOT_PLAN_GENERATED ? double{1} * decodeTokens * sequences : prefillTokens;
  return tokens / (passes ? static_cast<double>(passes) : 1);
}

Array<KernelTime> Bench::kernelTimes(int plan) const {
  Array<KernelTime> kernels;
  const ingot_plan &steps = program.model.plans[plan];
  const double passes = times[plan].passes[plan] ? static_cast<double>(times[plan].passes[plan]) : 1;
  for (uint32_t i = 0; i < steps.step_count; i++) {
    const ingot_step &step = steps.steps[i];
    KernelTime *kernel =
        std::find_if(kernels.begin(), kernels.end(), [&](const KernelTime &k) { return strcmp(k.name, step.name) == 0; });
    if (kernel == kernels.end()) {
      kernels.push({step.name, 0, 0, 0, 0, 0, 0});
      kernel = &kernels.back();
    }
    const StepTime time = times[plan].sum(plan, i);
    kernel->steps++;
    kernel->seconds += static_cast<double>(time.elapsed) * 1e-9 / passes;
    kernel->busy += static_cast<double>(time.busy) * 1e-9 / passes;
    kernel->chunks += static_cast<double>(time.chunks) / passes;
    kernel->bytes += static_cast<double>(step.weight_bytes);
    const double tokens = plan == INGOT_PLAN_READ && step.per_wanted ? 1 / passes : tokensEach(plan);
    kernel->operations += 2 * static_cast<double>(step.multiply_adds) * tokens;
  }
  std::sort(kernels.begin(), kernels.end(), [](const KernelTime &a, const KernelTime &b) { return a.seconds > b.seconds; });
  return kernels;
}

constexpr const char *kPlanTitles[] = {"reading", "generating"}; // in the order of INGOT_PLAN_

void Bench::printRoofline(const Figures &figures, Text &out) const {
  for (int plan : {INGOT_PLAN_READ, INGOT_PLAN_GENERATED}) {
    const Array<KernelTime> kernels = kernelTimes(plan);
    double all = 0, busy = 0;
    for (const KernelTime &kernel : kernels) all += kernel.seconds, busy += kernel.busy;
    appendFormat(out, "\n%s: %.3f ms a pass, %u thread%s, waiting %.1f%%\n", kPlanTitles[plan], all * 1e3, figures.threads,
                 figures.threads == 1 ? "" : "s", std::max(0.0, 1 - busy / (figures.threads * all)) * 100);
    appendFormat(out, "%10s %6s %6s %8s %9s %8s %8s %9s %8s  kernel\n", "us", "share", "steps", "chunks", "MB", "GB/s", "GOP/s",
                 "of limit", "waiting");
    for (const KernelTime &kernel : kernels) {
      appendFormat(out, "%10.1f %5.1f%% %6u %8.0f ", kernel.seconds * 1e6, kernel.seconds / all * 100, kernel.steps, kernel.chunks);
      if (kernel.operations > 0)
        appendFormat(out, "%9.2f %8.1f %8.1f %8.1f%%", kernel.bytes * 1e-6, kernel.bytes / kernel.seconds * 1e-9,
                     kernel.operations / kernel.seconds * 1e-9,
                     kernel.ofLimit(figures.limits, peakOf(program.model, plan, figures.limits)) * 100);
      else
        appendFormat(out, "%9s %8s %8s %9s", "", "", "", ""); // no figures: its bytes are activations, in cache
      appendFormat(out, " %7.1f%%  %s\n", kernel.waiting(figures.threads) * 100, kernel.name);
    }
  }
}

void Bench::printRoofline(const Figures &figures, JsonObject &json) const {
  json.begin("roofline");
  for (int plan : {INGOT_PLAN_READ, INGOT_PLAN_GENERATED}) {
    json.begin(kPlanTitles[plan]);
    for (const KernelTime &kernel : kernelTimes(plan)) {
      json.begin(kernel.name).number("us", kernel.seconds * 1e6).integer("steps", kernel.steps).number("chunks", kernel.chunks);
      json.number("megabytes", kernel.bytes * 1e-6).number("gbs", kernel.bytes / kernel.seconds * 1e-9);
      json.number("gop", kernel.operations * 1e-9).number("gops", kernel.operations / kernel.seconds * 1e-9);
      json.number("percent_of_limit", kernel.ofLimit(figures.limits, peakOf(program.model, plan, figures.limits)) * 100);
      json.number("percent_waiting", kernel.waiting(figures.threads) * 100);
      json.finish();
    }
    json.finish();
  }
  json.finish();
}

void printTable(const Bench &bench, const Figures *figures, size_t count, Text &out) {
  appendFormat(out, "%s: prefill %u, decode %u tokens", bench.program.model.name, bench.prefillTokens, bench.decodeTokens);
  if (bench.sequences > 1) appendFormat(out, " of each of %u sequences together", bench.sequences);
  appendFormat(out, ", median of %u\n", bench.program.options.repeat);
  char of[16], peak[16];
  snprintf(of, sizeof of, "of %s", peakName(bench.program.model));
  snprintf(peak, sizeof peak, "%s GOP/s", peakName(bench.program.model));
  appendFormat(out, "%7s  %16s %11s  %16s %11s  %10s %14s\n", "threads", "prefill tokens/s", of, "decode tokens/s", "of reading",
               "read GB/s", peak);
  for (size_t i = 0; i < count; i++) {
    const Figures &f = figures[i];
    appendFormat(out, "%7u  %16.1f %10.1f%%  %16.1f %10.1f%%  %10.1f %14.0f\n", f.threads, f.prefill, f.prefillShare * 100,
                 f.decode, f.decodeShare * 100, f.limits.readBytesPerSecond * 1e-9,
                 peakOf(bench.program.model, INGOT_PLAN_READ, f.limits) * 1e-9);
  }
  appendFormat(out, "hash of the generated tokens: %08x\n", bench.hash());
}

void addFigures(JsonObject &json, const Figures &f) {
  json.number("prefill", f.prefill).number("decode", f.decode);
  json.number("decode_percent_of_read_bandwidth", f.decodeShare * 100).number("prefill_percent_of_peak", f.prefillShare * 100);
  json.number("read_gbs", f.limits.readBytesPerSecond * 1e-9).number("int8_gops", f.limits.int8OperationsPerSecond * 1e-9);
  json.number("bf16_gops", f.limits.bf16OperationsPerSecond * 1e-9);
  json.number("amx_int8_gops", f.limits.amxInt8OperationsPerSecond * 1e-9)
      .number("amx_bf16_gops", f.limits.amxBf16OperationsPerSecond * 1e-9);
  json.number("decode_longest_ms", f.longest * 1e3);
}

void printJson(const Bench &bench, const Figures *figures, size_t count, Text &out) {
  JsonObject json(out);
  char hash[16];
  snprintf(hash, sizeof hash, "%08x", bench.hash());
  json.text("model", bench.program.model.name).text("source", bench.program.model.source).integer("threads", figures[0].threads);
  addFigures(json, figures[0]);
  json.integer("prefill_tokens", bench.prefillTokens).integer("decode_tokens", bench.decodeTokens);
  json.integer("sequences", bench.sequences);
  json.integer("past_tokens", bench.program.options.past).number("decode_bytes_per_token", bench.bytesPerToken());
  json.number("prefill_operations", prefillOperations(bench.program.model, bench.prefillTokens));
  json.integer("repeats", bench.program.options.repeat).text("generated_hash", hash).begin("by_threads");
  for (size_t i = 0; i < count; i++) {
    char threads[16];
    snprintf(threads, sizeof threads, "%u", figures[i].threads);
    json.begin(threads);
    addFigures(json, figures[i]);
    json.finish();
  }
  json.finish();
  if (bench.program.options.roofline) bench.printRoofline(figures[0], json);
  json.end();
}

} // namespace

bool bench(const Program &program) {
  Bench bench(program);
  const uint32_t context = program.options.context ? program.options.context : program.model.context;
  const uint64_t most = uint64_t{program.options.past} + std::max(bench.prefillTokens, bench.decodeTokens + 1);
  if (most > context)
    return errors::benchTooLong(program.error, program.options.past, bench.prefillTokens, bench.decodeTokens, context);
  // The threads asked for; where none were, all, and one thread beside them.
  Figures figures[2];
  if (!bench.measure(program.options.threads, program.options.roofline, figures[0])) return false;
  const size_t count = figures[0].threads > 1 && !program.options.threads ? 2 : 1;
  if (count > 1 && !bench.measure(1, false, figures[1])) return false;
  Text out;
  program.options.json ? printJson(bench, figures, count, out) : printTable(bench, figures, count, out);
  if (program.options.roofline && !program.options.json) bench.printRoofline(figures[0], out);
  return program.output.write(view(out));
}

} // namespace ingot::runtime
