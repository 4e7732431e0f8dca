// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/WeightBlob.h"

#include "codegen/cpu/pack/Pack.h"
#include "dialects/plan/Plan.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;

namespace ingot {

/// Says that these bytes of a mapped file are no longer needed, so that resident memory does not grow to the model's size. Only the
/// process's view of the whole pages in them goes; the file stays in the system's cache.
static void dropBehind(const packed::Weight &weight, uint64_t first, uint64_t count) {
  if (!weight.mapped) return;
  const uintptr_t page = sysconf(_SC_PAGESIZE), address = reinterpret_cast<uintptr_t>(weight.bytes.data()) + first;
  const uintptr_t begin = llvm::alignTo(address, page), end = llvm::alignDown(address + count, page);
  if (begin < end) madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

static artifact::BlobPart copied(uint64_t offset, ArrayRef<uint8_t> bytes) {
  return {offset, bytes.size(), [bytes](MutableArrayRef<char> out) {
            std::memcpy(out.data(), bytes.data(), bytes.size());
            return llvm::Error::success();
          }};
}

/// A matrix in parts of whole panels, so that several threads can pack it.
static void addMatrix(const packed::Weight &weight, uint64_t offset, std::vector<artifact::BlobPart> &parts) {
  auto layout = cpu::PanelLayout::of(weight.format, weight.columns);
  int64_t panels = cpu::panelCount(weight.rows),
          panelsPerPart = std::max<int64_t>(1, artifact::blobPartBytesMax / 4 / layout.panelBytes);
  for (int64_t first = 0; first < panels; first += panelsPerPart) {
    int64_t count = std::min(panelsPerPart, panels - first);
    parts.push_back({offset + first * layout.panelBytes, uint64_t(count * layout.panelBytes), [=](MutableArrayRef<char> out) {
                       cpu::pack(layout, weight.rows, first, count, weight.bytes.data(), reinterpret_cast<uint8_t *>(out.data()));
                       const int64_t rowBytes = packed::rowBytes(layout.format, layout.columns), row = first * cpu::panelRows;
                       dropBehind(weight, row * rowBytes, std::min(count * cpu::panelRows, weight.rows - row) * rowBytes);
                       return llvm::Error::success();
                     }});
  }
}

WeightBlob layOutBlob(ModuleOp module, const packed::WeightTable &weights, StringRef text, StringRef notices) {
  WeightBlob blob;
  llvm::StringSet<> seen;
  module.walk([&](plan::BufferOp buffer) {
    if (buffer.getSpace() != plan::Space::weights || !seen.insert(*buffer.getName()).second) return;
    const packed::Weight *weight = weights.find(*buffer.getName());
    assert(weight && "the frontend names every weight in the table");
    if (weight->rows == 1 && uint64_t(buffer.getBytes()) == weight->bytes.size())
      blob.parts.push_back(copied(*buffer.getOffset(), weight->bytes));
    else
      addMatrix(*weight, *buffer.getOffset(), blob.parts);
    blob.bytes = std::max<uint64_t>(blob.bytes, *buffer.getOffset() + buffer.getBytes());
  });
  auto addSection = [&](StringRef content) {
    ingot_section section{llvm::alignTo(blob.bytes, 64), content.size()};
    blob.bytes = section.offset + section.size;
    blob.parts.push_back(copied(section.offset, {reinterpret_cast<const uint8_t *>(content.data()), content.size()}));
    return section;
  };
  blob.text = addSection(text);
  blob.notices = addSection(notices);
  return blob;
}

} // namespace ingot
