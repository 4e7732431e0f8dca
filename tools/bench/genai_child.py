# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs inside OpenVINO's own Python environment: loads a model once, then answers one line of JSON to each line of JSON,
{"kind": "prefill" | "decode", "tokens": N}. It stays loaded between samples, because loading takes it many seconds."""
import json
import os
import sys


def main():
    model, threads, precision = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import openvino
    import openvino_genai

    scheduler = openvino_genai.SchedulerConfig()
    scheduler.enable_prefix_caching = False  # else the same prompt again costs nothing
    options = {"INFERENCE_NUM_THREADS": threads, "scheduler_config": scheduler}
    if precision:
        options["INFERENCE_PRECISION_HINT"] = precision
    pipeline = openvino_genai.LLMPipeline(model, "CPU", **options)
    print(json.dumps({"ready": True, "version": openvino_genai.__version__}), file=answers, flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        decoding = wanted["kind"] == "decode"
        count = 1 if decoding else wanted["tokens"]
        random, ids = 1, []
        for _ in range(count):
            random = (random * 1664525 + 1013904223) & 0xffffffff
            ids.append(3 + (random >> 8) % 1000)
        config = openvino_genai.GenerationConfig()
        config.max_new_tokens = wanted["tokens"] + 1 if decoding else 1
        config.ignore_eos, config.do_sample = True, False
        import numpy
        inputs = openvino_genai.TokenizedInputs(openvino.Tensor(numpy.array([ids], dtype=numpy.int64)),
                                                openvino.Tensor(numpy.ones((1, count), dtype=numpy.int64)))
        result = pipeline.generate(inputs, config)
        metrics, tokens = result.perf_metrics, list(result.tokens[0])
        answer = {"tokens": len(tokens)}
        if decoding:
            durations = list(metrics.raw_metrics.m_durations)  # microseconds, one a token; the first is the prompt's
            answer |= {"rate": 1e3 / metrics.get_tpot().mean, "longest_ms": max(durations[1:], default=0) / 1e3}
        else:
            answer["rate"] = count * 1e3 / metrics.get_ttft().mean
        print(json.dumps(answer), file=answers, flush=True)


main()
