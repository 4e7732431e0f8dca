// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/measure/Limits.h"
#include "runtime/measure/Peaks.h"
#include "runtime/threads/Futex.h"

#include <string.h>
#include <sys/sysinfo.h>

namespace ingot::runtime {

static constexpr int kTries = 5;

static void touchKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  memset(static_cast<char *>(operands[0]) + begin * kPieceBytes, 1, static_cast<size_t>(end - begin) * kPieceBytes);
}

double bestSeconds(Team &team, ingot_kernel kernel, void *operand, uint32_t items, uint32_t grain) {
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
  uint64_t best = UINT64_MAX;
  for (int i = 0; i < kTries; i++) {
    const uint64_t start = nanosecondsNow();
    team.run({&step, 1, table, &frame});
    const uint64_t took = nanosecondsNow() - start;
    best = took < best ? took : best;
  }
  return static_cast<double>(best) * 1e-9;
}

bool measureLimits(Team &team, Limits &out, Error &error) {
  uint64_t bytes = 512 << 20;
  struct sysinfo memory;
  if (sysinfo(&memory) == 0)
    while (bytes > (64 << 20) && bytes > memory.totalram * uint64_t{memory.mem_unit} / 8) bytes /= 2;
  Region buffer;
  if (!buffer.reserve(bytes, Pages::large, "measuring the read bandwidth", error)) return false;
  const uint32_t pieces = static_cast<uint32_t>(bytes / kPieceBytes);
  bestSeconds(team, touchKernel, buffer.data(), pieces, 4);
  out = {};
  out.readBytesPerSecond = static_cast<double>(bytes) / bestSeconds(team, readingKernel(), buffer.data(), pieces, 4);
  measurePeaks(team, buffer.data(), out);
  return true;
}

} // namespace ingot::runtime
