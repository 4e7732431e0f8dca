# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real models on real text against float32 transformers, beside llama.cpp on the same tokens: mean KL at most 1.1 x llama.cpp's, the
best token the same as often, less a point. KL is exact over the 512 likeliest tokens that were recorded, the rest counts as one."""
import json

import numpy as np

import programs
from cases import case, expect

FOLDER = programs.DATA / "real"
PEERS = json.loads((FOLDER / "llama.cpp.json").read_text())
SLACK, TOP1_SLACK, KL_F32, KL_DECODE, KL_BF16 = 1.1, 0.01, 1e-5, 2e-5, 4e-4
KL_CACHE = {"bf16": 1e-4, "q8_0": 1.2e-3}  # twice what simulations gave


def compare(reference, got):
    """(KL, same best token) of every position."""
    kl, same = np.empty(len(got)), np.empty(len(got), bool)
    for i, row in enumerate(got):
        q = row.astype(np.float64)
        largest = q.max()
        q -= largest + np.log(np.exp(q - largest).sum())
        lp, lq = reference["logits"][i] - reference["lse"][i], q[reference["top"][i]]
        rest, other = max(1 - np.exp(lp).sum(), 1e-12), max(1 - np.exp(lq).sum(), 1e-12)
        kl[i] = (np.exp(lp) * (lp - lq)).sum() + rest * np.log(rest / other)
        same[i] = row.argmax() == reference["argmax"][i]
    return kl, same


def check(name, compile_options, run_options, kl_most, top1_least):
    reference = dict(np.load(FOLDER / f"{name}.npz"))
    prompts = [ids.tolist() for ids in np.split(reference["ids"], np.cumsum(reference["lengths"])[:-1])]
    got = programs.logits(programs.real_model(name), prompts, compile_options, run_options)
    expect(got.shape[1] == PEERS[name]["vocabulary"], f"{got.shape[1]} logits a position, expected {PEERS[name]['vocabulary']}")
    kl, same = compare(reference, got)
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
