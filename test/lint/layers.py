#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who may use whom. The table below is the only place that says it; #include lines and the DEPS of CMakeLists.txt must follow it."""
import re

from sources import finish, text, tracked

# Folder: (what of Ingot it may use beside itself, which outside libraries). The longest matching prefix counts.
LAYERS = {
    "runtime": ([], []),
    "dialects": ([], ["mlir", "llvm"]),
    "frontends/text": (["dialects", "runtime/abi"], ["mlir", "llvm"]),
    "frontends/architectures": (["dialects", "runtime/abi"], ["mlir", "llvm"]),
    "frontends": (["dialects", "runtime/abi", "frontends/text", "frontends/architectures"], ["mlir", "llvm"]),
    "passes": (["dialects"], ["mlir", "llvm"]),
    "codegen/cpu": (["dialects", "runtime/abi"], ["mlir", "llvm", "Halide"]),
    "compiler": (["dialects", "frontends", "passes", "codegen", "compiler/tuning", "runtime/abi"], ["mlir", "llvm", "lld"]),
    # It times kernels as programs run them.
    "compiler/tuning": (["dialects", "frontends", "passes", "codegen", "compiler", "runtime"], ["mlir", "llvm"]),
    "tools": (["dialects", "frontends", "passes", "codegen", "compiler", "runtime/abi"], ["mlir", "llvm", "lld"]),
    "test": (["dialects", "frontends", "passes", "codegen", "compiler", "runtime", "tools"],
             ["mlir", "llvm", "lld", "Halide", "nlohmann", "gtest", "gmock", "benchmark"]),
    "test/reference": ([], []),
}
REASONS = {
    "runtime": "the runtime ships inside every program: it uses nothing of the compiler and nothing but libc and libm",
    "dialects": "dialects are the vocabulary: they know no pass, frontend or target",
    "frontends": "a frontend ends at verified model IR and knows no other frontend, pass or target",
    "passes": "passes are target-free: facts about a target reach them through dialects/plan/TargetLayout.h",
    "codegen": "code generation sees kernels, plans and the runtime's ABI; targets do not know each other",
    "compiler": "the compiler puts the layers together and knows the runtime by its ABI; the tuner runs kernels with its threads, too",
    "tools": "a tool is a main function over the compiler and knows the runtime by its ABI",
    "test": "tests may use everything, but the oracle shares no code with what it checks",
}
# Each level of passes, each format's frontend and each target stands for itself.
SIBLINGS = ("frontends", "codegen")
OUTSIDE = {"mlir": "mlir", "mlir-c": "mlir", "llvm": "llvm", "llvm-c": "llvm", "lld": "lld", "nlohmann": "nlohmann", "gtest": "gtest",
           "gmock": "gmock", "benchmark": "benchmark", "Halide.h": "Halide", "HalideBuffer.h": "Halide", "HalideRuntime.h": "Halide"}
LIBRARIES = {"MLIR": "mlir", "LLVM": "llvm", "Halide::Halide": "Halide", "nlohmann_json::nlohmann_json": "nlohmann",
             "GTest::gtest": "gtest", "GTest::gtest_main": "gtest",
             "benchmark::benchmark": "benchmark"}


def layer_of(path):
    return max((layer for layer in LAYERS if under(path, layer)), key=len, default=None)


def under(path, folder):
    return str(path) == folder or str(path).startswith(folder + "/")


def sibling(path):
    """frontends/gguf for frontends/gguf/Reader.h: the part that may be used from within itself only."""
    parts = str(path).split("/")
    return "/".join(parts[:2]) if parts[0] in SIBLINGS else parts[0]


def allowed(user, used):
    layer = layer_of(user)
    if sibling(user) == sibling(used) and layer_of(used) == layer:
        return True
    return any(under(used, folder) for folder in LAYERS[layer][0])


def problem(user, used):
    return f"{user.parts[0]} may not use {used}: {REASONS[user.parts[0]]}"


def check_includes(path, known):
    for number, line in enumerate(text(path).splitlines(), 1):
        match = re.match(r'\s*(?:#\s*)?include\s+(["<])([^">]+)[">]', line)
        if not match:
            continue
        quoted, name = match[1] == '"', match[2]
        place = f"{path}:{number}"
        if (library := OUTSIDE.get(name.split("/")[0])) is not None:
            if library not in LAYERS[layer_of(path)][1]:
                yield place, problem(path, library)
        elif name.split("/")[0] in known["folders"]:
            if not allowed(path, name):
                yield place, problem(path, name)
            if name not in known["files"] and not name.endswith(".inc"):
                yield place, f"there is no file {name}"
        elif quoted and not name.endswith(".inc") and not (path.parts[0] == "test" and str(path.parent / name) in known["files"]):
            yield place, f'include "{name}" from the root of the repository'


def libraries(path):
    """(target, its dependencies) of each ingot_…(…) call in a CMakeLists.txt."""
    body = re.sub(r"#.*", "", text(path))
    for name, arguments in re.findall(r"ingot_(?:shipped_library|library|executable|test)\(\s*(\S+)([^)]*)\)", body):
        match = re.search(r"\bDEPS\b(.*)", arguments, re.S)
        words = match[1].split() if match else []
        yield name, [word for word in words if word not in ("MLIR", "SRCS")] + (["MLIR"] if re.search(r"\bMLIR\b", arguments) else [])


def main():
    sources = [path for path in tracked(".h", ".cpp", ".td") if layer_of(path)]
    made = {str(path.with_suffix("")) for path in tracked(".in")}  # Notices.h of Notices.h.in
    known = {"files": {str(path) for path in sources} | made, "folders": {path.parts[0] for path in sources}}
    problems = [found for path in sources for found in check_includes(path, known)]

    lists = [path for path in tracked() if path.name == "CMakeLists.txt" and layer_of(path)]
    home = {name: path.parent for path in lists for name, _ in libraries(path)}
    for path in lists:
        for name, dependencies in libraries(path):
            for dependency in dependencies:
                if dependency in home:
                    good = allowed(path, home[dependency])
                else:
                    good = LIBRARIES.get(dependency, None) in (None, *LAYERS[layer_of(path)][1])
                if not good:
                    problems.append((path, f"{name} depends on {dependency}, and " + problem(path, home.get(dependency, dependency))))
    finish("layers", problems)


main()
