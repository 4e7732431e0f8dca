#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes CharacterClasses.inc: where the class of code points changes, by Unicode 15.1.

    pip install unicodedata2==15.1.0 && python3 make-character-classes.py > CharacterClasses.inc

15.1 because these are the letters and numbers that GGUF files' tokenisers were checked with."""
import unicodedata2

assert unicodedata2.unidata_version == "15.1.0", unicodedata2.unidata_version
LETTER, NUMBER, SPACE, PUNCTUATION, OTHER = 1, 2, 4, 8, 16
SPACES = {*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def classes(code):
    category = unicodedata2.category(chr(code))[0]
    return {"L": LETTER, "N": NUMBER, "P": PUNCTUATION}.get(category, 0) | (SPACE if code in SPACES else 0) or OTHER


print("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception")
print("// Made by make-character-classes.py from Unicode 15.1: code point << 8 | ingot_text_class, valid up to the next entry.")
entries, before = [], None
for code in range(0x110000):
    now = classes(code)
    if now != before:
        entries.append(f"0x{code << 8 | now:x},")
        before = now
for first in range(0, len(entries), 12):
    print(" ".join(entries[first:first + 12]))
