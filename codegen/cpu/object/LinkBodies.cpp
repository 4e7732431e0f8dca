// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/LinkBodies.h"

#include "codegen/cpu/object/Contraction.h"

#include "llvm/Bitcode/BitcodeReader.h"
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

bool linkBodies(const HalideBitcode &bitcode, Module &module, std::string &error) {
  Linker linker(module);
  for (const std::string &file : bitcode.files) {
    Expected<std::unique_ptr<Module>> body = parseBitcodeFile(MemoryBufferRef(file, "halide"), module.getContext());
    if (!body) {
      error = "Halide's bitcode can't be read: " + toString(body.takeError());
      return false;
    }
    neutralise(**body);
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
  const std::string features = target.featureString();
  for (Function &function : module) {
    if (function.isDeclaration()) continue;
    function.addFnAttr("target-cpu", "x86-64");
    function.addFnAttr("tune-cpu", target.tune);
    function.addFnAttr("target-features", features);
    function.addFnAttr("prefer-vector-width", "512"); // Intel's models prefer 256
    function.addFnAttr("min-legal-vector-width", "512");
    function.addFnAttr(Attribute::NoUnwind);
  }
}

} // namespace ingot::cpu
