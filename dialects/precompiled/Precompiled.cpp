// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exists so that the precompiled header has an owner.
#include "dialects/precompiled/Precompiled.h"
