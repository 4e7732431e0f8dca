// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Options.h"

#include "codegen/cpu/target/CpuTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace ingot {
namespace {

struct EmitRow {
  StringRef name;
  Emit emit;
};

constexpr EmitRow emitRows[] = {
    {"exe", Emit::Executable},     {"shared", Emit::Shared},    {"object", Emit::Object},    {"asm", Emit::Assembly},
    {"llvm", Emit::Llvm},          {"ir=model", Emit::IrModel}, {"ir=fused", Emit::IrFused}, {"ir=packed", Emit::IrPacked},
    {"ir=kernel", Emit::IrKernel}, {"ir=plan", Emit::IrPlan},
};

constexpr StringRef activationNames[] = {"f32", "bf16", "q8", "q15"}; // in the order of packed::ActivationKind

constexpr StringRef cacheNames[] = {"f16", "bf16", "q8_0", "f32"};

/// Known to the design, due later.
constexpr StringRef laterEmits[] = {"static", "ptx"};

Error failure(const Twine &what) { return llvm::createStringError("error: " + what); }

std::string joined(llvm::ArrayRef<StringRef> names) { return names.empty() ? std::string("none") : llvm::join(names, ", "); }

/// "unknown pass 'x'", the list of those known and, if one is near, a guess.
Error unknownName(StringRef kind, StringRef name, llvm::ArrayRef<StringRef> known) {
  std::string message = (Twine("unknown ") + kind + " '" + name + "'; known: " + joined(known)).str();
  const StringRef *nearest = nullptr;
  unsigned best = name.size() / 3 + 1;
  for (const StringRef &candidate : known)
    if (unsigned distance = name.edit_distance(candidate); distance < best) best = distance, nearest = &candidate;
  if (nearest) message += ("\nnote: did you mean '" + *nearest + "'?").str();
  return failure(message);
}

Error applyOutput(CompileOptions &options, StringRef value, const PassNames &) {
  if (value.empty()) return failure("option '-o' needs the name of a file");
  options.output = value;
  return Error::success();
}

Error applyEmit(CompileOptions &options, StringRef value, const PassNames &) {
  llvm::SmallVector<StringRef> known;
  for (const EmitRow &row : emitRows) {
    known.push_back(row.name);
    if (row.name != value) continue;
    options.emit = row.emit;
    return Error::success();
  }
  if (llvm::is_contained(laterEmits, value)) return failure("'--emit " + value + "' is not there yet; known: " + joined(known));
  return unknownName("kind of output", value, known);
}

Error applyTarget(CompileOptions &options, StringRef value, const PassNames &) {
  llvm::SmallVector<StringRef> known = {"native"};
  llvm::append_range(known, cpu::CpuTarget::names());
  if (!llvm::is_contained(known, value)) return unknownName("target", value, known);
  options.target = value;
  return Error::success();
}

Error applyWeights(CompileOptions &options, StringRef value, const PassNames &) {
  if (value != "embed" && value != "external") return unknownName("place for the weights", value, {"embed", "external"});
  options.weights = value == "embed" ? WeightsPlacement::Embed : WeightsPlacement::External;
  return Error::success();
}

Error applyActivations(CompileOptions &options, StringRef value, const PassNames &) {
  Expected<ActivationChoice> activations = parseActivations(value);
  if (!activations) return activations.takeError();
  options.activations = *activations;
  return Error::success();
}

Error applyCache(CompileOptions &options, StringRef value, const PassNames &) {
  if (!llvm::is_contained(cacheNames, value)) return unknownName("kind of cache", value, cacheNames);
  options.cache = value;
  return Error::success();
}

Error readCount(StringRef option, StringRef value, uint32_t &out) {
  if (value.getAsInteger(10, out) || out == 0)
    return failure("option '" + option + "' needs a number from 1 to 4294967295, not '" + value + "'");
  return Error::success();
}

Error applyContext(CompileOptions &options, StringRef value, const PassNames &) {
  uint32_t context = 0;
  if (Error error = readCount("--context", value, context)) return error;
  options.context = context;
  return Error::success();
}

Error applyTuning(CompileOptions &options, StringRef value, const PassNames &) {
  if (value.empty()) return failure("option '--tuning' needs the name of a tuning record, or 'none'");
  options.tuning = value;
  return Error::success();
}

Error applyThreads(CompileOptions &options, StringRef value, const PassNames &) {
  uint32_t threads = 0;
  if (Error error = readCount("--threads", value, threads)) return error;
  options.threads = threads;
  return Error::success();
}

Error applyExplain(CompileOptions &options, StringRef value, const PassNames &passes) {
  options.explain = value == "json" ? ExplainFormat::Json : ExplainFormat::Text;
  if (value.empty() || value == "text" || value == "json") return Error::success();
  if (!llvm::is_contained(passes.all, value)) return unknownName("pass", value, passes.all);
  options.explainPass = value;
  return Error::success();
}

Error applyDump(CompileOptions &options, StringRef value, const PassNames &) {
  if (value.empty()) return failure("option '--dump' needs the name of a folder");
  options.dumpFolder = value;
  return Error::success();
}

Error applyDisable(CompileOptions &options, StringRef value, const PassNames &passes) {
  llvm::SmallVector<StringRef> names;
  value.split(names, ',');
  for (StringRef name : names) {
    if (!llvm::is_contained(passes.optional, name)) {
      if (llvm::is_contained(passes.all, name))
        return failure("pass '" + name + "' cannot be disabled; those that can: " + joined(passes.optional));
      return unknownName("pass", name, passes.optional);
    }
    options.disabledPasses.push_back(name.str());
  }
  return Error::success();
}

Error applySet(CompileOptions &options, StringRef value, const PassNames &) {
  auto [key, text] = value.split('=');
  if (key.empty() || key.size() == value.size()) return failure("option '--set' needs KEY=VALUE, not '" + value + "'");
  for (const auto &[other, before] : options.overrides)
    if (key == other && text != before) return failure("'--set " + key + "' is given twice: '" + before + "' and '" + text + "'");
  options.overrides.emplace_back(key.str(), text.str());
  return Error::success();
}

Error applyQuiet(CompileOptions &options, StringRef, const PassNames &) {
  options.quiet = true;
  return Error::success();
}

constexpr OptionRow rows[] = {
    {"--output", "-o", "OUT", "where the result goes; '-' is the standard output, for text", WhenRunning::Passed, false,
     applyOutput},
    {"--emit", "", "KIND", "exe (default), shared, object, asm, llvm, ir=model, ir=fused, ir=packed, ir=kernel, ir=plan",
     WhenRunning::Refused, false, applyEmit},
    {"--target", "", "NAME", "the processor to compile for: native (default, this machine's), or a name such as x86-64-v3",
     WhenRunning::Taken, false, applyTarget},
    {"--weights", "", "PLACE", "embed (default): inside the program; external: in OUT.weights", WhenRunning::Refused, false,
     applyWeights},
    {"--activations", "", "KIND", "round a quantised matmul's input to f32, q8 or q15; read:KIND,generated:KIND sets each class",
     WhenRunning::Taken, false, applyActivations},
    {"--cache", "", "KIND", "what keys and values are rounded to: f16 (default), bf16, q8_0, f32 (default with --activations f32)",
     WhenRunning::Taken, false, applyCache},
    {"--context", "", "N", "the most tokens a session may hold; the model's own by default", WhenRunning::TakenAndPassed, false,
     applyContext},
    {"--tuning", "", "FILE", "schedules as 'ingot tune' wrote them; 'none': the defaults; else your own record and Ingot's",
     WhenRunning::Taken, false, applyTuning},
    {"--set", "", "KEY=VALUE", "read the file as if its metadata said so", WhenRunning::Taken, true, applySet},
    {"--disable", "", "PASS", "leave out an optimisation; several names with commas", WhenRunning::Taken, true, applyDisable},
    {"--explain", "", "[=text|json|PASS]", "say what was fused, packed and scheduled, and why not", WhenRunning::Taken, false,
     applyExplain},
    {"--dump", "", "FOLDER", "leave every level's IR, each kernel's code and a benchmark there", WhenRunning::Taken, false,
     applyDump},
    {"--threads", "", "N", "the compiler's threads; all processors by default", WhenRunning::Passed, false, applyThreads},
    {"--quiet", "-q", "", "show no progress", WhenRunning::Taken, true, applyQuiet},
};

const OptionRow *findRow(StringRef name) {
  for (const OptionRow &row : rows)
    if (row.name == name || (!row.alias.empty() && row.alias == name)) return &row;
  return nullptr;
}

/// Walks over the arguments; the two public parsers differ in what they do with what is not theirs.
class Parser {
public:
  Parser(llvm::ArrayRef<std::string> arguments, const PassNames &passes, std::vector<std::string> *programArguments)
      : arguments(arguments), passes(passes), programArguments(programArguments) {}

