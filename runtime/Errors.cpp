// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/Errors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace ingot::runtime::errors {

namespace {

__attribute__((format(printf, 3, 4))) bool fail(Error &error, ingot_status status, const char *format, ...) {
  error.status = status;
  error.place[0] = error.notes[0] = 0;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error.text, sizeof error.text, format, arguments);
  va_end(arguments);
  return false;
}

bool at(Error &error, const char *place) {
  snprintf(error.place, sizeof error.place, "%s", place);
  return false;
}

bool atLine(Error &error, const char *path, uint64_t line) {
  snprintf(error.place, sizeof error.place, "%s:%" PRIu64, path, line);
  return false;
}

__attribute__((format(printf, 2, 3))) bool note(Error &error, const char *format, ...) {
  const size_t used = strlen(error.notes);
  const int start = snprintf(error.notes + used, sizeof error.notes - used, "%snote: ", used ? "\n" : "");
  const size_t begin = used + static_cast<size_t>(start);
  if (begin >= sizeof error.notes) return false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error.notes + begin, sizeof error.notes - begin, format, arguments);
  va_end(arguments);
  return false;
}

} // namespace

bool outOfMemory(Error &error, const char *what, uint64_t bytes) {
  fail(error, INGOT_OUT_OF_MEMORY, "out of memory: %" PRIu64 " bytes for %s", bytes, what);
  return note(error, "a smaller --context or fewer --threads need less");
}
bool noThread(Error &error, unsigned thread, int code) {
  fail(error, INGOT_OUT_OF_MEMORY, "cannot start thread %u: %s", thread, strerror(code));
  return note(error, "fewer --threads need less of the system");
}
bool missingFeatures(Error &error, const char *names, bool several) {
  fail(error, INGOT_UNSUPPORTED_PROCESSOR, "this program was compiled for %s, which this processor lacks", names);
  return note(error, "compile it again on this machine, or with --target for %s",
              several ? "a processor without them" : "one without it");
}

bool cannotOpen(Error &error, const char *path, int code) {
  fail(error, INGOT_IO, "cannot open: %s", strerror(code));
  return at(error, path);
}
bool cannotRead(Error &error, const char *path, int code) {
  fail(error, INGOT_IO, "cannot read: %s", strerror(code));
  return at(error, path);
}
bool cannotWrite(Error &error, const char *path, int code) {
  fail(error, INGOT_IO, "cannot write: %s", strerror(code));
  return at(error, path);
}
bool cannotMap(Error &error, const char *path, uint64_t bytes, int code) {
  fail(error, INGOT_IO, "cannot map %" PRIu64 " bytes of weights: %s", bytes, strerror(code));
  return at(error, path);
}
bool noOwnFile(Error &error) {
  fail(error, INGOT_IO, "cannot find the file this code was loaded from");
  return note(error, "the weights lie in it; /proc must be mounted");
}
bool weightsMissing(Error &error, const char *path, uint64_t fileBytes, uint64_t blobBytes, bool external) {
  fail(error, INGOT_DAMAGED, "no weights at the end of the file: it is %" PRIu64 " bytes, the weights alone are %" PRIu64,
       fileBytes, blobBytes);
  at(error, path);
  if (external) return note(error, "copy the weights file again, whole, or compile the model again");
  note(error, "strip, objcopy and packers delete what is appended to a program");
  return note(error, "copy the program again, whole, or compile the model again");
}
bool externalNotFound(Error &error, const char *path, int code) {
  fail(error, INGOT_IO, "cannot open the weights: %s", strerror(code));
  at(error, path);
  return note(error, "this program was compiled with --weights external: keep that file beside the program");
}
bool trailerDamaged(Error &error, const char *path, uint32_t stored, uint32_t computed) {
  fail(error, INGOT_DAMAGED, "the trailer is damaged: checksum %08x, but its contents give %08x", stored, computed);
  at(error, path);
  return note(error, "copy the file again, whole, or compile the model again");
}
bool trailerVersion(Error &error, const char *path, uint32_t found, uint32_t known) {
  fail(error, INGOT_DAMAGED, "the weights are in layout version %u, but this program reads version %u", found, known);
  at(error, path);
  return note(error, "compile the model again");
}
bool truncated(Error &error, const char *path, uint64_t fileBytes, uint64_t needed) {
  fail(error, INGOT_DAMAGED, "the file is %" PRIu64 " bytes, but its trailer speaks of %" PRIu64, fileBytes, needed);
  at(error, path);
  return note(error, "copy the file again, whole, or compile the model again");
}
bool foreignWeights(Error &error, const char *path, uint64_t found, uint64_t wanted) {
  fail(error, INGOT_DAMAGED, "the weights belong to another program: identity %016" PRIx64 ", wanted %016" PRIx64, found, wanted);
  at(error, path);
  return note(error, "the code and the weights of one compilation belong together; compile the model again");
}
bool codeDamaged(Error &error, const char *path, uint32_t stored, uint32_t computed) {
  fail(error, INGOT_DAMAGED, "the program's code was altered: checksum %08x, but its bytes give %08x", stored, computed);
  at(error, path);
  return note(error, "copy the program again, whole, or compile the model again");
}
bool weightsDamaged(Error &error, const char *path, uint32_t stored, uint32_t computed) {
  fail(error, INGOT_DAMAGED, "the weights were altered: checksum %08x, but their bytes give %08x", stored, computed);
  at(error, path);
  return note(error, "copy the file again, whole, or compile the model again");
}
bool modelVersion(Error &error, uint32_t found, uint32_t known) {
  return fail(error, INGOT_DAMAGED, "internal error: compiled model of interface version %u linked with a runtime of version %u",
              found, known);
}
bool textAltered(Error &error, const char *path, uint32_t stored, uint32_t computed) {
  fail(error, INGOT_DAMAGED, "the tokeniser's tables were altered: checksum %08x, but their bytes give %08x", stored, computed);
  at(error, path);
  return note(error, "copy the file again, whole, or compile the model again");
}
bool textDamaged(Error &error) {
  fail(error, INGOT_DAMAGED, "the tokeniser's tables are damaged");
  return note(error, "copy the file again, whole, or compile the model again");
}

