// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/RowBody.h"

#include "codegen/cpu/halide/RowGraph.h"

namespace ingot::cpu {

bool buildRowBody(const RowKernel &kernel, RowBody &body, std::string &error) {
  body = {};
  body.function = kernel.name + "_token";
  return catchingErrors(kernel.name, error, [&] {
    RowGraph graph(kernel, body.inputs);
    body.needsPosition = graph.readsPosition();
    std::vector<RowPlane> planes;
    for (size_t i = 0; i < kernel.outputs.size(); ++i) addOutput(graph, kernel.outputs[i], int(i), planes);
    std::vector<Halide::Func> functions;
    for (const RowPlane &plane : planes) {
      functions.push_back(plane.function);
      body.outputs.push_back(plane.buffer);
    }
    body.bitcode = compileToBitcode(kernel.name, kernel.unit, {{body.function, functions, graph.arguments()}});
  });
}

} // namespace ingot::cpu
