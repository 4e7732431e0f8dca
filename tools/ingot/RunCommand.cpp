// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot run, bench, logits, generate: the program comes from the cache, and this process becomes it.
#include "codegen/cpu/target/CpuTarget.h"
#include "compiler/Compile.h"
#include "compiler/artifact/RuntimeFiles.h"
#include "compiler/cache/Cache.h"
#include "compiler/cache/Key.h"
#include "compiler/tuning/Places.h"
#include "tools/ingot/Commands.h"
#include "tools/ingot/Progress.h"
#include "tools/ingot/Report.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <unistd.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace ingot::tool {
namespace {

/// Names the schedules that a tuning record gives this compilation.
Expected<std::string> schedulesOf(const CompileOptions &options) {
  std::vector<std::string> features;
  std::string unknown; // a target that isn't known is the compiler's to report
  if (auto target = cpu::CpuTarget::named(options.target, unknown)) features = target->features;
  auto schedules = tuning::schedulesFor(options.tuning, tuning::processorOf(options.target, features));
  if (!schedules) return schedules.takeError();
  return (*schedules)->identity();
}

/// What the cache must take for another program if it changes.
Expected<std::string> keyOf(const CompileOptions &options) {
  Expected<std::vector<std::string>> model = cache::modelFiles(options.input);
  if (!model) return model.takeError();
  Expected<artifact::RuntimeFiles> runtime = artifact::findRuntimeFiles();
  if (!runtime) return runtime.takeError();
  std::vector<std::string> compiler = runtime->program;
  compiler.push_back("/proc/self/exe");
  std::string wanted = canonicalOptions(options);
  if (options.target == "native") wanted += "features " + cache::hostFeatures() + "\n";
  Expected<std::string> schedules = schedulesOf(options);
  if (!schedules) return schedules.takeError();
  wanted += "schedules " + *schedules + "\n";
  return cache::makeKey(*model, wanted, INGOT_VERSION, compiler);
}

/// The program's name in the cache: that of the model, which the program reports as its source, too.
std::string programName(StringRef model) {
  StringRef stem = llvm::sys::path::stem(model);
  return stem.empty() || stem.starts_with(".") || stem == "lock" ? std::string("model") : stem.str();
}

/// Becomes the program; returns only if that fails.
Error become(const std::string &program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program);
  std::vector<char *> pointers;
  for (std::string &argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  llvm::outs().flush();
  signal(SIGXFSZ, SIG_DFL); // ignored by this tool, and what is ignored is inherited
  execv(program.c_str(), pointers.data());
  return llvm::createStringError(program + ": error: cannot be started: " + strerror(errno));
}

} // namespace

int runCommand(const Command &command, Arguments arguments) {
  std::vector<std::string> programArguments;
  if (command.name != "run") programArguments.push_back("--" + command.name.str());
  Expected<CompileOptions> options = parseRunArguments(arguments, passNames(), programArguments);
  if (!options) return reportUsage(command.name, options.takeError());

  Expected<std::string> key = keyOf(*options);
  if (!key) return reportError(key.takeError());
  Expected<cache::Cache> kept = cache::Cache::open();
  if (!kept) return reportError(kept.takeError());
  // What was asked to be shown can only be shown by compiling.
  bool renew = options->explain != ExplainFormat::None || !options->dumpFolder.empty();
  Expected<cache::Lease> program = kept->get(*key, programName(options->input), renew, [&](StringRef path) -> Error {
    options->output = path;
    Progress progress(options->input, Progress::Style::Passing, options->quiet);
    Error error = compileModel(*options, progress.diagnostics(), [&](StringRef phase) { progress.begin(phase); });
    progress.finish("");
    return error;
  });
  if (!program) return reportError(program.takeError());
  return reportError(become(program->path(), std::move(programArguments)));
}

} // namespace ingot::tool