bool contextTooLarge(Error &error, uint64_t wanted, uint64_t compiled) {
  fail(error, INGOT_INVALID_ARGUMENT,
       "a context of %" PRIu64 " tokens is wanted, but the program was compiled for at most %" PRIu64, wanted, compiled);
  return note(error, "compile it again with --context %" PRIu64, wanted);
}
bool contextFull(Error &error, uint64_t position, uint64_t count, uint64_t context) {
  fail(error, INGOT_CONTEXT_FULL, "%" PRIu64 " tokens do not fit: %" PRIu64 " of the context's %" PRIu64 " are taken", count,
       position, context);
  return note(error, "reset the session, or use a larger context");
}
bool promptTooLong(Error &error, uint64_t tokens, uint64_t context, uint64_t compiled) {
  fail(error, INGOT_CONTEXT_FULL, "the prompt is %" PRIu64 " tokens, but the context has room for %" PRIu64, tokens, context);
  if (context < compiled) return note(error, "--context may be up to %" PRIu64, compiled);
  return note(error, "shorten the prompt, or compile the model again with a larger --context");
}
bool benchTooLong(Error &error, uint64_t past, uint64_t prefill, uint64_t decode, uint64_t context) {
  char after[48] = "";
  if (past) snprintf(after, sizeof after, " after %" PRIu64, past);
  fail(error, INGOT_CONTEXT_FULL, "reading %" PRIu64 " or generating %" PRIu64 " tokens%s needs more than the context's %" PRIu64,
       prefill, decode, after, context);
  return note(error, past ? "--past N, --prefill N and -n N measure fewer" : "--prefill N and -n N measure fewer");
}
bool cacheTooLarge(Error &error, uint64_t cacheBytes, uint64_t memoryBytes) {
  fail(error, INGOT_OUT_OF_MEMORY, "--past fills the whole cache of %.1f GB, more than half of the memory's %.1f GB",
       static_cast<double>(cacheBytes) * 1e-9, static_cast<double>(memoryBytes) * 1e-9);
  return note(error, "a program compiled with a smaller --context has a smaller cache");
}
bool tokenOutOfRange(Error &error, int64_t token, uint32_t vocabulary) {
  return fail(error, INGOT_INVALID_ARGUMENT, "token %" PRId64 " is out of range: the vocabulary has %u tokens", token, vocabulary);
}
bool noTokens(Error &error) { return fail(error, INGOT_INVALID_ARGUMENT, "no tokens to feed"); }
bool noLogits(Error &error) { return fail(error, INGOT_INVALID_ARGUMENT, "no logits yet: feed a token first"); }
bool notFinite(Error &error, uint64_t position) {
  fail(error, INGOT_NUMERIC, "the logits after %" PRIu64 " tokens hold no finite value", position);
  return note(error, "--verify checks whether the weights were damaged");
}
bool badArgument(Error &error, const char *what) { return fail(error, INGOT_INVALID_ARGUMENT, "%s", what); }
bool noTokeniser(Error &error) {
  fail(error, INGOT_UNAVAILABLE, "this model has no tokeniser, it cannot read text");
  return note(error, "--logits and --generate work on token ids");
}
bool noTemplate(Error &error, const char *wantedBy) {
  fail(error, INGOT_UNAVAILABLE, "this model has no chat template, which %s needs", wantedBy);
  return note(error, "give a text as prompt, the model continues it");
}
bool templateFailed(Error &error, const char *reason) {
  return fail(error, INGOT_UNAVAILABLE, "the chat template cannot be applied: %s", reason);
}

