// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The functions, methods, filters and tests that a template may use, by name; -1 for others.
#ifndef INGOT_FRONTENDS_TEXT_TEMPLATENAMES_H
#define INGOT_FRONTENDS_TEXT_TEMPLATENAMES_H

#include <string_view>

namespace ingot::text {

int findFunction(std::string_view name);
int findMethod(std::string_view name);
int findFilter(std::string_view name);
int findTest(std::string_view name);

} // namespace ingot::text
#endif
