// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Limits.h"

#include "codegen/cpu/target/CpuTarget.h"
#include "llvm/ADT/STLExtras.h"

#include <barrier>
#include <thread>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ingot::tuning {
namespace {

constexpr int runs = 5;
constexpr size_t pieceBytes = 1 << 20;
constexpr int64_t dotRounds = 400'000; // some milliseconds
constexpr int64_t dotChains = 12;      // more than the latency
constexpr size_t dotBytes = 16 << 10;  // operands, from the first-level cache

using Part = std::function<void(unsigned thread)>;

/// Seconds until all threads have done their part, the best of several times.
double bestSeconds(unsigned threads, const Part &part) {
  double best = 1e9;
  std::chrono::steady_clock::time_point begin;
  std::barrier start(threads, [&]() noexcept { begin = std::chrono::steady_clock::now(); });
  std::barrier end(threads, [&]() noexcept {
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  });
  auto work = [&](unsigned thread) {
    for (int run = 0; run < runs; ++run) {
      start.arrive_and_wait();
      part(thread);
      end.arrive_and_wait();
    }
  };
  std::vector<std::thread> team;
  for (unsigned thread = 1; thread < threads; ++thread) team.emplace_back(work, thread);
  work(0);
  for (std::thread &thread : team) thread.join();
  return best;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void readPiece(const uint8_t *data) {
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
  for (const uint8_t *end = data + pieceBytes; data < end; data += 128) {
    auto *lanes = reinterpret_cast<const __m256i *>(data);
    a = _mm256_xor_si256(a, lanes[0]), b = _mm256_xor_si256(b, lanes[1]), c = _mm256_xor_si256(c, lanes[2]),
    d = _mm256_xor_si256(d, lanes[3]);
  }
  asm volatile("" : : "x"(_mm256_xor_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(c, d))));
}

__attribute__((target("avx512f,avx512vnni"))) void dotChainsAvx512(const uint8_t *data) {
  __m512i sums[dotChains];
  for (__m512i &sum : sums) sum = _mm512_setzero_si512();
  for (int64_t round = 0; round < dotRounds; ++round) {
    __m512i x = _mm512_load_si512(data + round * 128 % dotBytes), y = _mm512_load_si512(data + (round * 128 + 64) % dotBytes);
    asm volatile("" : "+v"(x), "+v"(y)); // loaded once, used by every chain
    for (__m512i &sum : sums) sum = _mm512_dpbusd_epi32(sum, x, y);
  }
  for (__m512i &sum : sums) asm volatile("" : : "v"(sum));
}
constexpr double dotOperations = double(dotRounds) * dotChains * 64 * 2;
#else
void readPiece(const uint8_t *data) {
  uint64_t sum = 0;
  for (const uint8_t *end = data + pieceBytes; data < end; data += 8) sum ^= *reinterpret_cast<const uint64_t *>(data);
  asm volatile("" : : "r"(sum));
}
#endif

double readBytesPerSecond(unsigned threads, const WeightFile &weights) {
  size_t pieces = weights.bytes() / pieceBytes;
  double seconds = bestSeconds(threads, [&](unsigned thread) {
    for (size_t piece = thread; piece < pieces; piece += threads) readPiece(weights.data() + piece * pieceBytes);
  });
  return double(pieces * pieceBytes) / seconds;
}

double dotOperationsPerSecond(unsigned threads, const WeightFile &weights) {
#if defined(__x86_64__)
  const std::vector<std::string> features = cpu::hostFeatures();
  if (llvm::is_contained(features, "avx512vnni") && llvm::is_contained(features, "avx512f"))
    return threads * dotOperations / bestSeconds(threads, [&](unsigned) { dotChainsAvx512(weights.data()); });
#endif
  return 0;
}

} // namespace

llvm::Expected<Limit> measureLimit(unsigned threads, const WeightFile &weights) {
  auto trial = Trial::start([&] {
    weights.populate();
    return Prepared{[&](const TimingRequest &request) {
                      bool isRead = request.passes == 0; // the request says which of the two
                      return isRead ? readBytesPerSecond(request.threads, weights)
                                    : dotOperationsPerSecond(request.threads, weights);
                    },
                    0};
  });
  if (!trial) return trial.takeError();
  constexpr Trial::Milliseconds limit(20'000);
  Limit result;
  result.threads = threads;
  std::optional<double> read, dots;
  if ((*trial)->waitUntilReady(limit))
    read = (*trial)->time({int32_t(threads), 0}, limit), dots = (*trial)->time({int32_t(threads), 1}, limit);
  if (!read || !dots)
    return llvm::createStringError("error: the machine's limits cannot be measured: the process " + (*trial)->failure());
  result.readBytes = *read, result.dotOperations = *dots;
  return result;
}

} // namespace ingot::tuning
