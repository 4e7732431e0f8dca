# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How far logits are from their reference, and how far they may be. The bounds are of the recorded references' makers:
 - f32: mean KL at most 1e-5, and the best token agrees wherever the reference prefers it by more than 0.05;
 - q8 (a program compiled without --activations): mean KL of the best 95 % of positions at most max(1e-3, 4 x what int8 activations
   cost this model), of all at most 10 x that, the best token agrees in 97 %."""
import math

import numpy as np

from cases import expect

KL_F32, KL_Q8, NOISE_FACTOR, TRIM, WHOLE_FACTOR = 1e-5, 1e-3, 4.0, 0.05, 10
TOP1_Q8, MARGIN = 0.97, 0.05


def log_softmax(x):
    x = x.astype(np.float64)
    x -= x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def kl_rows(reference, got):
    """KL(reference || got) of each row, in nats."""
    p, q = log_softmax(reference), log_softmax(got)
    return (np.exp(p) * (p - q)).sum(-1)


def top1(reference, got):
    """Share of agreement on the best token, and of how many rows: those whose reference prefers it by more than MARGIN."""
    best = np.partition(reference, -2, axis=-1)[:, -2:]
    sure = best[:, 1] - best[:, 0] > MARGIN
    return (float((reference.argmax(-1) == got.argmax(-1))[sure].mean()) if sure.any() else 1.0), int(sure.sum())


def recorded(path):
    """(what was recorded of a real model, its texts as prompts of token ids)."""
    reference = dict(np.load(path))
    return reference, [ids.tolist() for ids in np.split(reference["ids"], np.cumsum(reference["lengths"])[:-1])]


def from_likeliest(reference, got):
    """(KL, same best token) of every position, where only the likeliest tokens were recorded; all others count as one."""
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


def check(reference, got, activations, noise=0.0):
    """Fails above the bounds. `noise` is the model's own mean KL with activations in int8."""
    expect(reference.shape == got.shape, f"logits of shape {got.shape}, expected {reference.shape}")
    kl = np.sort(kl_rows(reference, got))
    agreement, sure = top1(reference, got)
    if activations == "f32":
        limit, kept, least = KL_F32, kl.mean(), 1.0
        good = kept <= limit
    else:
        limit, least = max(KL_Q8, NOISE_FACTOR * noise), TOP1_Q8
        kept = kl[:max(1, math.ceil(len(kl) * (1 - TRIM)))].mean()
        good = kept <= limit and kl.mean() <= WHOLE_FACTOR * limit
    said = f"mean KL {kept:.1e} (at most {limit:.0e}), worst {kl[-1]:.1e}, top-1 {100 * agreement:.1f} % of {sure}"
    expect(good and agreement >= least, said)
    return said


def relative_error(reference, got):
    """The largest error of any logit, relative to the largest logit of its row."""
    expect(reference.shape == got.shape, f"logits of shape {got.shape}, expected {reference.shape}")
    return float((np.abs(got - reference).max(-1) / np.abs(reference).max(-1)).max())
