// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/text/TemplateNames.h"
#include "runtime/abi/ChatTemplate.h"
#include <span>

namespace ingot::text {

struct Alias {
  std::string_view alias, name;
};
static constexpr Alias filterAliases[] = {{"count", "length"}, {"d", "default"}};
static constexpr Alias testAliases[] = {{"==", "eq"}, {"equalto", "eq"}, {"!=", "ne"},          {"<", "lt"}, {"lessthan", "lt"},
                                        {"<=", "le"}, {">", "gt"},       {"greaterthan", "gt"}, {">=", "ge"}};

static int find(std::span<const std::string_view> names, std::span<const Alias> aliases, std::string_view name) {
  for (const Alias &alias : aliases)
    if (alias.alias == name) name = alias.name;
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return int(i);
  return -1;
}

#define X(name, text) text,
static constexpr std::string_view functions[] = {INGOT_TEMPLATE_FUNCTIONS(X)};
static constexpr std::string_view methods[] = {INGOT_TEMPLATE_METHODS(X)};
static constexpr std::string_view filters[] = {INGOT_TEMPLATE_FILTERS(X)};
static constexpr std::string_view tests[] = {INGOT_TEMPLATE_TESTS(X)};
#undef X

int findFunction(std::string_view name) { return find(functions, {}, name); }
int findMethod(std::string_view name) { return find(methods, {}, name); }
int findFilter(std::string_view name) { return find(filters, filterAliases, name); }
int findTest(std::string_view name) { return find(tests, testAliases, name); }

} // namespace ingot::text
