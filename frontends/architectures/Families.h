// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One function a family, each in the file of its name.
#ifndef INGOT_FRONTENDS_ARCHITECTURES_FAMILIES_H
#define INGOT_FRONTENDS_ARCHITECTURES_FAMILIES_H

namespace ingot::architectures {
class GraphBuilder;
void buildLlama(GraphBuilder &graph);
void buildGemma3(GraphBuilder &graph);
} // namespace ingot::architectures
#endif
