#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""terminal.py COMMAND... -- STEP...   runs the command at a pseudo-terminal, step by step, and prints what it wrote.
  wait TEXT   until it has written TEXT since the last step      bytes N   until it has written N bytes since the last step
  type TEXT   a line                                            press C   the control character of a letter
  exit CODE   until it has ended with CODE"""
import os
import pty
import select
import sys
import time

split = sys.argv.index("--")
command, steps = sys.argv[1:split], sys.argv[split + 1:]
process, terminal = pty.fork()
if process == 0:
    os.execv(command[0], command)
deadline = time.monotonic() + 60
transcript = pending = b""


def read_more():
    """-> whether the program still has its terminal"""
    global transcript, pending
    if time.monotonic() > deadline:
        print(transcript[-2000:].decode(errors="replace"))
        os.kill(process, 9)
        sys.exit("terminal.py: error: nothing came for a minute")
    if not select.select([terminal], [], [], 0.2)[0]:
        return True
    try:
        more = os.read(terminal, 4096)
    except OSError:
        return False
    transcript, pending = transcript + more, pending + more
    return bool(more)


for step in steps:
    verb, _, text = step.partition(" ")
    if verb in ("wait", "bytes"):
        while (text.encode() not in pending) if verb == "wait" else len(pending) < int(text):
            if not read_more():
                sys.exit(f"terminal.py: error: the program ended before '{step}'")
        pending = pending.partition(text.encode())[2] if verb == "wait" else b""
    elif verb == "type":
        os.write(terminal, text.encode() + b"\n")
    elif verb == "press":
        os.write(terminal, bytes([ord(text) - ord("A") + 1]))
    elif verb == "exit":
        while read_more():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        transcript += f"\nexit {status}\n".encode()
        if status != int(text):
            print(transcript[-2000:].decode(errors="replace"))
            sys.exit(f"terminal.py: error: exit code {status}, expected {text}")
print(transcript.decode(errors="replace").replace("\r", ""))
