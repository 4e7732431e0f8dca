#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-inspect.py   checks that the JSON of `ingot inspect` on its input has what scripts read."""
import json
import sys

shown = json.load(sys.stdin)
assert shown["kind"] == "gguf" and shown["version"] == 3
values = {entry["key"]: entry.get("value") for entry in shown["metadata"]}
assert values["general.architecture"] == "llama" and values["llama.block_count"] == 1
tensors = {tensor["name"]: tensor for tensor in shown["tensors"]}
assert len(tensors) == 11 and all(tensor["supported"] and tensor["fate"] for tensor in tensors.values())
assert tensors["blk.0.attn_q.weight"]["shape"] == [256, 256] and tensors["blk.0.attn_q.weight"]["format"] == "Q4_K"
assert tensors["blk.0.attn_norm.weight"]["fate"] == "a vector, kept as it is"
assert sum(entry["tensors"] for entry in shown["formats"]) == len(tensors)
