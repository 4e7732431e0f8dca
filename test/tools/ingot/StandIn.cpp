// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stands for the compiler: the "program" is a script that prints what it was compiled from and how it was called. A model whose
// text begins with "broken" does not compile.
#include "compiler/Compile.h"

#include "compiler/artifact/OutputFile.h"
#include "compiler/tuning/Tune.h"
#include "llvm/Support/MemoryBuffer.h"

namespace ingot {

llvm::Error compileModel(const CompileOptions &options, llvm::raw_ostream &diagnostics,
                         llvm::function_ref<void(llvm::StringRef phase)> progress) {
  progress("import");
  auto model = llvm::MemoryBuffer::getFile(options.input);
  if (!model) return llvm::createStringError(options.input + ": error: cannot be read: " + model.getError().message());
  if ((*model)->getBuffer().starts_with("broken"))
    return llvm::createStringError(options.input + ": error: is broken\nnote: mend it");
  progress("emit");
  if (options.explain != ExplainFormat::None) diagnostics << "fuse-rope: fused 2\n";
  std::string script =
      ("#!/bin/sh\necho \"compiled from $(echo " + (*model)->getBuffer().trim() + ")\"\necho \"called with $*\"\nexit 5\n").str();
  if (isText(options.emit)) return artifact::writeWhole(options.output, {options.input}, "module {}\n");
  llvm::Expected<artifact::OutputFile> file = artifact::OutputFile::create(options.output, true);
  if (!file) return file.takeError();
  if (llvm::Error error = file->writeAt(script.data(), script.size(), 0)) return error;
  return file->commit();
}

llvm::Expected<tuning::TuneResult> tuning::tune(const TuneRequest &request, llvm::function_ref<void(const TuneEvent &)> listen) {
  listen({TuneEvent::Kind::Planned, 0, 3, "avx2", nullptr, 60});
  listen({TuneEvent::Kind::Broken, 1, 3, "read x with tokens=2: ended by signal 11", nullptr, 60});
  Entry entry{"read", "x", {}, request.date, 1, 1, {{1, 0, 2e-6, 1e-6}}};
  entry.schedule.tokens = 8;
  listen({TuneEvent::Kind::Done, 1, 3, "read x", &entry, 50});
  return TuneResult{1, 0, request.budget.count() < 60 ? size_t(2) : size_t(0), 1, 2};
}

PassNames passNames() {
  static constexpr llvm::StringRef names[] = {"fuse-rope", "pack-weights"};
  return {llvm::ArrayRef(names).take_front(1), names};
}

} // namespace ingot
