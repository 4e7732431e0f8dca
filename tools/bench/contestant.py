# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What every engine has in common: it is prepared once, says what it cannot do, and gives one sample of a task at a time."""
from .process import Failure


class Contestant:
    name = ""

    def prepare(self):
        """Builds or installs what is missing; raises Failure where that does not work."""

    def refusal(self, task):
        """Why it cannot do the task; None: it can."""
        return None

    def settings(self, task):
        """The settings worth trying; of several, the best one counts."""
        return [""]

    def open(self, task):
        """Before the first sample: whatever need not be repeated."""

    def sample(self, task, setting):
        """{"rate": tokens/s, "tokens": how many they were, "hash": of the tokens, where it tells}; other figures may be beside them."""
        raise NotImplementedError

    def logits(self, task, setting, tokens, out):
        """Writes the logits of the prompts in `tokens` to `out`: float32, a row a token; of a row that decodes, fed one by one."""
        raise Refused("it gives no logits")

    def close(self):
        """After the last."""


class Refused(Failure):
    """A task that turns out to be impossible when it is tried."""
