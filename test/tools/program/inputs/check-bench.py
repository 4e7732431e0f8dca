#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-bench.py FILE   checks that the JSON of --bench has every figure that scripts read."""
import json
import sys

bench = json.load(open(sys.argv[1]))
assert bench["threads"] == 2 and bench["prefill_tokens"] == 16 and bench["decode_tokens"] == 8 and bench["repeats"] == 1
assert list(bench["by_threads"]) == ["2"]
for figures in (bench, *bench["by_threads"].values()):
    for name in ("prefill", "decode", "read_gbs", "int8_gops", "decode_longest_ms", "prefill_percent_of_peak", "decode_percent_of_read_bandwidth"):
        assert figures[name] > 0, name
assert bench["prefill"] == bench["by_threads"]["2"]["prefill"]
assert bench["past_tokens"] == 0 and bench["decode_bytes_per_token"] > 0 and bench["prefill_operations"] > 0
assert len(bench["generated_hash"]) == 8
for plan in ("reading", "generating"):
    assert any(name.startswith("matmul_") and kernel["us"] > 0 and kernel["percent_of_limit"] > 0 for name, kernel in bench["roofline"][plan].items()), plan
