# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real models on real text against float32 transformers, beside llama.cpp on the same tokens: mean KL at most 1.1 x llama.cpp's, the
best token the same as often, less a point. KL is exact over the 512 likeliest tokens that were recorded, the rest counts as one."""
import json

import divergence
import programs
from cases import case, expect

FOLDER = programs.DATA / "real"
PEERS = json.loads((FOLDER / "llama.cpp.json").read_text())
SLACK, TOP1_SLACK, KL_F32, KL_DECODE, KL_BF16 = 1.1, 0.01, 1e-5, 2e-5, 4e-4
KL_CACHE = {"bf16": 1e-4, "q8_0": 1.2e-3}  # twice what simulations gave


def check(name, compile_options, run_options, kl_most, top1_least):
    reference, prompts = divergence.recorded(FOLDER / f"{name}.npz")
    got = programs.logits(programs.real_model(name), prompts, compile_options, run_options)
    expect(got.shape[1] == PEERS[name]["vocabulary"], f"{got.shape[1]} logits a position, expected {PEERS[name]['vocabulary']}")
    kl, same = divergence.from_likeliest(reference, got)
    said = f"mean KL {kl.mean():.2e} (at most {kl_most:.2e}), top-1 {same.mean():.3f} (at least {top1_least:.3f})"
    expect(kl.mean() <= kl_most and same.mean() >= top1_least, said)
    return said


for name, peer in PEERS.items():
    peer = peer["llama.cpp"]
    case(f"real {name} read", name, (), (), SLACK * peer["mean_kl"], peer["top1"] - TOP1_SLACK)(check)
    case(f"real {name} read bf16", name, ("--activations", "read:bf16"), (), KL_BF16, 0)(check)
    case(f"real {name} f32", name, ("--activations", "f32"), (), KL_F32, 0)(check)
    case(f"real {name} decode", name, (), ("--decode",), KL_DECODE, 0)(check)
    for cache, kl in KL_CACHE.items():
        case(f"real {name} decode cache {cache}", name, ("--cache", cache), ("--decode",), kl, 0)(check)
