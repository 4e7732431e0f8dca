#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes reference.bin: blocks of every format and what the gguf package (0.19 was used) makes of them. Needs numpy and gguf.

For each format: ggml type u32, block count u32, the blocks, then the values as float32. Half of the blocks come from quantising
normal numbers where the package can, the rest are random bytes; the scales of the last ones are awkward (denormal, infinite, NaN).
"""
import pathlib
import sys

import gguf
import numpy as np

FORMATS = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
# Byte offsets of a block's fp16 numbers.
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2],
          "Q5_K": [0, 2], "Q6_K": [208]}
AWKWARD = np.array([0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00], np.uint16)


def blocks_of(name, rng):
    kind = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    if elements == 1:  # 256 ordinary numbers, then every exponent
        plain = gguf.quants.quantize(rng.standard_normal((1, 256)).astype(np.float32), kind).view(np.uint8).reshape(-1, size)
        return np.concatenate([plain, rng.integers(0, 256, (512, size), np.uint8)])
    awkward = rng.integers(0, 256, (len(AWKWARD) + 4, size), np.uint8)
    for block, field in enumerate(HALVES[name]):
        scales = np.roll(AWKWARD, 3 * block)
        awkward[: len(AWKWARD), field : field + 2] = scales.view(np.uint8).reshape(-1, 2)
        sane = (rng.standard_normal(4) / 64).astype(np.float16)
        awkward[len(AWKWARD) :, field : field + 2] = sane.view(np.uint8).reshape(-1, 2)
    try:
        made = gguf.quants.quantize(rng.standard_normal((8, elements)).astype(np.float32), kind).reshape(-1, size)
    except NotImplementedError:  # the package does not make k-quants
        return awkward
    return np.concatenate([made, awkward])


def main():
    rng = np.random.default_rng(1)
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("reference.bin")
    with out.open("wb") as file:
        for name in FORMATS:
            kind = gguf.GGMLQuantizationType[name]
            blocks = blocks_of(name, rng)
            with np.errstate(all="ignore"):
                values = gguf.quants.dequantize(blocks, kind).astype(np.float32)
            file.write(np.array([kind, len(blocks)], np.uint32).tobytes() + blocks.tobytes() + values.tobytes())


main()
