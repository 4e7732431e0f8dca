// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot inspect
#include "frontends/gguf/Inspect.h"

#include "tools/ingot/Commands.h"
#include "tools/ingot/Report.h"
#include "tools/ingot/TensorFates.h"
#include "llvm/ADT/Twine.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace ingot::tool {
namespace {

struct InspectRequest {
  std::string path;
  bool json = false;
  std::vector<std::pair<std::string, std::string>> overrides;
};

Error usage(const llvm::Twine &what) { return llvm::createStringError("error: " + what); }

Expected<InspectRequest> parseInspectArguments(Arguments arguments) {
  InspectRequest request;
  bool plain = false; // after "--"
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (!plain && argument == "--")
      plain = true;
    else if (!plain && argument == "--json")
      request.json = true;
    else if (!plain && (argument == "--set" || argument.consume_front("--set="))) {
      if (argument == "--set" && i + 1 == arguments.size()) return usage("option '--set' needs a value: KEY=VALUE");
      auto [key, value] = (argument == "--set" ? StringRef(arguments[++i]) : argument).split('=');
      if (key.empty() || key.end() == value.end()) return usage("option '--set' needs KEY=VALUE, not '" + key + "'");
      request.overrides.emplace_back(key.str(), value.str());
    } else if (!plain && argument.size() > 1 && argument.starts_with("-"))
      return usage("unknown option '" + argument + "'; known: --json, --set");
    else if (!request.path.empty())
      return usage("more than one file: '" + request.path + "' and '" + argument + "'");
    else
      request.path = argument;
  }
  if (request.path.empty()) return usage("no file: name a .gguf file");
  return request;
}

} // namespace

int inspectCommand(const Command &command, Arguments arguments) {
  Expected<InspectRequest> request = parseInspectArguments(arguments);
  if (!request) return reportUsage(command.name, request.takeError());
  Expected<gguf::File> file = gguf::File::open(request->path);
  if (!file) return reportError(file.takeError());
  for (const auto &[key, value] : request->overrides)
    if (Error error = file->set(key, value)) return reportError(std::move(error));
  auto fates = tensorFates(*file);
  gguf::InspectOptions options;
  if (fates) options.fate = *fates;
  request->json ? gguf::inspectAsJson(*file, llvm::outs(), options) : gguf::inspect(*file, llvm::outs(), options);
  if (fates) return exitSuccess;
  // Inspecting has worked all the same; the reader shall know, and a script that reads the JSON is not disturbed.
  llvm::outs().flush();
  llvm::errs() << "note: 'ingot compile' would refuse this file:\n";
  reportError(fates.takeError());
  return exitSuccess;
}

} // namespace ingot::tool
