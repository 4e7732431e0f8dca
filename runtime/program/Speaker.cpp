// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Speaker.h"
#include "runtime/program/Interrupt.h"

namespace ingot::runtime {

Speaker::Speaker(const Program &program)
    : program(program), sampler(program.options.seeded ? program.options.seed : systemSeed()) {}

bool Speaker::open() {
  const ingot_section &text = program.model.text;
  if (text.size == 0) return errors::noTokeniser(program.error);
  if (!program.blob.verifyText(text, program.error)) return false;
  if (!words.open(program.blob.data() + text.offset, text.size)) return errors::textDamaged(program.error);
  return program.open(session);
}

bool Speaker::feed(const int32_t *tokens, size_t count, ingot_token_class tokenClass) {
  if (!session.feed(tokens, count, tokenClass, program.error)) return false;
  held.append(tokens, count);
  return true;
}

bool Speaker::read(const Array<int32_t> &tokens) {
  if (tokens.empty()) return errors::noPrompt(program.error);
  if (tokens.size() > session.context())
    return errors::promptTooLong(program.error, tokens.size(), session.context(), program.model.context);
  size_t known = 0; // at least the last token is read: its logits are wanted
  while (known < held.size() && known + 1 < tokens.size() && held[known] == tokens[known]) known++;
  session.rewind(static_cast<uint32_t>(known));
  held.truncate(known);
  sampler.forget();
  for (const int32_t token : tokens) sampler.remember(token);
  // Pass by pass, so that an interrupt does not wait for a long text.
  const size_t piece = program.model.plans[INGOT_PLAN_READ].tokens_max;
  for (size_t done = known; done < tokens.size() && !interrupted();) {
    const size_t size = tokens.size() - done < piece ? tokens.size() - done : piece;
    if (!feed(tokens.data() + done, size, INGOT_TOKENS_READ)) return false;
    done += size;
  }
  return true;
}

bool Speaker::speak(Text &spoken) {
  StreamDecoder decoder(words, true);
  const auto show = [&](std::string_view text) {
    append(spoken, text);
    return text.empty() || program.output.write(text);
  };
  const uint32_t most = program.options.count;
  for (uint32_t count = 0; (most == 0 || count < most) && !interrupted(); count++) {
    const int32_t token = sampler.sample(session.logits(), program.model.vocabulary, program.options.sampling);
    if (token < 0) return errors::notFinite(program.error, session.position());
    if (words.isEndToken(token)) break;
    if (!show(decoder.push(token))) return false;
    if (most != 0 && count + 1 == most) break;
    if (session.position() == session.context()) {
      show(decoder.flush());
      say("\nnote: the context of %u tokens is full: the answer ends here", session.context());
      return program.output.good();
    }
    if (!feed(&token, 1, INGOT_TOKENS_GENERATED)) return false;
    sampler.remember(token);
  }
  return show(decoder.flush());
}

} // namespace ingot::runtime
