# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random blocks of each format, the same ones for the same seed: symmetric around nought with the spread asked for, so that a model
of them keeps its activations finite and its logits sane. Blocks are made as bytes, column by column of many blocks at once: random
bits are random weights, only scales are put in their places."""
import random
import statistics
import struct

CHUNK_BLOCKS = 1 << 15  # made at a time


def half(value):
    return struct.pack("<e", value)


def put(blocks, size, at, value):
    """The bytes `value` at offset `at` of every block."""
    for index, byte in enumerate(value):
        blocks[at + index::size] = bytes([byte]) * (len(blocks) // size)


# Of 16 nibbles the lowest becomes the middle one, so that -7 … 7 remain: without it every weight leans to one side by half a step,
# and what leans grows from layer to layer.
CENTRED = bytes((low or 8) | (high or 8) << 4 for high in range(16) for low in range(16))
BOTH_NIBBLES = bytes((x & 15) * 17 for x in range(256))


def q4_0(source, count, spread):
    blocks = bytearray(source.randbytes(count * 18).translate(CENTRED))
    put(blocks, 18, 0, half(spread / 4.18))
    return blocks


def q8_0(source, count, spread):
    blocks = bytearray(source.randbytes(count * 34))
    put(blocks, 34, 0, half(spread / 73.9))
    return blocks


def q4_k(source, count, spread):
    """d, dmin, 8 scales and 8 minima of 6 bits, 256 nibbles: d · scale · nibble - dmin · minimum, the minima equal to the scales and
    dmin 7.5 times d, which centres each run of 32."""
    blocks = bytearray(source.randbytes(count * 144))
    step = spread / 168.3
    put(blocks, 144, 0, half(step) + half(7.5 * step))
    for index in range(4):
        blocks[8 + index::144] = blocks[4 + index::144]
        blocks[12 + index::144] = bytes(blocks[12 + index::144]).translate(BOTH_NIBBLES)
    return blocks


def q6_k(source, count, spread):
    blocks = bytearray(source.randbytes(count * 210))
    put(blocks, 210, 208, half(spread / 1366))
    return blocks


# The 256 quantiles of a normal distribution: a random byte picks one.
QUANTILES = [statistics.NormalDist().inv_cdf((index + 0.5) / 256) for index in range(256)]


def bf16(source, count, spread):
    bits = [struct.unpack("<I", struct.pack("<f", spread * value))[0] >> 16 for value in QUANTILES]
    picks, values = source.randbytes(count), bytearray(2 * count)
    values[0::2] = picks.translate(bytes(value & 255 for value in bits))
    values[1::2] = picks.translate(bytes(value >> 8 for value in bits))
    return values


# Name: (number in GGUF, elements of a block, its bytes, maker)
FORMATS = {"Q4_0": (2, 32, 18, q4_0), "Q8_0": (8, 32, 34, q8_0), "Q4_K": (12, 256, 144, q4_k), "Q6_K": (14, 256, 210, q6_k),
           "BF16": (30, 1, 2, bf16)}


def tensor_bytes(name, elements):
    _, per_block, size, _ = FORMATS[name]
    assert elements % per_block == 0, f"{elements} weights are no whole blocks of {name}"
    return elements // per_block * size


def chunks(name, elements, spread, seed):
    """The bytes of a tensor, some megabytes at a time."""
    _, per_block, _, make = FORMATS[name]
    source, left = random.Random(seed), elements // per_block
    at_once = max(CHUNK_BLOCKS, (1 << 20) // per_block)
    while left:
        count = min(left, at_once)
        yield make(source, count, spread)
        left -= count
