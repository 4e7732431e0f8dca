// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A child process that prepares something (compiles a candidate) and then times it whenever it is asked. LLVM aborts on what it
// cannot do, and a new kernel may crash or never end: that ends the child and is noted, and the tuner goes on.
#ifndef INGOT_COMPILER_TUNING_TRIAL_H
#define INGOT_COMPILER_TUNING_TRIAL_H

#include "llvm/Support/Error.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace ingot::tuning {

struct TimingRequest {
  int32_t threads = 1;
  int32_t passes = 1; ///< runs of the kernel, one after the other
  int32_t tokens = 1; ///< in each pass
};

/// Answers a request in seconds, or not at all: that ends the child. Lives and runs in the child.
using Timer = std::function<std::optional<double>(const TimingRequest &)>;

/// What the child is ready with.
struct Prepared {
  Timer timer;             ///< none: it can't be prepared
  int64_t fingerprint = 0; ///< equal for candidates that need not both be timed
};

class Trial {
public:
  using Milliseconds = std::chrono::milliseconds;

  /// `prepare` runs in the child, at once.
  static llvm::Expected<std::unique_ptr<Trial>> start(const std::function<Prepared()> &prepare);
  ~Trial(); ///< ends the child

  /// Whether the child is ready; false: it ended, or wasn't ready in time, and `failure` says so.
  bool waitUntilReady(Milliseconds limit);
  int64_t fingerprint() const { return readyFingerprint; }
  std::optional<double> time(const TimingRequest &request, Milliseconds limit);
  /// "ended by signal 11 (Segmentation fault)", "took longer than 5000 ms"; empty: nothing is wrong.
  const std::string &failure() const { return reason; }

private:
  Trial(pid_t child, int requests, int answers) : child(child), requests(requests), answers(answers) {}
  bool receive(void *bytes, size_t size, Milliseconds limit);
  void endWith(std::string why);

  pid_t child;
  int requests, answers; ///< pipes
  bool isReady = false;
  int64_t readyFingerprint = 0;
  std::string reason;
};

} // namespace ingot::tuning
#endif
