// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Bench.h"

#include "runtime/abi/Model.h"
#include "runtime/threads/Team.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace ingot::tuning {
namespace {

constexpr size_t lineBytes = 64;
constexpr size_t pageBytes = 2 << 20; ///< a large page

/// Halves of 16 bits whose upper byte is the exponent of a moderate number in float16, bfloat16 and float32 alike.
void fill(uint8_t *bytes, size_t count) {
  uint32_t random = 1;
  for (size_t i = 0; i + 1 < count; i += 2) {
    random = random * 1664525 + 1013904223;
    uint16_t half = uint16_t((random >> 16 & 0x83ff) | 0x2c00);
    memcpy(bytes + i, &half, sizeof(half));
  }
}

size_t wholeLines(size_t bytes) { return (bytes + lineBytes - 1) / lineBytes * lineBytes; }

/// The frame of one pass over `tokens` tokens of one sequence, from its beginning. Logits are wanted for the last one.
class Frame {
public:
  explicit Frame(int64_t tokens) : positions(tokens), sequences(tokens), wanted{int32_t(tokens - 1)} {
    for (int64_t token = 0; token < tokens; ++token) positions[token] = int32_t(token);
    tables.count = tokens;
    tables.wanted_count = 1;
    tables.positions = positions.data();
    tables.sequences = sequences.data();
    tables.wanted = wanted.data();
  }
  const ingot_frame *get() const { return &tables; }

private:
  std::vector<int32_t> positions, sequences, wanted;
  ingot_frame tables{};
};

/// A loaded step. It stays until the process ends.
class Bench {
public:
  Bench(const CompiledStep &step, const WeightFile &file) : scratchBytes(step.scratchBytes) {
    layOut(step, file);
    timed.name = "";
    timed.operand_count = step.operands.size();
    timed.domain = uint32_t(step.domain);
    timed.factor = step.factor, timed.divisor = step.divisor, timed.grain = step.grain;
  }

  bool load(const CompiledStep &step) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto created = llvm::orc::LLJITBuilder().create();
    if (!created) return consumeError(created.takeError()), false;
    jit = std::move(*created);
    if (llvm::Error error = jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(step.object, "kernel.o")))
      return consumeError(std::move(error)), false;
    auto symbol = jit->lookup(step.symbol);
    if (!symbol) return consumeError(symbol.takeError()), false;
    timed.kernel = symbol->toPtr<ingot_kernel>();
    return true;
  }

  std::optional<double> time(const TimingRequest &request) {
    runtime::Error error;
    if (team.threads() != unsigned(request.threads) && !team.start(request.threads, scratchBytes, error)) return std::nullopt;
    const ingot_frame *frame = frames.try_emplace(request.tokens, request.tokens).first->second.get();
    run(frame, 1); // everybody is awake
    return run(frame, request.passes);
  }

private:
  void layOut(const CompiledStep &step, const WeightFile &file) {
    StepBytes bytes = bytesOf(step);
    arena.resize(bytes.others + lineBytes);
    fill(arena.data(), arena.size());
    tables.resize(bytes.weights ? std::max<size_t>(1, file.bytes() / bytes.weights) : 1);
    for (size_t copy = 0; copy < tables.size(); ++copy) {
      // Kernels read weights and do not write them.
      auto *weights = const_cast<uint8_t *>(file.data()) + copy * bytes.weights;
      auto *other = reinterpret_cast<uint8_t *>(wholeLines(reinterpret_cast<uintptr_t>(arena.data())));
      std::vector<void *> places;
      for (const StepOperand &operand : step.operands) {
        if (size_t(operand.buffer) < places.size()) {
          tables[copy].push_back(places[operand.buffer]);
          continue;
        }
        uint8_t *&next = operand.space == plan::Space::weights ? weights : other;
        places.push_back(next);
        tables[copy].push_back(next);
        next += wholeLines(operand.bytes);
      }
    }
  }

  /// Seconds of passes one behind the other, as the layers of a plan, each with the next copy of the weights.
  double run(const ingot_frame *frame, int64_t passes) {
    std::vector<ingot_step> steps(passes, timed);
    std::vector<void *const *> operands;
    for (int64_t pass = 0; pass < passes; ++pass, nextCopy = (nextCopy + 1) % tables.size())
      operands.push_back(tables[nextCopy].data());
    auto begin = std::chrono::steady_clock::now();
    team.run({steps.data(), uint32_t(passes), operands.data(), frame});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  ingot_step timed{};
  uint64_t scratchBytes;
  std::map<int64_t, Frame> frames; ///< by tokens
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::vector<std::vector<void *>> tables; ///< operands, by copy of the weights
  size_t nextCopy = 0;
  std::vector<uint8_t> arena; ///< operands that are no weights
  runtime::Team team;
};

} // namespace

llvm::Expected<WeightFile> WeightFile::create(size_t bytes, llvm::StringRef folder) {
  auto failed = [&](int code) {
    return llvm::createStringError("error: no room for " + llvm::Twine(bytes >> 20) + " MB of weights in '" + folder +
                                   "': " + strerror(code));
  };
  bytes = (bytes + pageBytes - 1) / pageBytes * pageBytes;
  std::string name = (folder + "/.ingot-tune-XXXXXX").str();
  int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return failed(errno);
  unlink(name.c_str());
  std::vector<uint8_t> chunk(pageBytes);
  fill(chunk.data(), chunk.size());
  int code = 0;
  for (size_t written = 0; written < bytes && code == 0;) {
    ssize_t count = write(descriptor, chunk.data(), std::min(chunk.size(), bytes - written));
    if (count > 0) written += count;
    if (count < 0 && errno != EINTR) code = errno;
  }
  // On a multiple of a large page, or the file can't be mapped with such pages.
  void *space = code ? MAP_FAILED : mmap(nullptr, bytes + pageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  void *mapping = MAP_FAILED;
  if (space != MAP_FAILED) {
    auto *aligned = reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(space) + pageBytes - 1) / pageBytes * pageBytes);
    mapping = mmap(aligned, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor, 0);
  }
  if (!code && mapping == MAP_FAILED) code = errno;
  close(descriptor);
  if (code) return failed(code);
  madvise(mapping, bytes, MADV_HUGEPAGE);
  return WeightFile(static_cast<uint8_t *>(mapping), bytes);
}

WeightFile::~WeightFile() {
  if (start) munmap(start, size);
}

void WeightFile::populate() const { madvise(start, size, MADV_POPULATE_READ); }

StepBytes bytesOf(const CompiledStep &step) {
  StepBytes bytes;
  int64_t known = -1;
  for (const StepOperand &operand : step.operands) {
    if (operand.buffer <= known) continue;
    known = operand.buffer;
    (operand.space == plan::Space::weights ? bytes.weights : bytes.others) += wholeLines(operand.bytes);
  }
  return bytes;
}

Timer makeTimer(const CompiledStep &step, const WeightFile &file) {
  auto bench = std::make_shared<Bench>(step, file);
  if (!bench->load(step)) return {};
  file.populate();
  return [bench](const TimingRequest &request) { return bench->time(request); };
}

} // namespace ingot::tuning
