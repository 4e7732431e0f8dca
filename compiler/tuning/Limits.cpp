// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Limits.h"

#include "runtime/measure/Limits.h"

namespace ingot::tuning {

llvm::Expected<Limit> measureLimit(unsigned threads) {
  runtime::Error error;
  runtime::Team team;
  runtime::Limits limits;
  if (!team.start(threads, 0, error) || !runtime::measureLimits(team, limits, error))
    return llvm::createStringError(llvm::Twine("error: the machine's limits cannot be measured: ") + error.text);
  Limit result;
  result.threads = threads;
  result.readBytes = limits.readBytesPerSecond, result.dotOperations = limits.int8OperationsPerSecond;
  return result;
}

} // namespace ingot::tuning
