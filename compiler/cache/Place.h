// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the environment says about the cache: where it lies and how large it may grow.
#ifndef INGOT_COMPILER_CACHE_PLACE_H
#define INGOT_COMPILER_CACHE_PLACE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace ingot::cache {

/// $XDG_CACHE_HOME/ingot, else ~/.cache/ingot. It need not exist.
llvm::Expected<std::string> cacheFolder();

/// $INGOT_CACHE_LIMIT, else 20 GB.
llvm::Expected<uint64_t> cacheLimitBytes();

/// "1234", "500M", "20G", "1T"; a B or iB behind the letter changes nothing, units are powers of 1000.
llvm::Expected<uint64_t> parseSize(llvm::StringRef text);

/// "1.2 GB"
std::string sizeText(uint64_t bytes);

} // namespace ingot::cache
#endif
