// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a library shows, and what it does not.
int ingot_shown(void) { return 42; }
int ingot_internal(void) { return 1; }
int other(void) { return 2; }
