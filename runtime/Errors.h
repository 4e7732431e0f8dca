// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every message of the runtime, one function each: what is wrong, both values, and the remedy as a note. Each fills the error and
// returns false, so that a caller writes `return errors::tokenOutOfRange(error, id, vocabulary);`.
#ifndef INGOT_RUNTIME_ERRORS_H
#define INGOT_RUNTIME_ERRORS_H

#include "runtime/abi/Ingot.h"

#include <stddef.h>
#include <stdint.h>

namespace ingot::runtime {

struct Error {
  ingot_status status = INGOT_OK;
  char place[512] = ""; ///< the file or option it is about; empty: the program itself
  char text[768] = "";
  char notes[512] = ""; ///< lines, each "note: …"
};

namespace errors {

// Memory and processor.
bool outOfMemory(Error &error, const char *what, uint64_t bytes);
bool noThread(Error &error, unsigned thread, int code);
bool missingFeatures(Error &error, const char *names, bool several);

// The program's file and its weights.
bool cannotOpen(Error &error, const char *path, int code);
bool cannotRead(Error &error, const char *path, int code);
bool cannotWrite(Error &error, const char *path, int code);
bool cannotMap(Error &error, const char *path, uint64_t bytes, int code);
bool noOwnFile(Error &error);
bool weightsMissing(Error &error, const char *path, uint64_t fileBytes, uint64_t blobBytes, bool external);
bool externalNotFound(Error &error, const char *path, int code);
bool trailerDamaged(Error &error, const char *path, uint32_t stored, uint32_t computed);
bool trailerVersion(Error &error, const char *path, uint32_t found, uint32_t known);
bool truncated(Error &error, const char *path, uint64_t fileBytes, uint64_t needed);
bool foreignWeights(Error &error, const char *path, uint64_t found, uint64_t wanted);
bool codeDamaged(Error &error, const char *path, uint32_t stored, uint32_t computed);
bool weightsDamaged(Error &error, const char *path, uint32_t stored, uint32_t computed);
bool modelVersion(Error &error, uint32_t found, uint32_t known);
bool textDamaged(Error &error);
bool textAltered(Error &error, const char *path, uint32_t stored, uint32_t computed);

// The session.
bool contextTooLarge(Error &error, uint64_t wanted, uint64_t compiled);
bool contextFull(Error &error, uint64_t position, uint64_t count, uint64_t context);
bool promptTooLong(Error &error, uint64_t tokens, uint64_t context, uint64_t compiled);
bool benchTooLong(Error &error, uint64_t past, uint64_t prefill, uint64_t decode, uint64_t context);
bool cacheTooLarge(Error &error, uint64_t cacheBytes, uint64_t memoryBytes);
bool tokenOutOfRange(Error &error, int64_t token, uint32_t vocabulary);
bool noTokens(Error &error);
bool noLogits(Error &error);
bool notFinite(Error &error, uint64_t position);
bool badArgument(Error &error, const char *what);
bool noTokeniser(Error &error);
bool noTemplate(Error &error, const char *wantedBy);
bool templateFailed(Error &error, const char *reason);

// Files of token ids.
bool emptyFile(Error &error, const char *path);
bool emptyLine(Error &error, const char *path, uint64_t line);
bool notAnId(Error &error, const char *path, uint64_t line, const char *word);
bool idOutOfRange(Error &error, const char *path, uint64_t line, int64_t token, uint32_t vocabulary);
bool lineTooLong(Error &error, const char *path, uint64_t line, uint64_t tokens, uint64_t generated, uint64_t context,
                 uint64_t compiled);

// The command line.
bool unknownOption(Error &error, const char *option, const char *suggestion);
bool missingValue(Error &error, const char *option, const char *what);
bool unexpectedValue(Error &error, const char *option);
bool badValue(Error &error, const char *option, const char *value, const char *expected);
bool valueOutOfRange(Error &error, const char *option, double value, double low, double high);
bool conflictingOptions(Error &error, const char *first, const char *second);
bool optionNeeds(Error &error, const char *option, const char *needed);
bool severalPrompts(Error &error, const char *second);
bool noPrompt(Error &error);

} // namespace errors
} // namespace ingot::runtime
#endif
