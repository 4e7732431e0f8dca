// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// AMX in software, so that tile code can be checked on any processor: the instructions of a module become calls of functions that
// do what the Intel SDM says, on eight tiles of this thread. A wrong palette, a tile beyond the eighth or a use before
// configuration ends the test.
#ifndef INGOT_TEST_CODEGEN_CPU_MATMUL_TILEMACHINE_H
#define INGOT_TEST_CODEGEN_CPU_MATMUL_TILEMACHINE_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <utility>
#include <vector>

namespace ingot::test {

/// Replaces the tile instructions of a module by calls.
void emulateTiles(mlir::ModuleOp module);

/// The functions that are called, by name.
std::vector<std::pair<std::string, void *>> tileFunctions();

/// Products (tdpbf16ps) of this thread since the last call.
int tileProductsDone();

} // namespace ingot::test
#endif
