// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stands for the compiler: the "program" is a script that prints what it was compiled from and how it was called. A model whose
// text begins with "broken" does not compile.
#include "compiler/Compile.h"

#include "compiler/artifact/OutputFile.h"
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

PassNames passNames() {
  static constexpr llvm::StringRef names[] = {"fuse-rope", "pack-weights"};
  return {llvm::ArrayRef(names).take_front(1), names};
}

} // namespace ingot
