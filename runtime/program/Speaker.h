// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokens and speaks: samples, streams text, stops. What one answer and each turn of a conversation have in common.
#ifndef INGOT_RUNTIME_PROGRAM_SPEAKER_H
#define INGOT_RUNTIME_PROGRAM_SPEAKER_H

#include "runtime/program/Program.h"
#include "runtime/sampling/Sampler.h"
#include "runtime/text/Tokenizer.h"

namespace ingot::runtime {

class Speaker {
public:
  explicit Speaker(const Program &program);

  /// Opens the tokeniser and the session.
  bool open();
  /// Makes the session's tokens these ones. What it already holds of their beginning is not read again.
  bool read(const Array<int32_t> &tokens);
  /// Speaks to standard output until an end token, the count of -n, a full context, an interrupt or a closed pipe; `spoken` gets
  /// the text.
  bool speak(Text &spoken);

  const Tokenizer &tokenizer() const { return words; }
  uint32_t context() const { return session.context(); }

private:
  bool feed(const int32_t *tokens, size_t count, ingot_token_class tokenClass);

  const Program &program;
  Session session;
  Sampler sampler;
  Tokenizer words;
  Array<int32_t> held; // the session's tokens
};

} // namespace ingot::runtime
#endif