  Expected<CompileOptions> run() {
    for (; next < arguments.size(); ++next) {
      StringRef argument = arguments[next];
      if (argument == "--") {
        if (Error error = readRest()) return error;
        break;
      }
      if (Error error = argument.size() > 1 && argument[0] == '-' ? readOption(argument) : readPlain(argument)) return error;
    }
    if (options.input.empty()) return failure("no model: name a .gguf file");
    llvm::sort(options.disabledPasses);
    options.disabledPasses.erase(llvm::unique(options.disabledPasses), options.disabledPasses.end());
    llvm::sort(options.overrides);
    options.overrides.erase(llvm::unique(options.overrides), options.overrides.end());
    return std::move(options);
  }

  bool given(StringRef name) const {
    return llvm::any_of(seen, [&](const auto &entry) { return entry.first == name; });
  }

private:
  Error readPlain(StringRef argument) {
    if (argument.empty()) return failure("an argument is empty");
    if (options.input.empty()) {
      options.input = argument;
      return Error::success();
    }
    if (programArguments) return pass(argument);
    return failure("more than one model: '" + options.input + "' and '" + argument + "'");
  }

  Error readRest() {
    for (StringRef argument : arguments.drop_front(next + 1))
      if (Error error = programArguments && !options.input.empty() ? pass(argument) : readPlain(argument)) return error;
    return Error::success();
  }

