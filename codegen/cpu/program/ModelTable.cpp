// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of runtime/abi/Model.h, field by field in its order.
#include "codegen/cpu/program/ConstantTables.h"
#include "codegen/cpu/program/EmitProgram.h"
#include "dialects/plan/Plan.h"

using namespace mlir;

namespace ingot::cpu {

static StructValue planTable(ConstantTables &tables, plan::ProgramOp program) {
  std::string prefix = program.getSymName().str();
  std::vector<int64_t> operands; // struct ingot_operand: space and a zero, then the offset
  std::vector<StructValue> steps;
  for (auto step : program.getBody().getOps<plan::StepOp>()) {
    Address first{prefix + ".operands", int64_t(operands.size() * sizeof(int64_t))};
    for (Value operand : step.getOperands()) {
      auto buffer = operand.getDefiningOp<plan::BufferOp>();
      operands.push_back(int64_t(buffer.getSpace()));
      operands.push_back(*buffer.getOffset());
    }
    steps.push_back({{tables.text(step.getKernel()), tables.function(step.getKernel()), first, uint32_t(step.getOperands().size()),
                      uint32_t(step.getDomain()), uint32_t(step.getFactor()), uint32_t(step.getDivisor()),
                      uint32_t(step.getGrain()), uint32_t(step.getPerWanted()), uint64_t(step.getSourceBytes()),
                      uint64_t(step.getMultiplyAdds()), uint64_t(step.getRepeatable() ? step.getWrites() : 0)}});
  }
  tables.integers(prefix + ".operands", operands);
  Address table = tables.structs(prefix + ".steps", steps);
  return {{table, uint32_t(steps.size()), uint32_t(program.getTokens()), uint32_t(program.getBlock()), uint32_t(0),
           uint64_t(program.getArena()), uint64_t(program.getScratch())}};
}

static StructValue section(const ingot_section &value) { return {{value.offset, value.size}}; }

void emitModelTable(ModuleOp module, const ModelFacts &facts, ProgramUnits &out) {
  ConstantTables tables(out.units.back().module);
  StructValue plans;
  for (StringRef name : {"read", "generated"}) // INGOT_PLAN_READ, INGOT_PLAN_GENERATED
    plans.fields.push_back(planTable(tables, cast<plan::ProgramOp>(module.lookupSymbol(name))));
  auto text = [&](const std::string &value) { return tables.text(value); };
  StructValue model{{uint32_t(INGOT_MODEL_ABI_VERSION),
                     facts.features,
                     text(facts.name),
                     text(facts.architecture),
                     text(facts.source),
                     text(facts.formats),
                     text(facts.activations),
                     text(facts.cache),
                     text(facts.version),
                     facts.external.empty() ? Address{} : text(facts.external),
                     facts.blobBytes,
                     facts.blobIdentity,
                     facts.cacheBytes,
                     facts.cacheBytesPerToken,
                     facts.sourceBytes,
                     facts.multiplyAdds,
                     facts.vocabulary,
                     facts.context,
                     facts.layers,
                     facts.embedding,
                     section(facts.text),
                     section(facts.notices),
                     plans}};
  tables.define("ingot_model", model);
}

} // namespace ingot::cpu
