# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Running commands, and saying what went wrong."""
import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORE = (ROOT / ".ingot").resolve()  # where it is a link: the compilers of the peers' builds see one path


class Failure(Exception):
    """What went wrong, and notes on the remedy."""

    def __init__(self, what, *notes):
        super().__init__(what)
        self.notes = notes


def step(what):
    print(f"==> {what}", file=sys.stderr, flush=True)


def run(*command, quiet=False, both=False, **more):
    """Runs a command to its end and returns what it printed on standard output, with `both` on standard error, too."""
    words = [str(word) for word in command]
    errors = subprocess.STDOUT if both else subprocess.PIPE if quiet else None
    done = subprocess.run(words, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, **more)
    if done.returncode:
        end = f"signal {signal.Signals(-done.returncode).name}" if done.returncode < 0 else f"status {done.returncode}"
        said = ((done.stdout if both else done.stderr) or "").strip().splitlines()[-3:]
        raise Failure(f"{pathlib.PurePath(words[0]).name} ended with {end}", *said)
    return done.stdout


@contextlib.contextmanager
def lock(path):
    """Holds a file's lock, so that several runs on one machine measure in turns; None: nothing to wait for."""
    if path is None:
        yield
        return
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def busy_neighbour():
    """Another process that computes without end on the last of our processors."""
    processor = max(os.sched_getaffinity(0))
    spin = f"import os; os.sched_setaffinity(0, [{processor}])\nwhile True: pass"
    child = subprocess.Popen([sys.executable, "-c", spin])
    try:
        yield
    finally:
        child.kill()
        child.wait()


def main_of(name, main):
    """Runs a script's main function; failures end it in the form of all our messages."""
    try:
        main()
    except Failure as failure:
        print(f"{name}: error: {failure}", *(f"note: {note}" for note in failure.notes), sep="\n", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