  Error pass(StringRef argument) {
    programArguments->push_back(argument.str());
    return Error::success();
  }

  Error readOption(StringRef argument) {
    auto [name, attached] = argument.split('=');
    bool hasAttached = name.size() != argument.size();
    const OptionRow *row = findRow(name);
    WhenRunning whenRunning = !programArguments ? WhenRunning::Taken : row ? row->whenRunning : WhenRunning::Passed;
    if (!row && !programArguments) {
      llvm::SmallVector<StringRef> known;
      for (const OptionRow &candidate : rows) known.push_back(candidate.name);
      return unknownName("option", argument, known);
    }
    if (whenRunning == WhenRunning::Refused) return failure("option '" + name + "' belongs to 'ingot compile'");
    if (whenRunning == WhenRunning::Passed) {
      if (options.input.empty()) return failure("option '" + name + "' belongs to the program: write it after the model's name");
      return pass(argument);
    }
    StringRef value = attached;
    if (row->value.empty() && hasAttached) return failure("option '" + name + "' takes no value, but '" + value + "' is given");
    bool separate = !row->value.empty() && !row->value.starts_with("[") && !hasAttached;
    if (separate) {
      if (next + 1 == arguments.size()) return failure("option '" + name + "' needs a value: " + row->value);
      value = arguments[++next];
    }
    if (whenRunning == WhenRunning::TakenAndPassed) {
      llvm::cantFail(pass(argument));
      if (separate) llvm::cantFail(pass(value));
    }
    return take(*row, name, value);
  }

  Error take(const OptionRow &row, StringRef name, StringRef value) {
    if (!row.repeats)
      for (const auto &[other, before] : seen)
        if (other == row.name && before != value)
          return failure("option '" + name + "' is given twice: '" + before + "' and '" + value + "'");
    seen.emplace_back(row.name, value);
    return row.apply(options, value, passes);
  }

