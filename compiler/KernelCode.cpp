// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/KernelCode.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Transforms/Utils/Cloning.h"

using llvm::StringRef;

namespace ingot {
namespace {

using Globals = llvm::SetVector<const llvm::GlobalValue *>;

/// What `value` uses, and what that uses, each before its user.
void collect(const llvm::Value *value, Globals &out, llvm::SmallPtrSetImpl<const llvm::Value *> &seen) {
  if (!seen.insert(value).second) return;
  if (auto *function = llvm::dyn_cast<llvm::Function>(value))
    for (const llvm::BasicBlock &block : *function)
      for (const llvm::Instruction &instruction : block)
        for (const llvm::Value *operand : instruction.operands())
          if (llvm::isa<llvm::Constant>(operand)) collect(operand, out, seen);
  if (auto *constant = llvm::dyn_cast<llvm::Constant>(value))
    for (const llvm::Value *operand : constant->operands()) collect(operand, out, seen);
  if (auto *global = llvm::dyn_cast<llvm::GlobalValue>(value)) out.insert(global);
}

std::string moduleOf(const llvm::Module &unit, const Globals &used) {
  llvm::ValueToValueMapTy map;
  auto kept = CloneModule(unit, map, [&](const llvm::GlobalValue *value) { return used.contains(value); });
  for (llvm::Function &function : llvm::make_early_inc_range(*kept))
    if (function.isDeclaration() && function.use_empty()) function.eraseFromParent();
  for (llvm::GlobalVariable &variable : llvm::make_early_inc_range(kept->globals()))
    if (variable.isDeclaration() && variable.use_empty()) variable.eraseFromParent();
  std::string text;
  llvm::raw_string_ostream stream(text);
  kept->print(stream, nullptr);
  return text;
}

/// A function's text with the constants before it. It ends with its .size, the next one's begins there.
llvm::StringMap<StringRef> functionTexts(StringRef assembly) {
  llvm::StringMap<StringRef> texts;
  for (StringRef rest = assembly; !rest.empty();) {
    size_t at = rest.find("\t.size\t");
    if (at == StringRef::npos) break;
    size_t end = rest.find('\n', at);
    StringRef line = rest.slice(at, end);
    texts[line.drop_front(7).take_until([](char c) { return c == ','; }).trim('"')] = rest.take_front(end + 1);
    rest = rest.drop_front(std::min(rest.size(), end + 1));
  }
  return texts;
}

} // namespace

std::vector<KernelCode> cutIntoKernels(const cpu::EmittedCode &code, llvm::ArrayRef<StringRef> kernels) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  auto unit = llvm::parseAssemblyString(code.llvmIr, problem, context);
  if (!unit) return {}; // the unit's own file is there all the same
  llvm::StringMap<StringRef> texts = functionTexts(code.assembly);
  std::vector<KernelCode> result;
  for (StringRef name : kernels) {
    const llvm::Function *function = unit->getFunction(name);
    if (!function || function->isDeclaration()) continue;
    Globals used;
    llvm::SmallPtrSet<const llvm::Value *, 32> seen;
    collect(function, used, seen);
    KernelCode kernel{name.str(), moduleOf(*unit, used), ""};
    for (const llvm::GlobalValue *value : used) kernel.assembly += texts.lookup(value->getName());
    result.push_back(std::move(kernel));
  }
  return result;
}

} // namespace ingot
