// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled model as a library: open a session, feed it tokens or text, take logits or sampled tokens. This is all that a
// compiled .so exports. A session is used by one thread at a time; different sessions are independent and share the weights.
#ifndef INGOT_RUNTIME_ABI_INGOT_H
#define INGOT_RUNTIME_ABI_INGOT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define INGOT_API __attribute__((visibility("default")))
#else
#define INGOT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ingot_status {
  INGOT_OK = 0,
  INGOT_INVALID_ARGUMENT = 1,
  INGOT_OUT_OF_MEMORY = 2,
  INGOT_CONTEXT_FULL = 3,          ///< the tokens do not fit into what is left of the context
  INGOT_DAMAGED = 4,               ///< the program or its weights are incomplete or altered
  INGOT_UNSUPPORTED_PROCESSOR = 5, ///< the processor lacks a feature that the program was compiled for
  INGOT_IO = 6,                    ///< a file could not be read or written
  INGOT_UNAVAILABLE = 7,           ///< the model has no such part: no tokeniser, no chat template
  INGOT_NUMERIC = 8,               ///< the logits hold no finite value
} ingot_status;

/// What went wrong, for people: one line, and perhaps lines that begin with "note: ".
typedef struct ingot_error {
  ingot_status status;
  char message[1536];
} ingot_error;

typedef struct ingot_session ingot_session;

/// Zero in any field means its default.
typedef struct ingot_session_options {
  uint32_t threads; ///< default: every processor this process may use
  uint32_t context; ///< in tokens; default and at most: the compiled context
} ingot_session_options;

/// Whether a token was read (a prompt) or generated. Only this may change its numbers: cutting a prompt anywhere, or using another
/// number of threads, gives the same bits.
typedef enum ingot_token_class {
  INGOT_TOKENS_READ = 0,
  INGOT_TOKENS_GENERATED = 1,
} ingot_token_class;

/// How a token is chosen: penalty, then top-k, top-p, min-p, then temperature. Zero-initialised, it is greedy.
typedef struct ingot_sampling {
  float temperature;    ///< 0: always the likeliest token
  uint32_t top_k;       ///< 0: off
  float top_p;          ///< 0 or 1: off
  float min_p;          ///< 0: off
  float repeat_penalty; ///< 0 or 1: off; over the last 64 tokens
} ingot_sampling;

typedef struct ingot_model_facts {
  const char *name, *architecture, *source, *formats, *activations;
  uint32_t vocabulary, context, layers, embedding;
  uint64_t weight_bytes;
} ingot_model_facts;

/// Version of Ingot that compiled this model.
INGOT_API const char *ingot_version(void);

INGOT_API void ingot_facts(ingot_model_facts *out_facts);

/// `options` and `out_error` may be null here and below.
INGOT_API ingot_status ingot_session_open(const ingot_session_options *options, ingot_session **out_session,
                                          ingot_error *out_error);

/// Null is allowed.
INGOT_API void ingot_session_close(ingot_session *session);

/// Appends tokens to the sequence and keeps the logits of the last one.
INGOT_API ingot_status ingot_session_feed(ingot_session *session, const int32_t *tokens, size_t count,
                                          ingot_token_class token_class, ingot_error *out_error);

/// The same, with the logits of every token: out_logits is [count, vocabulary].
INGOT_API ingot_status ingot_session_feed_all(ingot_session *session, const int32_t *tokens, size_t count,
                                              ingot_token_class token_class, float *out_logits, ingot_error *out_error);

/// Appends UTF-8 text as read tokens, after the model's first token (BOS) at the start of a sequence where it wants one.
INGOT_API ingot_status ingot_session_feed_text(ingot_session *session, const char *text, size_t bytes, ingot_error *out_error);

/// Logits of the last token fed, [vocabulary]; null before the first. Valid until the next feed.
INGOT_API const float *ingot_session_logits(const ingot_session *session);

/// Chooses the next token from these logits; feed it (INGOT_TOKENS_GENERATED) to go on.
INGOT_API ingot_status ingot_session_sample(ingot_session *session, const ingot_sampling *sampling, int32_t *out_token,
                                            ingot_error *out_error);

/// Restarts the session's random numbers; sessions start with a seed of their own from the system.
INGOT_API void ingot_session_seed(ingot_session *session, uint64_t seed);

/// Tokens in the sequence.
INGOT_API size_t ingot_session_position(const ingot_session *session);

/// Forgets the sequence and gives the cache's memory back.
INGOT_API void ingot_session_reset(ingot_session *session);

/// Whether the model ends its answer with this token.
INGOT_API int ingot_token_is_end(const ingot_session *session, int32_t token);

/// Writes the bytes of a token (not terminated; a character may be spread over several tokens) and their number, which may be
/// larger than `capacity`: then nothing is written.
INGOT_API ingot_status ingot_token_text(ingot_session *session, int32_t token, size_t capacity, char *out_bytes, size_t *out_count,
                                        ingot_error *out_error);

#ifdef __cplusplus
}
#endif
#endif
