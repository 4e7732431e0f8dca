// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a user asks of one compilation, the parser that reads it from a command line, and the text that names everything in it which
// changes the result. The table of options is data, so that the help text and the parser cannot disagree.
#ifndef INGOT_COMPILER_OPTIONS_H
#define INGOT_COMPILER_OPTIONS_H

#include "dialects/packed/ActivationKind.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ingot {

/// What a compilation leaves at its output.
enum class Emit { Executable, Shared, Object, Assembly, Llvm, IrModel, IrFused, IrPacked, IrKernel, IrPlan };

/// How the input of a quantised matmul is rounded in each numeric class; none means what the target does best.
struct ActivationChoice {
  std::optional<packed::ActivationKind> read, generated;
};

enum class WeightsPlacement { Embed, External };
enum class ExplainFormat { None, Text, Json };

struct CompileOptions {
  std::string input;
  std::string output; ///< "-" is the standard output, for text only
  Emit emit = Emit::Executable;
  std::string target = "native";
  WeightsPlacement weights = WeightsPlacement::Embed;
  ActivationChoice activations;
  std::string cache;               ///< f16, bf16, q8_0 or f32; empty: f32 where no activation is rounded, else f16
  std::optional<uint32_t> context; ///< none: the model's own
  ExplainFormat explain = ExplainFormat::None;
  std::string explainPass;                                    ///< explain this pass alone; empty: all
  std::string dumpFolder;                                     ///< empty: no dump
  std::string tuning;                                         ///< a tuning record, or "none"; empty: the user's and Ingot's own
  std::vector<std::string> disabledPasses;                    ///< sorted, each once
  std::vector<std::pair<std::string, std::string>> overrides; ///< metadata of the file, replaced before it is read; by key
  unsigned threads = 0;                                       ///< the compiler's own; 0: one per processor
  bool quiet = false;                                         ///< no progress
};

/// The names that `--disable` and `--explain` know.
struct PassNames {
  llvm::ArrayRef<llvm::StringRef> optional; ///< may be disabled
  llvm::ArrayRef<llvm::StringRef> all;      ///< may be explained
};

/// What becomes of a compile option between `ingot run` and the program that it starts.
enum class WhenRunning { Refused, Taken, Passed, TakenAndPassed };

/// One line of the option table.
struct OptionRow {
  llvm::StringRef name;  ///< "--emit"
  llvm::StringRef alias; ///< "-o", or empty
  llvm::StringRef value; ///< "KIND"; empty for a flag; in brackets when it may be left out ("--explain=json")
  llvm::StringRef help;
  WhenRunning whenRunning;
  bool repeats; ///< may be given more than once
  llvm::Error (*apply)(CompileOptions &options, llvm::StringRef value, const PassNames &passes);
};

llvm::ArrayRef<OptionRow> compileOptionTable();

/// Reads the arguments of `ingot compile`: one MODEL, the rest options.
llvm::Expected<CompileOptions> parseCompileArguments(llvm::ArrayRef<std::string> arguments, const PassNames &passes);

/// Reads the arguments of `ingot run` and its kin: compile options up to MODEL; after it those among the program's own, which are
/// left in `programArguments` in their order. After "--" everything is the program's.
llvm::Expected<CompileOptions> parseRunArguments(llvm::ArrayRef<std::string> arguments, const PassNames &passes,
                                                 std::vector<std::string> &programArguments);

/// "", "q8", "read:q8", "read:q8,generated:q15".
llvm::Expected<ActivationChoice> parseActivations(llvm::StringRef text);

llvm::StringRef emitName(Emit emit);

/// Whether the output is text, which may go to the standard output.
bool isText(Emit emit);

/// One line for each thing that changes the result; the input is named by its content elsewhere. Equal texts, equal results.
std::string canonicalOptions(const CompileOptions &options);

} // namespace ingot
#endif
