// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot compile
#include "compiler/Compile.h"
#include "compiler/artifact/Artifact.h"
#include "compiler/cache/Key.h"
#include "compiler/cache/Place.h"
#include "tools/ingot/Commands.h"
#include "tools/ingot/Progress.h"
#include "tools/ingot/Report.h"
#include "llvm/Support/FileSystem.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace ingot::tool {
namespace {

/// Finds out before the work, not after it, that its result cannot be written.
Error checkOutputsOf(const CompileOptions &options) {
  if (options.output == "-") return Error::success();
  Expected<std::vector<std::string>> inputs = cache::modelFiles(options.input);
  if (!inputs) return inputs.takeError();
  artifact::Artifact outputs;
  outputs.kind = options.emit == Emit::Shared ? artifact::ArtifactKind::Shared : artifact::ArtifactKind::Executable;
  outputs.output = options.output;
  outputs.external = options.weights == WeightsPlacement::External;
  outputs.inputs = *inputs;
  return artifact::checkOutputs(outputs);
}

/// "model, 101.2 MB"
std::string summaryOf(const CompileOptions &options) {
  uint64_t bytes = 0, weightsBytes = 0;
  if (options.output == "-" || llvm::sys::fs::file_size(options.output, bytes)) return "";
  bool isExternal = options.weights == WeightsPlacement::External;
  if (isExternal && llvm::sys::fs::file_size(artifact::externalWeightsPath(options.output), weightsBytes)) return "";
  return options.output + ", " + cache::sizeText(bytes + weightsBytes);
}

} // namespace

int compileCommand(const Command &command, Arguments arguments) {
  Expected<CompileOptions> options = parseCompileArguments(arguments, passNames());
  if (!options) return reportUsage(command.name, options.takeError());
  if (Error error = checkOutputsOf(*options)) return reportError(std::move(error));
  Progress progress(options->input, Progress::Style::Lines, options->quiet);
  Error error = compileModel(*options, progress.diagnostics(), [&](StringRef phase) { progress.begin(phase); });
  progress.finish(error ? "" : summaryOf(*options));
  return error ? reportError(std::move(error)) : exitSuccess;
}

} // namespace ingot::tool
