// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// More than the room before the weights.
__attribute__((used, retain)) const char large[3 << 20] = {1};
