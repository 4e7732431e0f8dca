#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a copy of a GGUF file that is wrong in one way, for tests of error messages.
alter-gguf.py IN OUT EDIT...   an EDIT is one argument, its words separated by blanks:
  set KEY TYPE VALUE    remove KEY    drop TENSOR    rename TENSOR NAME    shape TENSOR D0 [D1]    format TENSOR NUMBER
  repeat KEY TYPE VALUE...  (an array)"""
import struct
import sys

SCALARS = {"u8": (0, "B"), "i8": (1, "b"), "u16": (2, "H"), "i16": (3, "h"), "u32": (4, "I"), "i32": (5, "i"), "f32": (6, "f"),
           "bool": (7, "?"), "u64": (10, "Q"), "i64": (11, "q"), "f64": (12, "d")}
BY_NUMBER = {number: "<" + letter for number, letter in SCALARS.values()}
STRING, ARRAY = 8, 9


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values[0]

    def text(self):
        length = self.take("<Q")
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def skip_value(self, kind):
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            element, count = self.take("<I"), self.take("<Q")
            for _ in range(count):
                self.skip_value(element)
        else:
            self.take(BY_NUMBER[kind])


def string(text):
    raw = text.encode().decode("unicode_escape").encode("latin-1")
    return struct.pack("<Q", len(raw)) + raw


def value_bytes(kind, value):
    if kind == "str":
        return string(value)
    number = float(value) if kind[0] == "f" else value == "true" if kind == "bool" else int(value)
    return struct.pack("<" + SCALARS[kind][1], number)


def kind_number(kind):
    return STRING if kind == "str" else SCALARS[kind][0]


def read(path):
    """-> version, {key: (type number, value's bytes)}, [[name, dimensions, format, offset]], the data"""
    reader = Reader(open(path, "rb").read())
    assert reader.data[:4] == b"GGUF"
    reader.at = 4
    version, tensor_count, key_count = reader.take("<I"), reader.take("<Q"), reader.take("<Q")
    keys, tensors = {}, []
    for _ in range(key_count):
        key, kind, start = reader.text(), reader.take("<I"), reader.at
        reader.skip_value(kind)
        keys[key] = (kind, reader.data[start:reader.at])
    for _ in range(tensor_count):
        name, rank = reader.text(), reader.take("<I")
        dimensions = [reader.take("<Q") for _ in range(rank)]
        tensors.append([name, dimensions, reader.take("<I"), reader.take("<Q")])
    return version, keys, tensors, reader.data[-(-reader.at // 32) * 32:]


def write(path, version, keys, tensors, data):
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys))
    for key, (kind, raw) in keys.items():
        out += struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + raw
    for name, dimensions, form, offset in tensors:
        out += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", len(dimensions))
        out += struct.pack(f"<{len(dimensions)}Q", *dimensions) + struct.pack("<IQ", form, offset)
    open(path, "wb").write(out + bytes(-len(out) % 32) + data)


def apply(edit, keys, tensors):
    verb, name, *rest = edit.split(" ")
    if verb == "set":
        keys[name] = (kind_number(rest[0]), value_bytes(rest[0], " ".join(rest[1:])))
    elif verb == "repeat":
        raw = struct.pack("<IQ", kind_number(rest[0]), len(rest) - 1)
        keys[name] = (ARRAY, raw + b"".join(value_bytes(rest[0], value) for value in rest[1:]))
    elif verb == "remove":
        for key in [key for key in keys if key == name or (name.endswith("*") and key.startswith(name[:-1]))]:
            del keys[key]
    elif verb == "drop":
        tensors[:] = [tensor for tensor in tensors if tensor[0] != name]
    else:
        tensor = next(tensor for tensor in tensors if tensor[0] == name)
        if verb == "rename":
            tensor[0] = rest[0]
        elif verb == "shape":
            tensor[1] = [int(size) for size in rest]
        elif verb == "format":
            tensor[2] = int(rest[0])
        else:
            sys.exit(f"alter-gguf.py: error: unknown edit '{edit}'")


if __name__ == "__main__":
    source, target, *edits = sys.argv[1:]
    version, keys, tensors, data = read(source)
    for edit in edits:
        apply(edit, keys, tensors)
    write(target, version, keys, tensors, data)
