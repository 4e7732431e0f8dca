// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/ingot/Commands.h"

#include "compiler/Options.h"
#include "tools/ingot/Report.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using llvm::StringRef;
using llvm::Twine;

namespace ingot::tool {
namespace {

constexpr StringRef runSynopsis = "MODEL [OPTION…] [PROGRAM'S OPTION…]";
constexpr StringRef runDetails =
    "The first time, MODEL is compiled into the cache; see 'ingot cache'. Options that are not listed here are the "
    "program's:\n'ingot run MODEL --help' lists them. What follows '--' is the program's in any case.";

constexpr Command commands[] = {
    {"compile", "MODEL -o OUT [OPTION…]", "make a program of a model",
     "MODEL is a .gguf file; of a split model, any part. OUT appears when it is complete, or not at all.",
     "ingot compile SmolLM2-135M-Instruct.Q4_1.gguf -o smollm2", Command::Options::Compile, compileCommand},
    {"run", runSynopsis, "compile if need be, then start the program", runDetails, "ingot run model.gguf \"Why is the sky blue?\"",
     Command::Options::Run, runCommand},
    {"bench", runSynopsis, "measure tokens/s", runDetails, "ingot bench model.gguf --threads 2 --json", Command::Options::Run,
     runCommand},
    {"logits", runSynopsis, "write the logits of given tokens", runDetails,
     "ingot logits model.gguf --tokens ids.txt --out logits.f32 --activations f32", Command::Options::Run, runCommand},
    {"generate", runSynopsis, "continue given tokens by the likeliest", runDetails,
     "ingot generate model.gguf --tokens ids.txt -n 32 --out ids-out.txt", Command::Options::Run, runCommand},
    {"inspect", "FILE [--json] [--set KEY=VALUE]", "show what a model's file holds",
     "Prints metadata, tensors, formats and sizes, and what Ingot makes of them; with --json as one JSON object.",
     "ingot inspect model.gguf --json", Command::Options::None, inspectCommand},
    {"tune", "MODEL | --kernels MATRIX…  [OPTION…]", "find the fastest schedules for a model on this machine",
     "Measures the kernels that MODEL needs and keeps what is faster than the defaults in a tuning record, which 'ingot compile' "
     "uses\n"
     "from then on. Kernels that the record has are not measured again: what was interrupted goes on. Numbers never change.\n"
     "MATRIX is FORMAT:ROWSxCOLUMNS, such as q8_0:4096x2048; several with commas share their input.\n\noptions:\n"
     "  -o RECORD          the record; by default your own, below $XDG_DATA_HOME (~/.local/share)\n"
     "  --budget TIME      begin no kernel after so long: 90s, 10m; 60s by default\n"
     "  --again            measure what the record has, too\n"
     "  --verbose          say what each candidate took\n"
     "  --target, --activations, --set, --quiet  as for 'ingot compile'\n"
     "  --report [RECORD] [-o FILE.svg]  print a record, and draw each kernel against the machine's limits\n"
     "  --merge RECORD… -o RECORD        one record of several; of two measurements the later counts\n"
     "  --processor        print the lines that name this machine in a record",
     "ingot tune model.gguf --budget 5m", Command::Options::None, tuneCommand},
    {"cache", "list|clear|path", "the programs that 'ingot run' has compiled",
     "list: each program, its size and its last use. clear: remove them. path: where they are.\nThey lie below $XDG_CACHE_HOME "
     "(~/.cache); INGOT_CACHE_LIMIT (20G) is what they may take, the least recently used go first.",
     "ingot cache list", Command::Options::None, cacheCommand},
};

/// Known to the design, due later.
constexpr StringRef laterCommands[] = {"perplexity", "quantize"};

bool asksForHelp(StringRef argument) { return argument == "--help" || argument == "-h"; }

void printUsage(llvm::raw_ostream &out) {
  out << "ingot: compiles language models to native programs\n\n";
  for (const Command &command : commands) out << "  ingot " << llvm::left_justify(command.name, 10) << command.summary << "\n";
  out << "\n'ingot help COMMAND' says more about each; 'ingot --version' which version this is.\n"
      << "example: ingot compile model.gguf -o model && ./model \"Hello\"\n";
}

void printOptions(llvm::raw_ostream &out, bool running) {
  out << "\noptions:\n";
  for (const OptionRow &row : compileOptionTable()) {
    if (running && row.whenRunning != WhenRunning::Taken && row.whenRunning != WhenRunning::TakenAndPassed) continue;
    bool optional = row.value.starts_with("[");
    std::string name =
        ((row.alias.empty() ? "    " : row.alias + ", ") + row.name + (row.value.empty() || optional ? "" : " ") + row.value).str();
    out << "  " << llvm::left_justify(name, 30) << "  " << row.help << "\n";
  }
}

void printHelp(const Command &command, llvm::raw_ostream &out) {
  out << "usage: ingot " << command.name << " " << command.synopsis << "\n\n" << command.summary << "\n";
  if (!command.details.empty()) out << command.details << "\n";
  if (command.options != Command::Options::None) printOptions(out, command.options == Command::Options::Run);
  out << "\nexample: " << command.example << "\n";
}

const Command *findCommand(StringRef name) {
  const Command *found = llvm::find_if(commands, [&](const Command &command) { return command.name == name; });
  return found == std::end(commands) ? nullptr : found;
}

int unknownCommand(StringRef name) {
  if (llvm::is_contained(laterCommands, name))
    return reportUsage("", llvm::createStringError("error: 'ingot " + name + "' is not there yet"));
  std::string message = ("error: unknown command '" + name + "'").str();
  if (llvm::sys::fs::exists(name)) message += ("\nnote: to run a model: ingot run " + name).str();
  for (const Command &command : commands)
    if (name.edit_distance(command.name) <= 2) message += ("\nnote: did you mean '" + command.name + "'?").str();
  return reportUsage("", llvm::createStringError(Twine(message)));
}

int helpCommand(Arguments arguments) {
  const Command *command = arguments.empty() ? nullptr : findCommand(arguments[0]);
  if (!arguments.empty() && !command) return unknownCommand(arguments[0]);
  if (command)
    printHelp(*command, llvm::outs());
  else
    printUsage(llvm::outs());
  return exitSuccess;
}

/// Behind a model's name, --help is the program's.
bool asksForHelp(const Command &command, Arguments arguments) {
  for (StringRef argument : arguments) {
    if (argument == "--" || (command.options == Command::Options::Run && !argument.starts_with("-"))) return false;
    if (asksForHelp(argument)) return true;
  }
  return false;
}

int dispatch(Arguments arguments) {
  if (arguments.empty()) {
    printUsage(llvm::errs());
    return exitUsage;
  }
  StringRef name = arguments[0];
  arguments = arguments.drop_front();
  if (name == "help" || asksForHelp(name)) return helpCommand(arguments);
  if (name == "--version") {
    llvm::outs() << "ingot " INGOT_VERSION "\n";
    return exitSuccess;
  }
  const Command *command = findCommand(name);
  if (!command) return unknownCommand(name);
  if (asksForHelp(*command, arguments)) return helpCommand({name.str()});
  return command->run(*command, arguments);
}

} // namespace

int runTool(Arguments arguments) {
  int code = dispatch(arguments);
  llvm::outs().flush();
  if (!llvm::outs().has_error()) return code;
  std::string reason = llvm::outs().error().message();
  llvm::outs().clear_error();
  return reportError(llvm::createStringError("standard output: error: cannot be written: " + reason));
}

} // namespace ingot::tool
