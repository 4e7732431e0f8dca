# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of odd shapes and every format against the naive oracle, which is itself held to the recorded references and to the gguf
package's decoding first."""
import functools

import gguf
import numpy as np

import conformance_models
import divergence
import odd_models
import programs
from cases import case, expect

RELATIVE_ERROR_MOST, KL_DECODE_MOST = 1e-4, 2e-5
DRAWN, DRAWN_SLOW = range(1, 5), range(5, 41)
FORMATS = {*odd_models.FLOATS, *odd_models.BLOCKS_OF_32, *odd_models.BLOCKS_OF_256}


for model in conformance_models.ALL:
    @case(f"oracle agrees {model.name}", model)
    def agrees(model):
        return divergence.check(model.reference, programs.oracle(model.path, model.prompts), "f32")


@functools.lru_cache(None)
def model_file(shape_name):
    return odd_models.write(programs.new_path(f"{shape_name}.gguf"), SHAPES[shape_name])


def prompts_of(shape):
    random = np.random.default_rng(shape.vocabulary)
    return [random.integers(0, shape.vocabulary, length).tolist() for length in (1, 5, 70)]


@case("oracle decodes every format")
def decodes():
    seen = set()
    for shape in odd_models.CHOSEN:
        path = model_file(shape.name)
        for tensor in gguf.GGUFReader(path).tensors:
            wanted = gguf.quants.dequantize(tensor.data, tensor.tensor_type).ravel()
            got = np.frombuffer(programs.run(programs.TOOLS / "ingot-reference", path, "--decode", tensor.name), "<f4")
            expect(np.allclose(got, wanted, rtol=1e-6, atol=1e-9), f"{tensor.name} ({tensor.tensor_type.name}) of {shape.name}")
            seen.add(tensor.tensor_type.name)
    expect(seen == FORMATS, f"formats never seen: {FORMATS - seen}")
    return f"{len(seen)} formats"


def odd(name):
    shape = SHAPES[name]
    path, prompts = model_file(name), prompts_of(shape)
    truth = programs.oracle(path, prompts)
    exact = ("--activations", "f32")
    said = []
    for words in ((), ("--decode",)):
        error = divergence.relative_error(truth, programs.logits(path, prompts, exact, words))
        expect(error <= RELATIVE_ERROR_MOST, f"f32 {' '.join(words)} has an error of {error:.1e}, at most {RELATIVE_ERROR_MOST}")
        said.append(f"{error:.1e}")
    rounded = programs.logits(path, prompts)
    said.append(divergence.check(truth, rounded, "q8"))
    decoded = programs.logits(path, prompts, (), ("--decode",))
    kl = divergence.kl_rows(truth, decoded).mean()
    expect(kl <= KL_DECODE_MOST, f"--decode has a mean KL of {kl:.1e}, at most {KL_DECODE_MOST}")
    # The same bits, however it is cut and by however many.
    other = programs.logits(path, prompts, (), ("--threads", "3", "--batch", "7"))
    expect((other == rounded).all(), "other bits with --threads 3 --batch 7")
    other = programs.logits(path, prompts, (), ("--threads", "1", "--decode"))
    expect((other == decoded).all(), "other bits with --threads 1 --decode")
    return ", ".join(said)


SHAPES = {shape.name: shape for shape in odd_models.CHOSEN}
for shape in odd_models.CHOSEN:
    case(f"oracle odd {shape.name}", shape.name)(odd)
for number in (*DRAWN, *DRAWN_SLOW):
    shape = odd_models.drawn(number)
    SHAPES[shape.name] = shape
    case(f"oracle odd {shape.name}", shape.name, slow=number in DRAWN_SLOW)(odd)