  llvm::ArrayRef<std::string> arguments;
  const PassNames &passes;
  std::vector<std::string> *programArguments;
  size_t next = 0;
  CompileOptions options;
  std::vector<std::pair<StringRef, StringRef>> seen;
};

/// What one option means for another.
Error checkTogether(CompileOptions &options, const Parser &parser) {
  if (options.output.empty()) {
    if (!isText(options.emit)) return failure("no output: add '-o OUT'");
    options.output = "-";
  }
  if (options.output == "-" && !isText(options.emit))
    return failure("'--emit " + emitName(options.emit) + "' cannot go to the standard output: name a file with '-o'");
  bool linked = options.emit == Emit::Executable || options.emit == Emit::Shared;
  if (parser.given("--weights") && !linked)
    return failure("option '--weights' makes no sense with '--emit " + emitName(options.emit) + "', which holds no weights");
  if (options.emit == Emit::IrModel && !options.disabledPasses.empty())
    return failure("option '--disable' makes no sense with '--emit ir=model', which comes before every pass");
  if (options.explain != ExplainFormat::None && llvm::is_contained(options.disabledPasses, options.explainPass))
    return failure("pass '" + options.explainPass + "' is both explained and disabled");
  return Error::success();
}

} // namespace

llvm::ArrayRef<OptionRow> compileOptionTable() { return rows; }

Expected<CompileOptions> parseCompileArguments(llvm::ArrayRef<std::string> arguments, const PassNames &passes) {
  Parser parser(arguments, passes, nullptr);
  Expected<CompileOptions> options = parser.run();
  if (!options) return options.takeError();
  if (Error error = checkTogether(*options, parser)) return error;
  return options;
}

Expected<CompileOptions> parseRunArguments(llvm::ArrayRef<std::string> arguments, const PassNames &passes,
                                           std::vector<std::string> &programArguments) {
  Parser parser(arguments, passes, &programArguments);
  return parser.run();
}

Expected<ActivationChoice> parseActivations(StringRef text) {
  ActivationChoice activations;
  if (text.empty()) return activations;
  llvm::SmallVector<StringRef> settings;
  text.split(settings, ',');
  for (StringRef setting : settings) {
    auto [phase, name] = setting.split(':');
    bool both = phase.size() == setting.size();
    if (both) name = phase;
    const StringRef *found = llvm::find(activationNames, name);
    if (found == std::end(activationNames)) return unknownName("kind of activations", name, activationNames);
    if (!both && phase != "read" && phase != "generated") return unknownName("class of activations", phase, {"read", "generated"});
    packed::ActivationKind kind = static_cast<packed::ActivationKind>(found - activationNames);
    for (auto [wanted, slot] : {std::pair("read", &activations.read), std::pair("generated", &activations.generated)}) {
      if (!both && phase != wanted) continue;
      if (*slot) return failure("'--activations " + text + "' sets the class '" + wanted + "' twice");
      *slot = kind;
    }
  }
  return activations;
}

StringRef emitName(Emit emit) {
  for (const EmitRow &row : emitRows)
    if (row.emit == emit) return row.name;
  llvm_unreachable("every kind has a row");
}

bool isText(Emit emit) { return emit != Emit::Executable && emit != Emit::Shared && emit != Emit::Object; }

std::string canonicalOptions(const CompileOptions &options) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  auto name = [](std::optional<packed::ActivationKind> kind) {
    return kind ? activationNames[unsigned(*kind)] : StringRef("default");
  };
  stream << "emit " << emitName(options.emit) << "\ntarget " << options.target << "\n";
  stream << "activations read:" << name(options.activations.read) << ",generated:" << name(options.activations.generated) << "\n";
  if (!options.cache.empty()) stream << "cache " << options.cache << "\n";
  if (options.context) stream << "context " << *options.context << "\n";
  if (options.weights == WeightsPlacement::External) // the program names the file beside it
    stream << "weights beside " << llvm::sys::path::filename(options.output) << "\n";
  for (const std::string &pass : options.disabledPasses) stream << "disable " << pass << "\n";
  for (const auto &[key, value] : options.overrides) {
    stream << "set ";
    llvm::printEscapedString(key, stream);
    stream << "=";
    llvm::printEscapedString(value, stream);
    stream << "\n";
  }
  return text;
}

} // namespace ingot
