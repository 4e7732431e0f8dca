# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GGUF files of well-known shapes with random weights: speed depends on shapes and formats, and no one has to download gigabytes.
The mix of formats in a file is the one that llama.cpp's quantiser chooses. Written tensor by tensor: nothing is held in memory."""
import collections
import os
import struct
import sys

from . import random_weights

Shape = collections.namedtuple("Shape", "title width layers hidden heads kv_heads vocabulary context rope_base tied")
SHAPES = {
    "1b": Shape("Llama-3.2-1B shape", 2048, 16, 8192, 32, 8, 128256, 131072, 5e5, True),
    "7b": Shape("Mistral-7B shape", 4096, 32, 14336, 32, 8, 32768, 32768, 1e6, False),
}
# Bare: for the tests of the maker itself.
SHAPES["tiny"] = Shape("tiny shape", 256, 2, 512, 4, 2, 512, 2048, 1e4, True)
FORMATS = ("q4_0", "q4_k_m", "q8_0", "bf16")
ALIGNMENT = 32


def more_bits(layer, layers):
    """The layers whose attn_v and ffn_down a Q4_K_M file holds in Q6_K: the first and the last eighth, and every third between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def tensor_format(name, layer, shape, kind):
    """The block format of a weight in a file of this kind."""
    if kind in ("q8_0", "bf16"):
        return kind.upper()
    if name == "output" or (name == "token_embd" and shape.tied):
        return "Q6_K"
    if kind == "q4_0":
        return "Q4_0"
    return "Q6_K" if name in ("attn_v", "ffn_down") and more_bits(layer, shape.layers) else "Q4_K"


def weights(shape):
    """(name, layer or None, rows, columns) of every matrix, (name, layer, None, columns) of every norm; in file order."""
    head = shape.width // shape.heads
    yield "token_embd", None, shape.vocabulary, shape.width
    for layer in range(shape.layers):
        yield "attn_norm", layer, None, shape.width
        yield "attn_q", layer, shape.width, shape.width
        yield "attn_k", layer, shape.kv_heads * head, shape.width
        yield "attn_v", layer, shape.kv_heads * head, shape.width
        yield "attn_output", layer, shape.width, shape.width
        yield "ffn_norm", layer, None, shape.width
        yield "ffn_gate", layer, shape.hidden, shape.width
        yield "ffn_up", layer, shape.hidden, shape.width
        yield "ffn_down", layer, shape.width, shape.hidden
    yield "output_norm", None, None, shape.width
    if not shape.tied:
        yield "output", None, shape.vocabulary, shape.width


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def array(code, count, data):
    return struct.pack("<IIQ", 9, code, count) + data


def tokens(count):
    """(text, kind) of a byte-level vocabulary: an end, all bytes in the letters that GPT-2 gave them, the one merge that a tokeniser
    must have, then words that no merge makes. OpenVINO reads no other kind of vocabulary from GGUF."""
    printable = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + index) for index, byte in enumerate(others)}
    yield "<|end|>", 3
    for byte in range(256):
        yield letters[byte], 1
    yield MERGE.replace(" ", ""), 1
    for index in range(count - 258):
        yield f"w{index}", 1


MERGE = "\u0120 t"  # a blank and a t


def metadata(shape, kind):
    def integer(value):
        return struct.pack("<II", 4, value)

    def real(value):
        return struct.pack("<If", 6, value)

    def string(value):
        return struct.pack("<I", 8) + text(value)

    vocabulary = list(tokens(shape.vocabulary))
    return {
        "general.architecture": string("llama"),
        "general.name": string(f"{shape.title}, random weights, {kind.upper()}"),
        "general.file_type": integer({"q4_0": 2, "q8_0": 7, "q4_k_m": 15, "bf16": 32}[kind]),
        "general.quantization_version": integer(2),
        "llama.context_length": integer(shape.context),
        "llama.embedding_length": integer(shape.width),
        "llama.block_count": integer(shape.layers),
        "llama.feed_forward_length": integer(shape.hidden),
        "llama.attention.head_count": integer(shape.heads),
        "llama.attention.head_count_kv": integer(shape.kv_heads),
        "llama.attention.layer_norm_rms_epsilon": real(1e-5),
        "llama.rope.freq_base": real(shape.rope_base),
        "llama.rope.dimension_count": integer(shape.width // shape.heads),
        "llama.vocab_size": integer(shape.vocabulary),
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.pre": string("smollm"),
        "tokenizer.ggml.tokens": array(8, len(vocabulary), b"".join(text(word) for word, _ in vocabulary)),
        "tokenizer.ggml.token_type": array(5, len(vocabulary), struct.pack(f"<{len(vocabulary)}i", *(kind for _, kind in vocabulary))),
        "tokenizer.ggml.merges": array(8, 1, text(MERGE)),
        "tokenizer.ggml.bos_token_id": integer(0),
        "tokenizer.ggml.eos_token_id": integer(0),
        "tokenizer.ggml.add_bos_token": struct.pack("<IB", 7, 0),
    }


def aligned(size):
    return -size % ALIGNMENT


def size(shape_name, kind):
    """Bytes of the weights."""
    shape = SHAPES[shape_name]
    return sum(4 * columns if rows is None else random_weights.tensor_bytes(tensor_format(name, layer, shape, kind), rows * columns)
               for name, layer, rows, columns in weights(shape))


def make(path, shape_name, kind, progress=None):
    """Writes the file, under another name until it is whole."""
    shape = SHAPES[shape_name]
    pairs = metadata(shape, kind)
    infos, plan, offset = [], [], 0
    for name, layer, rows, columns in weights(shape):
        full = (f"blk.{layer}." if layer is not None else "") + name + ".weight"
        form = "F32" if rows is None else tensor_format(name, layer, shape, kind)
        code = 0 if rows is None else random_weights.FORMATS[form][0]
        size = 4 * columns if rows is None else random_weights.tensor_bytes(form, rows * columns)
        sides = [columns] if rows is None else [columns, rows]
        infos.append(text(full) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, code, offset))
        plan.append((full, form, rows, columns, size))
        offset += size + aligned(size)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(pairs))
    head += b"".join(text(key) + value for key, value in pairs.items()) + b"".join(infos)
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        file.write(head + bytes(aligned(len(head))))
        for number, (full, form, rows, columns, size) in enumerate(plan):
            if rows is None:
                file.write(struct.pack("<f", 1) * columns)
            else:
                # What a row's product with unit inputs spreads to is 1.
                for chunk in random_weights.chunks(form, rows * columns, columns ** -0.5, f"{shape_name} {kind} {full}"):
                    file.write(chunk)
            file.write(bytes(aligned(size)))
            if progress:
                progress((number + 1) / len(plan))
    os.replace(partial, path)


def show(share):
    if sys.stderr.isatty():
        print(f"\r{share:4.0%}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)
