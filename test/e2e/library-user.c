// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A user of a compiled model as a C library: `library-user IDS.txt LOGITS.f32` writes what `program --logits` would, feeding each
// prompt in two pieces.
#include HEADER

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(ingot_status status, const ingot_error *error) {
  if (status == INGOT_OK) return;
  fprintf(stderr, "library-user: error: %s\n", error->message);
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  FILE *in = fopen(arguments[1], "r"), *out = fopen(arguments[2], "wb");
  if (!in || !out) return 2;

  ingot_model_facts facts;
  ingot_facts(&facts);
  ingot_error error;
  ingot_session *session;
  ingot_session_options options = {.threads = 2};
  check(ingot_session_open(&options, &session, &error), &error);

  static char line[1 << 16];
  while (fgets(line, sizeof line, in)) {
    int32_t ids[1024];
    size_t length = 0;
    for (char *word = strtok(line, " \n"); word && length < 1024; word = strtok(NULL, " \n")) ids[length++] = atoi(word);
    float *logits = malloc(length * facts.vocabulary * sizeof *logits);
    if (!logits) return 2;
    ingot_session_reset(session);
    size_t first = length / 2;
    if (first) check(ingot_session_feed_all(session, ids, first, INGOT_TOKENS_READ, logits, &error), &error);
    check(ingot_session_feed_all(session, ids + first, length - first, INGOT_TOKENS_READ, logits + first * facts.vocabulary, &error),
          &error);
    const float *last = ingot_session_logits(session);
    if (memcmp(last, logits + (length - 1) * facts.vocabulary, facts.vocabulary * sizeof *last)) {
      fprintf(stderr, "library-user: error: the session's logits are not the last row\n");
      return 1;
    }
    if (fwrite(logits, sizeof *logits, length * facts.vocabulary, out) != length * facts.vocabulary) return 2;
    free(logits);
  }
  ingot_session_close(session);
  return fclose(out) ? 2 : 0;
}
