// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The commands of `ingot`, as a table: a name, what it does, an example, a function.
#ifndef INGOT_TOOLS_INGOT_COMMANDS_H
#define INGOT_TOOLS_INGOT_COMMANDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace ingot::tool {

using Arguments = llvm::ArrayRef<std::string>; ///< those after the command's name

struct Command {
  llvm::StringRef name;
  llvm::StringRef synopsis; ///< what follows "ingot <name> "
  llvm::StringRef summary;  ///< one line, for the list of commands
  llvm::StringRef details;  ///< for --help; may be empty
  llvm::StringRef example;  ///< a whole command line
  /// Which compile options --help lists: none, those of `compile`, or those that `run` takes.
  enum class Options { None, Compile, Run } options;
  int (*run)(const Command &command, Arguments arguments);
};

/// All of the tool; returns the exit code.
int runTool(Arguments arguments);

int compileCommand(const Command &command, Arguments arguments);
int runCommand(const Command &command, Arguments arguments); ///< run, bench, logits, generate
int inspectCommand(const Command &command, Arguments arguments);
int tuneCommand(const Command &command, Arguments arguments);
int cacheCommand(const Command &command, Arguments arguments);

} // namespace ingot::tool
#endif
