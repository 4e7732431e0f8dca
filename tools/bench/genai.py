# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""OpenVINO GenAI, from its wheels on PyPI in an environment of its own."""
import json
import subprocess
import sys

from .contestant import Contestant, Refused
from .process import STORE, run, step

PACKAGE = "openvino-genai==2026.4.1.0"
CHILD = __file__.replace("genai.py", "genai_child.py")


class OpenVino(Contestant):
    name = "OpenVINO GenAI"

    def __init__(self):
        self.folder = STORE / "peers" / PACKAGE.replace("==", "-")
        self.python = self.folder / "venv" / "bin" / "python"
        self.log = self.folder / "last.log"
        self.children = {}

    def prepare(self):
        mark = self.folder / "complete"
        if mark.exists():
            return
        step(f"installing {PACKAGE}")
        self.folder.mkdir(parents=True, exist_ok=True)
        run(sys.executable, "-m", "venv", "--clear", self.folder / "venv")
        run(self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PACKAGE)
        mark.touch()

    def refusal(self, task):
        row = task.row
        if row.kind not in ("prefill", "decode"):
            return f"'{row.kind}' is not asked of it"
        if row.target:
            return "not to be had for x86-64-v3"
        if row.past or row.cache:
            return "it has no way to start after a filled cache"
        if task.model.name == "gemma":
            return "it reads no gemma3 from GGUF"
        if task.model.kind == "bf16":
            return "it reads no BF16 from GGUF"
        return None

    def settings(self, task):
        return [""] if task.model.name.startswith("7b") else ["", "f32"]  # its own choice of precision is bf16 where dot products are

    def open(self, task):
        for setting in self.settings(task):
            command = [self.python, CHILD, task.model.path(), task.threads, setting]
            with open(self.log, "w") as errors:
                child = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                         text=True)
            self.children[setting] = child
            if not child.stdout.readline():
                self.close()
                raise Refused("it cannot load the model", *self.last_words())

    def last_words(self):
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1:]

    def sample(self, task, setting):
        child = self.children[setting]
        try:
            child.stdin.write(json.dumps({"kind": task.row.kind, "tokens": task.row.tokens}) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Refused("it ended in the middle", *self.last_words())
        answer = json.loads(line)
        if task.row.kind == "prefill":
            answer["tokens"] = task.row.tokens
        else:
            answer["tokens"] -= 1  # the first one came from the prompt
        return answer

    def close(self):
        for child in self.children.values():
            try:
                child.stdin.close()
            except BrokenPipeError:
                pass  # it is gone already
            child.wait()
        self.children = {}
