// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Processor.h"

#include "codegen/cpu/target/CpuTarget.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using llvm::StringRef;
using llvm::Twine;

namespace ingot::tuning {
namespace {

/// LLVM's names of what kernels are made of.
constexpr StringRef mattering[] = {"amx-bf16", "amx-int8",    "avx2", "avx512bf16", "avx512f", "avx512fp16", "avx512vnni",
                                   "avxvnni",  "avxvnniint8", "bf16", "dotprod",    "i8mm",    "sve",        "sve2"};

/// A line of the first processor's cache `index`, or "".
std::string cacheFact(unsigned index, StringRef name) {
  auto file = llvm::MemoryBuffer::getFileAsStream("/sys/devices/system/cpu/cpu0/cache/index" + Twine(index) + "/" + name);
  return file ? (*file)->getBuffer().trim().str() : "";
}

double levelDistance(uint64_t a, uint64_t b) { return a && b ? std::fabs(std::log2(double(a) / double(b))) : 0; }

} // namespace

Processor Processor::withFeatures(llvm::ArrayRef<std::string> present) {
  Processor processor;
  for (StringRef feature : mattering)
    if (llvm::is_contained(present, feature)) processor.features.push_back(feature.str());
  llvm::sort(processor.features);
  return processor;
}

Processor Processor::host() {
  Processor processor = withFeatures(cpu::hostFeatures());
  for (unsigned index = 0;; ++index) {
    std::string level = cacheFact(index, "level");
    uint64_t bytes = 0;
    if (level.empty()) return processor;
    if (cacheFact(index, "type") == "Instruction" || !parseBytes(cacheFact(index, "size"), bytes)) continue;
    if (level == "1") processor.level1Bytes = bytes;
    if (level == "2") processor.level2Bytes = bytes;
    if (level == "3") processor.level3Bytes = bytes;
  }
}

std::string Processor::text() const {
  std::string result = llvm::join(features, " ");
  auto add = [&](StringRef name, uint64_t bytes) {
    if (bytes) result += ((result.empty() ? "" : " ") + name + "=" + bytesText(bytes)).str();
  };
  add("l1d", level1Bytes);
  add("l2", level2Bytes);
  add("l3", level3Bytes);
  return result;
}

llvm::Expected<Processor> Processor::parse(StringRef text) {
  Processor processor;
  llvm::SmallVector<StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef word : words) {
    auto [name, value] = word.split('=');
    if (name.size() == word.size()) {
      processor.features.push_back(word.str());
      continue;
    }
    uint64_t *level = name == "l1d"  ? &processor.level1Bytes
                      : name == "l2" ? &processor.level2Bytes
                      : name == "l3" ? &processor.level3Bytes
                                     : nullptr;
    if (!level) return llvm::createStringError("unknown cache '" + name + "'; known: l1d, l2, l3");
    if (!parseBytes(value, *level)) return llvm::createStringError("'" + value + "' is not a size such as 32K or 1M");
  }
  if (processor.features.empty()) return llvm::createStringError("a processor needs features, such as avx2");
  llvm::sort(processor.features);
  return processor;
}

double Processor::cacheDistance(const Processor &other) const {
  return levelDistance(level1Bytes, other.level1Bytes) + levelDistance(level2Bytes, other.level2Bytes) +
         levelDistance(level3Bytes, other.level3Bytes);
}

std::string bytesText(uint64_t bytes) {
  if (bytes && bytes % (1 << 20) == 0) return std::to_string(bytes >> 20) + "M";
  if (bytes && bytes % (1 << 10) == 0) return std::to_string(bytes >> 10) + "K";
  return std::to_string(bytes);
}

bool parseBytes(StringRef text, uint64_t &out) {
  unsigned shift = text.consume_back("K") ? 10 : text.consume_back("M") ? 20 : text.consume_back("G") ? 30 : 0;
  if (text.getAsInteger(10, out) || out > (UINT64_MAX >> shift)) return false;
  out <<= shift;
  return true;
}

} // namespace ingot::tuning
