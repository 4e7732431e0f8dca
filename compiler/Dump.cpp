// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Dump.h"

#include "compiler/KernelCode.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace ingot {

llvm::Error Dump::write(const Twine &name, StringRef text, bool executable) const {
  SmallString<256> path(folder);
  llvm::sys::path::append(path, name);
  std::error_code failure = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path));
  if (!failure) {
    llvm::raw_fd_ostream out(path, failure);
    if (!failure) {
      out << text;
      out.close();
      failure = out.error();
      out.clear_error();
    }
  }
  if (!failure && executable)
    failure = llvm::sys::fs::setPermissions(path, llvm::sys::fs::all_read | llvm::sys::fs::owner_all | llvm::sys::fs::all_exe);
  if (!failure) return llvm::Error::success();
  return llvm::createStringError(path + ": error: cannot be written: " + failure.message() +
                                 "\nnote: choose another folder for --dump");
}

static std::string textOf(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  op->print(stream);
  stream << '\n';
  return text;
}

llvm::Error Dump::level(Level level, ModuleOp module) const {
  return folder.empty() ? llvm::Error::success() : write(Twine(unsigned(level)) + "-" + levelName(level) + ".mlir", textOf(module));
}

llvm::Error Dump::kernels(ModuleOp module) const {
  if (folder.empty()) return llvm::Error::success();
  for (auto function : module.getOps<kernel::FuncOp>())
    if (llvm::Error error = write("kernels/" + function.getSymName() + ".mlir", textOf(function))) return error;
  return llvm::Error::success();
}

llvm::Error Dump::code(ModuleOp module, ArrayRef<cpu::CodeUnit> units, ArrayRef<cpu::EmittedCode> code) const {
  if (folder.empty()) return llvm::Error::success();
  SmallVector<StringRef> names;
  for (auto function : module.getOps<kernel::FuncOp>()) names.push_back(function.getSymName());
  for (auto [unit, emitted] : llvm::zip(units, code)) {
    if (llvm::Error error = write(unit.name + ".ll", emitted.llvmIr)) return error;
    if (llvm::Error error = write(unit.name + ".s", emitted.assembly)) return error;
    for (const KernelCode &kernel : cutIntoKernels(emitted, names)) {
      if (llvm::Error error = write("kernels/" + kernel.name + ".ll", kernel.llvmIr)) return error;
      if (llvm::Error error = write("kernels/" + kernel.name + ".s", kernel.assembly)) return error;
    }
  }
  return llvm::Error::success();
}

/// `text` as one word of a shell.
static std::string quoted(StringRef text) {
  std::string word = "'";
  for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

llvm::Error Dump::benchmark(StringRef program, int64_t positions) const {
  if (folder.empty()) return llvm::Error::success();
  SmallString<256> path(program);
  if (std::error_code failure = llvm::sys::fs::make_absolute(path)) return llvm::errorCodeToError(failure);
  std::string command = quoted(path) + " --bench --roofline";
  if (positions < 512) // the program's own counts are more than its context
    command += " --prefill " + std::to_string(positions) + " -n " + std::to_string(std::clamp<int64_t>(positions - 1, 1, 128));
  return write("benchmark",
               "#!/bin/sh\n# Times every kernel of the program in its place; options go to the program (--threads N, --repeat N, "
               "--json).\nexec " +
                   command + " \"$@\"\n",
               true);
}

} // namespace ingot
