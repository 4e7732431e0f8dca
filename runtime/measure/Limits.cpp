// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/measure/Limits.h"
#include "runtime/measure/Peaks.h"
#include "runtime/threads/Futex.h"

#include <algorithm>
#include <string.h>
#include <sys/sysinfo.h>

namespace ingot::runtime {

static constexpr int kSamples = 5;

static void touchKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  memset(static_cast<char *>(operands[0]) + begin * kPieceBytes, 1, static_cast<size_t>(end - begin) * kPieceBytes);
}

double meanSeconds(Team &team, ingot_kernel kernel, void *operand, uint32_t items, uint32_t grain, int passes) {
  ingot_step step{};
  step.name = "";
  step.kernel = kernel;
  step.operand_count = 1;
  step.domain = INGOT_DOMAIN_FIXED;
  step.factor = items, step.divisor = 1, step.grain = grain;
  ingot_frame frame{};
  frame.count = 1;
  void *const operands[] = {operand};
  void *const *const table[] = {operands};
  const uint64_t start = nanosecondsNow();
  for (int i = 0; i < passes; i++) team.run({&step, 1, table, &frame});
  return static_cast<double>(nanosecondsNow() - start) * 1e-9 / passes;
}

double median(Array<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

bool LimitMeter::open(Team &ofTeam, Error &error) {
  uint64_t bytes = 512 << 20;
  struct sysinfo memory;
  if (sysinfo(&memory) == 0)
    while (bytes > (64 << 20) && bytes > memory.totalram * uint64_t{memory.mem_unit} / 8) bytes /= 2;
  team = &ofTeam;
  if (!buffer.reserve(bytes, Pages::large, "measuring the read bandwidth", error)) return false;
  meanSeconds(*team, touchKernel, buffer.data(), static_cast<uint32_t>(bytes / kPieceBytes), 4, /*passes=*/1);
  return true;
}

void LimitMeter::sample() {
  sampleReading();
  Limits limits;
  measurePeaks(*team, buffer.data(), limits);
  peaks.push(limits);
}

void LimitMeter::sampleReading() {
  const uint32_t pieces = static_cast<uint32_t>(buffer.size() / kPieceBytes);
  readingSeconds += meanSeconds(*team, readingKernel(), buffer.data(), pieces, 4);
  readings++;
}

Limits LimitMeter::take() {
  Limits result = median(peaks);
  result.readBytesPerSecond = static_cast<double>(buffer.size()) * readings / readingSeconds;
  readings = 0, readingSeconds = 0;
  peaks.clear();
  return result;
}

Limits median(const Array<Limits> &samples) {
  Limits result;
  for (double Limits::*field : {&Limits::readBytesPerSecond, &Limits::int8OperationsPerSecond, &Limits::bf16OperationsPerSecond,
                                &Limits::amxInt8OperationsPerSecond, &Limits::amxBf16OperationsPerSecond}) {
    Array<double> values;
    for (const Limits &sample : samples) values.push(sample.*field);
    result.*field = runtime::median(std::move(values));
  }
  return result;
}

bool measureLimits(Team &team, Limits &out, Error &error) {
  LimitMeter meter;
  if (!meter.open(team, error)) return false;
  Array<Limits> samples;
  for (int i = 0; i < kSamples; i++) {
    meter.sample();
    samples.push(meter.take());
  }
  out = median(samples);
  return true;
}

} // namespace ingot::runtime
