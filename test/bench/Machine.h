// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What single kernels are held against: the clock, a plain read, and chains of the dot products they are made of. One thread.
#ifndef INGOT_TEST_BENCH_MACHINE_H
#define INGOT_TEST_BENCH_MACHINE_H

#include <cstddef>
#include <cstdint>
#include <functional>

namespace ingot::test {

double seconds();

/// The shortest of several runs: others may be on the machine.
double shortest(int runs, const std::function<void()> &work);

/// Reads `bytes` from an address on a multiple of 64; a last part of less than a MiB is left out.
void readAll(const uint8_t *data, size_t bytes);

// Operations a second, two a multiply-add, on operands from registers or the first-level cache.
double integerPeak(); ///< vpdpbusd; without VNNI vpmaddubsw
double bf16Peak();    ///< vdpbf16ps
double tilePeak();    ///< tdpbf16ps; asks the system for leave to use tiles
double floatPeak();   ///< vfmadd231ps of 256 bits

} // namespace ingot::test
#endif
