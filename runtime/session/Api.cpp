// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C interface of abi/Ingot.h over Session, Sampler and Tokenizer.
#include "runtime/abi/Ingot.h"
#include "runtime/memory/Blob.h"
#include "runtime/sampling/Sampler.h"
#include "runtime/session/Session.h"
#include "runtime/text/Tokenizer.h"

#include <new>
#include <stdio.h>

using namespace ingot::runtime;

struct ingot_session {
  Blob blob;
  Session session;
  Sampler sampler;
  Tokenizer tokenizer;
  bool hasTokenizer = false;
};

static ingot_status give(const Error &error, ingot_error *out) {
  if (!out) return error.status;
  out->status = error.status;
  out->message[0] = 0;
  if (error.status != INGOT_OK)
    snprintf(out->message, sizeof out->message, "%s%s%s%s%s", error.place, error.place[0] ? ": " : "", error.text,
             error.notes[0] ? "\n" : "", error.notes);
  return error.status;
}

static bool openSession(ingot_session &made, const ingot_session_options *options, Error &error) {
  char path[4096];
  if (!ownFile(&ingot_model, path, error) || !made.blob.open(ingot_model, path, error)) return false;
  SessionOptions wanted;
  if (options) wanted = {.threads = options->threads, .context = options->context};
  if (!made.session.open(ingot_model, made.blob, wanted, error)) return false;
  const ingot_section &text = ingot_model.text;
  if (text.size == 0) return true;
  if (!made.blob.verifyText(text, error)) return false;
  made.hasTokenizer = made.tokenizer.open(made.blob.data() + text.offset, text.size);
  return made.hasTokenizer || errors::textDamaged(error);
}

static void remember(ingot_session *session, const int32_t *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) session->sampler.remember(tokens[i]);
}

const char *ingot_version(void) { return ingot_model.version; }

void ingot_facts(ingot_model_facts *out_facts) {
  const struct ingot_model &m = ingot_model;
  *out_facts = {m.name,       m.architecture, m.source, m.formats,   m.activations,
                m.vocabulary, m.context,      m.layers, m.embedding, m.blob_bytes};
}

ingot_status ingot_session_open(const ingot_session_options *options, ingot_session **out_session, ingot_error *out_error) {
  Error error;
  *out_session = nullptr;
  // Not `new`: that lives in libstdc++.
  void *memory = aligned_alloc(alignof(ingot_session), sizeof(ingot_session));
  if (!memory) {
    errors::outOfMemory(error, "the session", sizeof(ingot_session));
    return give(error, out_error);
  }
  auto *made = new (memory) ingot_session;
  made->sampler.restart(systemSeed());
  if (openSession(*made, options, error))
    *out_session = made;
  else
    ingot_session_close(made);
  return give(error, out_error);
}

void ingot_session_close(ingot_session *session) {
  if (!session) return;
  session->~ingot_session();
  free(session);
}

static bool isTokenClass(int tokenClass, Error &error) {
  if (tokenClass == INGOT_TOKENS_READ || tokenClass == INGOT_TOKENS_GENERATED) return true;
  return errors::badArgument(error, "the token class is neither INGOT_TOKENS_READ nor INGOT_TOKENS_GENERATED");
}

ingot_status ingot_session_feed(ingot_session *session, const int32_t *tokens, size_t count, ingot_token_class token_class,
                                ingot_error *out_error) {
  Error error;
  if (isTokenClass(token_class, error) && session->session.feed(tokens, count, token_class, error))
    remember(session, tokens, count);
  return give(error, out_error);
}

ingot_status ingot_session_feed_all(ingot_session *session, const int32_t *tokens, size_t count, ingot_token_class token_class,
                                    float *out_logits, ingot_error *out_error) {
  Error error;
  if (isTokenClass(token_class, error) && session->session.feedAll(tokens, count, token_class, out_logits, error))
    remember(session, tokens, count);
  return give(error, out_error);
}

ingot_status ingot_session_feed_text(ingot_session *session, const char *text, size_t bytes, ingot_error *out_error) {
  Error error;
  if (!session->hasTokenizer) {
    errors::noTokeniser(error);
    return give(error, out_error);
  }
  Array<int32_t> tokens;
  session->tokenizer.encode({text, bytes}, false, session->session.position() == 0, tokens);
  if (session->session.feed(tokens.data(), tokens.size(), INGOT_TOKENS_READ, error))
    remember(session, tokens.data(), tokens.size());
  return give(error, out_error);
}

const float *ingot_session_logits(const ingot_session *session) { return session->session.logits(); }

ingot_status ingot_session_sample(ingot_session *session, const ingot_sampling *sampling, int32_t *out_token,
                                  ingot_error *out_error) {
  Error error;
  float *logits = session->session.logits();
  if (!logits) {
    errors::noLogits(error);
    return give(error, out_error);
  }
  *out_token = session->sampler.sample(logits, ingot_model.vocabulary, sampling ? *sampling : ingot_sampling{});
  if (*out_token < 0) errors::notFinite(error, session->session.position());
  return give(error, out_error);
}

void ingot_session_seed(ingot_session *session, uint64_t seed) { session->sampler.restart(seed); }
size_t ingot_session_position(const ingot_session *session) { return session->session.position(); }

void ingot_session_reset(ingot_session *session) {
  session->session.reset();
  session->sampler.forget();
}

int ingot_token_is_end(const ingot_session *session, int32_t token) {
  return session->hasTokenizer && session->tokenizer.isEndToken(token);
}

ingot_status ingot_token_text(ingot_session *session, int32_t token, size_t capacity, char *out_bytes, size_t *out_count,
                              ingot_error *out_error) {
  Error error;
  *out_count = 0;
  if (!session->hasTokenizer) {
    errors::noTokeniser(error);
  } else if (token < 0 || static_cast<uint32_t>(token) >= ingot_model.vocabulary) {
    errors::tokenOutOfRange(error, token, ingot_model.vocabulary);
  } else {
    const std::string_view bytes = session->tokenizer.tokenBytes(token);
    *out_count = bytes.size();
    if (bytes.size() <= capacity) memcpy(out_bytes, bytes.data(), bytes.size());
  }
  return give(error, out_error);
}
