// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/LinkBodies.h"

#include "codegen/cpu/object/Contraction.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"

namespace ingot::cpu {

using namespace llvm;

/// Leaves of Halide's module what is ours to keep: code, without its opinions on processor, aliasing and linkage.
static void neutralise(Module &body) {
  for (const char *name : {"llvm.module.flags", "llvm.ident", "llvm.commandline"})
    if (NamedMDNode *node = body.getNamedMetadata(name)) node->eraseFromParent();
  for (Function &function : body) {
    for (const char *attribute : {"target-cpu", "target-features", "tune-cpu", "reciprocal-estimates", "use-soft-float"})
      function.removeFnAttr(attribute);
    if (function.isDeclaration()) continue;
    function.removeFnAttr(Attribute::NoInline);
    function.addFnAttr(Attribute::AlwaysInline);
    for (Instruction &instruction : instructions(function)) {
      // Halide says that different buffers never alias. Ours may: an in-place row, a softmax over its own scores.
      instruction.setMetadata(LLVMContext::MD_tbaa, nullptr);
    }
  }
  contractMultiplyAdds(body);
}

/// Halide puts no more than 16 KiB of an array on the stack and asks its runtime for the rest; ours has no such function, and
/// threads have megabytes of stack. False when a size isn't a constant.
static bool moveHeapToStack(Module &body) {
  if (Function *release = body.getFunction("halide_free"))
    for (User *user : make_early_inc_range(release->users()))
      if (auto *call = dyn_cast<CallInst>(user)) call->eraseFromParent();
  Function *allocate = body.getFunction("halide_malloc");
  if (!allocate) return true;
  for (User *user : make_early_inc_range(allocate->users())) { // (user context, bytes)
    auto *call = dyn_cast<CallInst>(user);
    auto *bytes = call ? dyn_cast<ConstantInt>(call->getArgOperand(1)) : nullptr;
    if (!bytes) return false;
    IRBuilder<> builder(&call->getFunction()->getEntryBlock().front());
    AllocaInst *array = builder.CreateAlloca(ArrayType::get(builder.getInt8Ty(), bytes->getZExtValue()));
    array->setAlignment(Align(64));
    call->replaceAllUsesWith(array);
    call->eraseFromParent();
  }
  return true;
}

bool linkBodies(const HalideBitcode &bitcode, Module &module, std::string &error) {
  Linker linker(module);
  for (const std::string &file : bitcode.files) {
    Expected<std::unique_ptr<Module>> body = parseBitcodeFile(MemoryBufferRef(file, "halide"), module.getContext());
    if (!body) {
      error = "Halide's bitcode can't be read: " + toString(body.takeError());
      return false;
    }
    neutralise(**body);
    if (!moveHeapToStack(**body)) {
      error = "a kernel's body wants memory of a size that isn't constant";
      return false;
    }
    (*body)->setTargetTriple(module.getTargetTriple());
    (*body)->setDataLayout(module.getDataLayout());
    std::vector<std::string> defined;
    for (const Function &function : **body)
      if (!function.isDeclaration()) defined.push_back(function.getName().str());
    if (linker.linkInModule(std::move(*body))) {
      error = "Halide's bitcode can't be linked to '" + module.getName().str() + "'";
      return false;
    }
    for (const std::string &name : defined)
      if (Function *function = module.getFunction(name)) function->setLinkage(GlobalValue::InternalLinkage);
  }
  return true;
}

void setTargetAttributes(const CpuTarget &target, Module &module) {
  const std::string features = target.featureString(), width = std::to_string(target.unit.bits);
  for (Function &function : module) {
    if (function.isDeclaration()) continue;
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("tune-cpu", target.tune);
    function.addFnAttr("target-features", features);
    if (!target.isAArch64()) {
      function.addFnAttr("prefer-vector-width", width); // Intel's models prefer 256 where there are 512
      function.addFnAttr("min-legal-vector-width", width);
    }
    function.addFnAttr(Attribute::NoUnwind);
  }
}

} // namespace ingot::cpu