bool emptyFile(Error &error, const char *path) {
  fail(error, INGOT_INVALID_ARGUMENT, "the file holds no prompt");
  at(error, path);
  return note(error, "one prompt a line, token ids separated by blanks");
}
bool emptyLine(Error &error, const char *path, uint64_t line) {
  fail(error, INGOT_INVALID_ARGUMENT, "empty line, but every line is a prompt");
  atLine(error, path, line);
  return note(error, "one prompt a line, token ids separated by blanks");
}
bool notAnId(Error &error, const char *path, uint64_t line, const char *word) {
  fail(error, INGOT_INVALID_ARGUMENT, "'%s' is not a token id", word);
  return atLine(error, path, line);
}
bool idOutOfRange(Error &error, const char *path, uint64_t line, int64_t token, uint32_t vocabulary) {
  tokenOutOfRange(error, token, vocabulary);
  return atLine(error, path, line);
}
bool lineTooLong(Error &error, const char *path, uint64_t line, uint64_t tokens, uint64_t generated, uint64_t context,
                 uint64_t compiled) {
  if (generated)
    fail(error, INGOT_CONTEXT_FULL, "%" PRIu64 " tokens and %" PRIu64 " to generate, but the context has room for %" PRIu64, tokens,
         generated, context);
  else
    promptTooLong(error, tokens, context, compiled);
  return atLine(error, path, line);
}

bool unknownOption(Error &error, const char *option, const char *suggestion) {
  fail(error, INGOT_INVALID_ARGUMENT, "unknown option '%s'", option);
  if (suggestion) return note(error, "did you mean '%s'?", suggestion);
  return note(error, "--help lists the options; a prompt that begins with '-' goes after '--'");
}
bool missingValue(Error &error, const char *option, const char *what) {
  return fail(error, INGOT_INVALID_ARGUMENT, "option '%s' needs a value: %s", option, what);
}
bool unexpectedValue(Error &error, const char *option) {
  return fail(error, INGOT_INVALID_ARGUMENT, "option '%s' takes no value", option);
}
bool badValue(Error &error, const char *option, const char *value, const char *expected) {
  return fail(error, INGOT_INVALID_ARGUMENT, "option '%s' is '%s', expected %s", option, value, expected);
}
bool valueOutOfRange(Error &error, const char *option, double value, double low, double high) {
  return fail(error, INGOT_INVALID_ARGUMENT, "option '%s' is %.12g, expected %.12g to %.12g", option, value, low, high);
}
bool conflictingOptions(Error &error, const char *first, const char *second) {
  return fail(error, INGOT_INVALID_ARGUMENT, "option '%s' does not go with '%s'", first, second);
}
bool optionNeeds(Error &error, const char *option, const char *needed) {
  return fail(error, INGOT_INVALID_ARGUMENT, "option '%s' needs %s", option, needed);
}
bool severalPrompts(Error &error, const char *second) {
  fail(error, INGOT_INVALID_ARGUMENT, "a second prompt '%s'", second);
  return note(error, "put the prompt in quotation marks");
}
bool noPrompt(Error &error) {
  fail(error, INGOT_INVALID_ARGUMENT, "no prompt: the input is empty");
  return note(error, "give a prompt, or --chat, or --help");
}

} // namespace ingot::runtime::errors
