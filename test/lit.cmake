# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The tests through IR and the command line: `ninja check-lit`, and one ctest entry.
configure_file(lit.site.cfg.py.in lit.site.cfg.py @ONLY)
set(lit_command ${LLVM_TOOLS_BINARY_DIR}/lit -v --order=lexical ${CMAKE_CURRENT_BINARY_DIR})
add_custom_target(check-lit COMMAND ${lit_command} DEPENDS ingot ingot-opt USES_TERMINAL)
add_test(NAME lit COMMAND ${lit_command})
set_tests_properties(lit PROPERTIES LABELS lit TIMEOUT 600)
