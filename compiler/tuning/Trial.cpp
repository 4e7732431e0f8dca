// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Trial.h"

#include "llvm/ADT/Twine.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using llvm::Twine;

namespace ingot::tuning {
namespace {

constexpr int exitNotPrepared = 3, exitNotTimed = 4;

bool readWhole(int descriptor, void *bytes, size_t size) {
  for (char *at = static_cast<char *>(bytes); size > 0;) {
    ssize_t count = read(descriptor, at, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count, size -= count;
  }
  return true;
}

bool writeWhole(int descriptor, const void *bytes, size_t size) { return write(descriptor, bytes, size) == ssize_t(size); }

/// The child's life. It ends with its parent, and speaks to nobody.
[[noreturn]] void serve(int requests, int answers, pid_t parent, const std::function<Prepared()> &prepare) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  // A crash is the parent's to report: no handler, no stack trace, no core file.
  for (int number : {SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE, SIGTRAP, SIGPIPE}) signal(number, SIG_DFL);
  prctl(PR_SET_DUMPABLE, 0);
  int nowhere = open("/dev/null", O_RDWR);
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, descriptor);
  Prepared prepared = prepare();
  if (!prepared.timer) _exit(exitNotPrepared);
  if (!writeWhole(answers, &prepared.fingerprint, sizeof(prepared.fingerprint))) _exit(0);
  TimingRequest request;
  while (readWhole(requests, &request, sizeof(request))) {
    std::optional<double> seconds = prepared.timer(request);
    if (!seconds) _exit(exitNotTimed);
    if (!writeWhole(answers, &*seconds, sizeof(*seconds))) break;
  }
  _exit(0);
}

std::string endOf(int status) {
  if (WIFSIGNALED(status))
    return (Twine("ended by signal ") + Twine(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")").str();
  switch (WEXITSTATUS(status)) {
  case exitNotPrepared:
    return "can't be compiled";
  case exitNotTimed:
    return "got no threads to run with";
  default:
    return ("ended with status " + Twine(WEXITSTATUS(status))).str();
  }
}

} // namespace

llvm::Expected<std::unique_ptr<Trial>> Trial::start(const std::function<Prepared()> &prepare) {
  int requests[2] = {-1, -1}, answers[2] = {-1, -1};
  pid_t child = -1;
  if (pipe2(requests, O_CLOEXEC) == 0 && pipe2(answers, O_CLOEXEC) == 0) {
    pid_t parent = getpid();
    child = fork();
    if (child == 0) {
      close(requests[1]), close(answers[0]);
      serve(requests[0], answers[1], parent, prepare);
    }
  }
  int code = errno;
  for (int descriptor : {requests[0], answers[1]})
    if (descriptor >= 0) close(descriptor);
  if (child > 0) return std::unique_ptr<Trial>(new Trial(child, requests[1], answers[0]));
  for (int descriptor : {requests[1], answers[0]})
    if (descriptor >= 0) close(descriptor);
  return llvm::createStringError(Twine("error: cannot start a process: ") + strerror(code));
}

Trial::~Trial() {
  if (child > 0) endWith("");
  close(requests);
  close(answers);
}

void Trial::endWith(std::string why) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  child = -1;
  reason = std::move(why);
}

bool Trial::receive(void *bytes, size_t size, Milliseconds limit) {
  if (child < 0) return false;
  pollfd waiting = {answers, POLLIN, 0};
  auto end = std::chrono::steady_clock::now() + limit;
  int ready;
  do {
    auto left = std::chrono::duration_cast<Milliseconds>(end - std::chrono::steady_clock::now()).count();
    ready = poll(&waiting, 1, int(std::max<int64_t>(left, 0)));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    endWith("took longer than " + std::to_string(limit.count()) + " ms");
    return false;
  }
  if (readWhole(answers, bytes, size)) return true;
  int status = 0;
  waitpid(child, &status, 0); // the pipe is closed: it has ended, or is about to
  child = -1;
  reason = endOf(status);
  return false;
}

bool Trial::waitUntilReady(Milliseconds limit) {
  if (!isReady) isReady = receive(&readyFingerprint, sizeof(readyFingerprint), limit);
  return isReady;
}

std::optional<double> Trial::time(const TimingRequest &request, Milliseconds limit) {
  // Writing to a child that has ended must not end this process.
  struct sigaction ignore = {}, before = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  bool isAsked = child > 0 && writeWhole(requests, &request, sizeof(request));
  sigaction(SIGPIPE, &before, nullptr);
  double seconds = 0;
  bool isAnswered = receive(&seconds, sizeof(seconds), limit); // of one that couldn't be asked: how it ended
  return isAsked && isAnswered ? std::optional(seconds) : std::nullopt;
}

} // namespace ingot::tuning
