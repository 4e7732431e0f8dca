# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models of odd shapes with random weights, written as GGUF files: what no recorded model has. The same seed gives the same file.

Weights are drawn so that every part matters: scores differ enough for attention to choose, and logits have a deviation of about 1."""
import dataclasses
import itertools
import zlib

import gguf
import numpy as np

FLOATS = ("F32", "F16", "BF16")
BLOCKS_OF_32 = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
BLOCKS_OF_256 = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")
# Where a block of 256 keeps its scale and, if it has one, the scale of its minima; and what the latter must be to centre the numbers.
SCALE_AT = {"Q2_K": (80, 82, 1.5), "Q3_K": (108, None, 0), "Q4_K": (0, 2, 7.5), "Q5_K": (0, 2, 15.5), "Q6_K": (208, None, 0)}


@dataclasses.dataclass
class Shape:
    name: str
    family: str = "llama"
    layers: int = 1
    embedding: int = 96
    feed_forward: int = 96
    heads: int = 1
    kv_heads: int = 1
    width: int = 32            # of a head
    vocabulary: int = 33
    formats: tuple = ("F32",)  # of the matrices, in turn; a row that a format cannot hold takes the next one that can
    tied: bool = True
    rotated: int | None = None  # rope.dimension_count, where it is not the head's width
    rope_freqs: bool = False
    rope_factor: float | None = None
    window: int = 17           # gemma3 alone
    period: int | None = None


def holds(name, columns):
    return columns % (256 if name in BLOCKS_OF_256 else 32 if name in BLOCKS_OF_32 else 1) == 0


def quantised(name, rows, columns, deviation, random):
    """[rows, bytes of a row] in the format, of numbers with this deviation."""
    kind = gguf.GGMLQuantizationType[name]
    if name not in BLOCKS_OF_256:
        return gguf.quants.quantize((random.standard_normal((rows, columns)) * deviation).astype(np.float32), kind)
    # The package can only decode these: random codes, and scales that give the deviation.
    blocks = random.integers(0, 256, (rows * columns // 256, gguf.GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
    scale_at, minimum_at, centre = SCALE_AT[name]

    def put(scales):
        blocks[:, scale_at:scale_at + 2] = scales.astype("<f2").reshape(-1, 1).view(np.uint8)
        if minimum_at is not None:
            blocks[:, minimum_at:minimum_at + 2] = (scales * centre).astype("<f2").reshape(-1, 1).view(np.uint8)

    put(np.ones(len(blocks)))
    put(deviation / gguf.quants.dequantize(blocks, kind).std() * random.uniform(0.7, 1.3, len(blocks)))
    return blocks.reshape(rows, -1)


class Writer:
    def __init__(self, path, shape):
        self.out, self.shape = gguf.GGUFWriter(path, shape.family), shape
        self.random = np.random.default_rng(zlib.crc32(shape.name.encode()))
        self.formats = itertools.cycle(shape.formats)

    def matrix(self, name, rows, columns, gain=1.0):
        fitting = (f for f in itertools.chain(itertools.islice(self.formats, len(self.shape.formats)), ("F16",)) if holds(f, columns))
        chosen = next(fitting)
        data = quantised(chosen, rows, columns, gain / np.sqrt(columns), self.random)
        self.out.add_tensor(name + ".weight", data, raw_dtype=gguf.GGMLQuantizationType[chosen])

    def vector(self, name, length, low=0.5, high=1.5):
        self.out.add_tensor(name + ".weight", self.random.uniform(low, high, length).astype(np.float32))


def settings(out, shape):
    out.add_context_length(256)
    out.add_embedding_length(shape.embedding)
    out.add_block_count(shape.layers)
    out.add_feed_forward_length(shape.feed_forward)
    out.add_head_count(shape.heads)
    out.add_head_count_kv(shape.kv_heads)
    out.add_key_length(shape.width)
    out.add_value_length(shape.width)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(shape.rotated or shape.width)
    out.add_rope_freq_base(10000.0)
    if shape.rope_factor:
        out.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        out.add_rope_scaling_factor(shape.rope_factor)
    if shape.family == "gemma3":
        out.add_sliding_window(shape.window)
        if shape.period:
            out.add_uint32("gemma3.attention.sliding_window_pattern", shape.period)


def vocabulary(out, size):
    """Every file must have one; no text goes through it here."""
    out.add_tokenizer_model("llama")
    out.add_token_list(["<unk>", "<s>", "</s>", *(f"t{i}" for i in range(3, size))])
    out.add_token_scores([-float(i) for i in range(size)])
    out.add_token_types([gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.NORMAL] * (size - 3))
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_unk_token_id(0)


def write(path, shape):
    writer = Writer(path, shape)
    settings(writer.out, shape)
    vocabulary(writer.out, shape.vocabulary)
    gemma = shape.family == "gemma3"
    embedding, attended = shape.embedding, shape.heads * shape.width
    # Gemma multiplies its embedding by √embedding; llama's has a deviation of 1 itself. Tied, it is the output matrix as well.
    writer.matrix("token_embd", shape.vocabulary, embedding, 1.0 if gemma or shape.tied else np.sqrt(embedding))
    writer.vector("output_norm", embedding)
    if not shape.tied:
        writer.matrix("output", shape.vocabulary, embedding)
    if shape.rope_freqs:
        writer.vector("rope_freqs", (shape.rotated or shape.width) // 2, 1.0, 8.0)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        writer.vector(block + "attn_norm", embedding)
        writer.matrix(block + "attn_q", attended, embedding, 1.5)
        writer.matrix(block + "attn_k", shape.kv_heads * shape.width, embedding, 1.5)
        writer.matrix(block + "attn_v", shape.kv_heads * shape.width, embedding)
        writer.matrix(block + "attn_output", embedding, attended)
        writer.vector(block + "ffn_norm", embedding)
        writer.matrix(block + "ffn_gate", shape.feed_forward, embedding)
        writer.matrix(block + "ffn_up", shape.feed_forward, embedding)
        writer.matrix(block + "ffn_down", embedding, shape.feed_forward)
        if gemma:
            writer.vector(block + "attn_q_norm", shape.width, 0.8, 1.6)
            writer.vector(block + "attn_k_norm", shape.width, 0.8, 1.6)
            writer.vector(block + "post_attention_norm", embedding, 0.2, 0.8)
            writer.vector(block + "post_ffw_norm", embedding, 0.2, 0.8)
    writer.out.write_header_to_file()
    writer.out.write_kv_data_to_file()
    writer.out.write_tensors_to_file()
    writer.out.close()
    return path


CHOSEN = [
    Shape("f32", embedding=96, feed_forward=96, heads=1, width=32, vocabulary=33, formats=("F32",)),
    Shape("f16", layers=2, embedding=160, feed_forward=352, heads=3, width=48, vocabulary=100, formats=("F16",), tied=False),
    Shape("bf16", layers=3, embedding=288, feed_forward=96, heads=5, width=64, vocabulary=257, formats=("BF16",)),
    Shape("q4_0", embedding=96, feed_forward=352, heads=1, width=96, vocabulary=257, formats=("Q4_0",)),
    Shape("q4_1", layers=2, embedding=160, feed_forward=96, heads=3, width=128, vocabulary=33, formats=("Q4_1",), tied=False),
    Shape("q5_0", embedding=288, feed_forward=352, heads=5, width=32, vocabulary=100, formats=("Q5_0",)),
    Shape("q5_1", layers=2, embedding=160, feed_forward=96, heads=1, width=256, vocabulary=257, formats=("Q5_1",)),
    Shape("q8_0", layers=3, embedding=96, feed_forward=352, heads=3, width=64, vocabulary=33, formats=("Q8_0",), tied=False),
    Shape("q2_k", embedding=256, feed_forward=512, heads=1, width=256, vocabulary=257, formats=("Q2_K",)),
    Shape("q3_k", embedding=512, feed_forward=256, heads=4, kv_heads=2, width=64, vocabulary=100, formats=("Q3_K",), tied=False),
    Shape("q4_k", layers=2, embedding=256, feed_forward=256, heads=2, width=128, vocabulary=33, formats=("Q4_K",)),
    Shape("q5_k", embedding=256, feed_forward=768, heads=8, kv_heads=8, width=32, vocabulary=257, formats=("Q5_K",), tied=False),
    Shape("q6_k", embedding=256, feed_forward=256, heads=16, width=48, vocabulary=100, formats=("Q6_K",)),
    Shape("mixed", layers=3, embedding=256, feed_forward=512, heads=4, kv_heads=2, width=64, vocabulary=257,
          formats=("Q8_0", "Q6_K", "Q4_K", "F16", "Q5_0", "Q4_1", "Q3_K", "BF16", "Q5_1", "Q2_K", "F32", "Q5_K", "Q4_0"), tied=False),
    Shape("mixed-32", layers=2, embedding=160, feed_forward=352, heads=3, width=96, vocabulary=33,
          formats=("Q5_1", "F32", "Q4_0", "BF16", "Q4_1", "Q8_0", "F16", "Q5_0")),
    Shape("rope-part", layers=2, heads=3, width=64, rotated=32, formats=("Q8_0",), vocabulary=100),
    Shape("rope-part-48", heads=5, width=96, rotated=6, formats=("F16",), tied=False),
    Shape("rope-freqs", layers=2, heads=3, width=64, rope_freqs=True, formats=("BF16",)),
    Shape("rope-linear", heads=1, width=128, rope_factor=4.0, formats=("Q5_0",)),
    Shape("gemma-w1", "gemma3", layers=2, heads=3, width=48, window=1, period=2, formats=("BF16",), vocabulary=100),
    Shape("gemma-w3", "gemma3", layers=3, embedding=160, heads=1, width=256, window=3, period=2, formats=("Q5_0", "Q8_0"), vocabulary=257),
    Shape("gemma-w16", "gemma3", layers=3, embedding=288, feed_forward=352, heads=5, width=64, window=16, formats=("Q4_0",), vocabulary=33),
    Shape("gemma-w17", "gemma3", layers=2, embedding=256, feed_forward=256, heads=4, kv_heads=2, width=64, window=17, period=2,
          formats=("Q8_0", "Q4_K", "Q5_0", "Q6_K"), vocabulary=257, tied=False, rope_factor=8.0),
    Shape("gemma-part", "gemma3", layers=2, heads=3, width=128, rotated=64, window=40, period=1, formats=("F32",)),
]


def drawn(number):
    """One more model, all of it drawn from its number."""
    random = np.random.default_rng(number)
    def one_of(*values):
        return values[random.integers(len(values))]
    large = number % 2 == 0
    heads, kv_heads = one_of((1, 1), (3, 1), (5, 1), (4, 2), (8, 8))
    width = one_of(32, 48, 64, 96, 128, 256)
    names = (*FLOATS, *BLOCKS_OF_32, *(BLOCKS_OF_256 if large else ()))
    return Shape(f"drawn-{number}", one_of("llama", "gemma3"), int(random.integers(1, 4)), one_of(256, 512) if large else one_of(96, 160, 288),
                 one_of(256, 512) if large else one_of(96, 352), heads, kv_heads, width, one_of(33, 100, 257),
                 tuple(names[i] for i in random.permutation(len(names))[:1 + number % 5]), bool(random.integers(2)),
                 one_of(None, None, width // 2), False, one_of(None, 2.0), one_of(1, 3, 16, 17), one_of(None, 2))
