// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys or values in a cache, element by element: how tests fill and read what kernels read and fill.
#ifndef INGOT_TEST_CODEGEN_CPU_HALIDE_CACHEDATA_H
#define INGOT_TEST_CODEGEN_CPU_HALIDE_CACHEDATA_H

#include "codegen/cpu/layout/CacheLayout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace ingot::cpu::test {

inline float roundedToBrain(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

struct CacheData {
  CacheLayout layout;
  char *bytes;

  char *block(int64_t head, int64_t position) const {
    return bytes + head * layout.headBytes() + position / 16 * layout.blockBytes();
  }

  template <typename T> T &at(int64_t head, int64_t position, int64_t offset) const {
    return *reinterpret_cast<T *>(block(head, position) + offset);
  }

  float read(int64_t head, int64_t position, int64_t x) const {
    const int64_t lane = position % 16, place = layout.elementAt(lane, x);
    switch (layout.element) {
    case CacheElement::f16:
      return float(at<_Float16>(head, position, place));
    case CacheElement::bf16:
      return std::bit_cast<float>(uint32_t(at<uint16_t>(head, position, place)) << 16);
    case CacheElement::f32:
      return at<float>(head, position, place);
    case CacheElement::q8: {
      const int code = layout.isKeys ? at<uint8_t>(head, position, place) - 128 : at<int8_t>(head, position, place);
      return float(code) * float(at<_Float16>(head, position, layout.scaleAt(lane, x)));
    }
    }
    return NAN;
  }

  /// Rounds and stores a head's `width` elements.
  void write(int64_t head, int64_t position, const float *row) const {
    const int64_t lane = position % 16;
    float scale = 0;
    for (int64_t x = 0; x < layout.width; ++x) {
      const int64_t place = layout.elementAt(lane, x);
      switch (layout.element) {
      case CacheElement::f16:
        at<_Float16>(head, position, place) = _Float16(row[x]);
        break;
      case CacheElement::bf16:
        at<uint16_t>(head, position, place) = uint16_t(std::bit_cast<uint32_t>(roundedToBrain(row[x])) >> 16);
        break;
      case CacheElement::f32:
        at<float>(head, position, place) = row[x];
        break;
      case CacheElement::q8: {
        if (x % 32 == 0) {
          float largest = 0;
          for (int64_t i = 0; i < 32; ++i) largest = std::max(largest, std::fabs(row[x + i]));
          at<_Float16>(head, position, layout.scaleAt(lane, x)) = _Float16(largest / 127);
          scale = float(_Float16(largest / 127));
        }
        const int code = scale == 0 ? 0 : std::clamp(int(std::nearbyint(row[x] * (1 / scale))), -127, 127);
        if (layout.isKeys)
          at<uint8_t>(head, position, place) = uint8_t(code + 128);
        else
          at<int8_t>(head, position, place) = int8_t(code);
        break;
      }
      }
    }
  }
};

inline const char *nameOf(CacheElement element) {
  static constexpr const char *names[] = {"f16", "bf16", "q8", "f32"};
  return names[int(element)];
}

} // namespace ingot::cpu::test
#endif
