# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models of every family and format against float32 transformers: read, decoded and continued greedily."""
import conformance_models
import divergence
import programs
from cases import case, expect


def each(name, **options):
    def add(function):
        for model in conformance_models.ALL:
            case(f"conformance {model.name} {name}", model, **options)(function)
        return function
    return add


@each("q8")
def read_as_it_is(model):
    return divergence.check(model.reference, programs.logits(model.path, model.prompts), "q8", model.noise)


@each("f32")
def read_exactly(model):
    return divergence.check(model.reference, programs.logits(model.path, model.prompts, ("--activations", "f32")), "f32")


@each("decode")
def decode(model):
    got = programs.logits(model.path, model.prompts, run_options=("--decode",))
    said = divergence.check(model.reference, got, "q8", model.noise)
    kl = divergence.kl_rows(model.reference, got).mean()
    expect(kl <= 2e-5, f"generated tokens carry 15 bits, yet mean KL is {kl:.1e}, at most 2e-5")
    return said


def first_difference(wanted, margins, got):
    """The step at which the continuation leaves the reference's, or None. A step whose reference margin is small may go either way,
    and nothing after it is compared."""
    for step, (want, margin) in enumerate(zip(wanted, margins)):
        if step >= len(got) or got[step] != want:
            return None if margin <= divergence.MARGIN else step
    return None


# Through `ingot generate`, which compiles into the cache: the command that users have.
for model in conformance_models.ALL:
    if model.continuations:
        @case(f"conformance {model.name} continues", model)
        def continues(model):
            count = len(model.continuations[0][1])
            out = programs.new_path("out.txt")
            ids = programs.write_prompts(programs.new_path("ids.txt"), [ids for ids, _, _ in model.continuations])
            programs.run(programs.TOOLS / "ingot", "generate", model.path, "--tokens", ids, "-n", count, "--out", out)
            lines = [[int(word) for word in line.split()] for line in out.read_text().splitlines()]
            expect(len(lines) == len(model.continuations), f"{len(lines)} lines for {len(model.continuations)} prompts")
            for (ids, wanted, margins), got in zip(model.continuations, lines):
                expect(len(got) == count, f"{len(got)} ids, expected {count}")
                step = first_difference(wanted, margins, got)
                expect(step is None, f"the prompt of {len(ids)} tokens continues with {got}, expected {wanted}")
