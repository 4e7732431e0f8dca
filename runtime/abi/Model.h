// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compiled model tells the runtime: its limits, its plans and where its weights and text tables lie. The compiler emits
// one `ingot_model`, the runtime reads it; both include this header and nothing else of each other.
#ifndef INGOT_RUNTIME_ABI_MODEL_H
#define INGOT_RUNTIME_ABI_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { INGOT_MODEL_ABI_VERSION = 2 };

/// The processor features a program may have been compiled for; `ingot_model::features` is a set of these bits.
enum ingot_feature {
  // x86-64
  INGOT_FEATURE_AVX2 = 1 << 0,
  INGOT_FEATURE_FMA = 1 << 1,
  INGOT_FEATURE_F16C = 1 << 2,
  INGOT_FEATURE_BMI2 = 1 << 3,
  INGOT_FEATURE_AVX512F = 1 << 4,
  INGOT_FEATURE_AVX512BW = 1 << 5,
  INGOT_FEATURE_AVX512DQ = 1 << 6,
  INGOT_FEATURE_AVX512VL = 1 << 7,
  INGOT_FEATURE_AVX512VNNI = 1 << 8,
  INGOT_FEATURE_AVX512BF16 = 1 << 9,
  INGOT_FEATURE_AMX_TILE = 1 << 10, ///< where the system lets the process use tiles
  INGOT_FEATURE_AMX_INT8 = 1 << 11,
  INGOT_FEATURE_AMX_BF16 = 1 << 12,
  // AArch64
  INGOT_FEATURE_FP16 = 1 << 24,
  INGOT_FEATURE_DOTPROD = 1 << 25,
  INGOT_FEATURE_I8MM = 1 << 26,
};

/// Consecutive tokens of one sequence, at most ingot_plan::block_tokens of them: what one item of attention works on.
struct ingot_block {
  int32_t token;    ///< the first one's row
  int32_t count;    ///< rows
  int32_t position; ///< of the first one
  int32_t sequence; ///< cache slot
};

/// What one pass through a plan works on: a ragged batch, tokens of any sequences. Those of one sequence follow each other, at
/// consecutive positions. A kernel computes the same bits for a row whatever stands beside it.
struct ingot_frame {
  int64_t count;                           ///< rows (tokens) of this pass, of all sequences together: 1 … tokens_max of the plan
  int64_t wanted_count;                    ///< rows whose logits are wanted
  int64_t block_count, wanted_block_count; ///< of the two tables at the end
  int64_t sequence_bytes;                  ///< a sequence's cache begins sequence * sequence_bytes behind the operand's address
  const int32_t *positions;                ///< [count] absolute position of each row
  const int32_t *sequences;                ///< [count] cache slot of each row
  const int32_t *wanted;                   ///< [wanted_count] row numbers, ascending
  const struct ingot_block *blocks;        ///< cover rows 0 … count
  const struct ingot_block *wanted_blocks; ///< cover the wanted rows; their `token` counts wanted rows
};

/// One kernel: works on items [begin, end) of its step's domain. `operands` are the addresses of the step's buffers in the order
/// of `ingot_step::operands`; `scratch` is this thread's own memory (ingot_plan::scratch_bytes, 64-byte aligned, contents
/// undefined).
typedef void (*ingot_kernel)(const struct ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *scratch);

/// Where an operand lies.
enum ingot_space {
  INGOT_SPACE_ARENA = 0,   ///< activations, reused between steps; ingot_plan::arena_bytes
  INGOT_SPACE_WEIGHTS = 1, ///< read-only; the mapped blob
  INGOT_SPACE_CACHE = 2,   ///< keys and values of sequence 0, kept between passes; zero at first
  INGOT_SPACE_TOKENS = 3,  ///< int32 token ids of the frame [count]; the offset is 0
  INGOT_SPACE_LOGITS = 4,  ///< float32 [wanted_count, vocabulary]; the offset is 0
};

struct ingot_operand {
  uint32_t space; ///< ingot_space
  uint32_t reserved;
  uint64_t offset; ///< bytes from the start of the space
};

/// What the number of items of a step's domain grows with.
enum ingot_domain {
  INGOT_DOMAIN_FIXED = 0,         ///< items = factor
  INGOT_DOMAIN_TOKENS = 1,        ///< items = factor * ceil(count / divisor)
  INGOT_DOMAIN_WANTED = 2,        ///< items = factor * ceil(wanted_count / divisor)
  INGOT_DOMAIN_BLOCKS = 3,        ///< items = factor * block_count: item i is about block i / factor
  INGOT_DOMAIN_WANTED_BLOCKS = 4, ///< items = factor * wanted_block_count
  INGOT_DOMAIN_RANGES = 5, ///< items = factor * block_count * ranges, ranges = ceil(positions / divisor) with the positions up
                           ///< to the last one of any block: item i is about range i % ranges
  INGOT_DOMAIN_WANTED_RANGES = 6, ///< the same with wanted_blocks
};

/// One step: every item of the domain is done once, by any thread, in chunks of `grain` items; a barrier follows.
struct ingot_step {
  const char *name; ///< the kernel's symbol, for reports
  ingot_kernel kernel;
  const struct ingot_operand *operands;
  uint32_t operand_count;
  uint32_t domain; ///< ingot_domain
  uint32_t factor, divisor;
  uint32_t grain;
  uint32_t per_wanted;    ///< 1: multiply_adds are per wanted token
  uint64_t weight_bytes;  ///< bytes of the source file's tensors that one pass over this step needs
  uint64_t multiply_adds; ///< per token (or wanted token), matmuls only
  /// Not 0: this many operands from the end are the results; they lie in the arena, and the step behind writes none of this one's
  /// operands. So instead of waiting for one thread, each thread may do the whole step before its first items of the step behind,
  /// into a copy of the arena of its own, from which it then reads; whoever takes item 0 does it in the arena itself.
  uint64_t repeatable_results;
};

struct ingot_plan {
  const struct ingot_step *steps;
  uint32_t step_count;
  uint32_t tokens_max;   ///< largest `count` of a frame
  uint32_t block_tokens; ///< largest `count` of a block
  uint32_t reserved;
  uint64_t arena_bytes, scratch_bytes;
};

/// A piece of the blob: bytes from its start.
struct ingot_section {
  uint64_t offset, size;
};

enum { INGOT_PLAN_READ = 0, INGOT_PLAN_GENERATED = 1, INGOT_PLAN_COUNT = 2 };

struct ingot_model {
  uint32_t abi_version;     ///< INGOT_MODEL_ABI_VERSION
  uint32_t features;        ///< set of ingot_feature
  const char *name;         ///< general.name or the file's name
  const char *architecture; ///< general.architecture
  const char *source;       ///< the source file's name, without its folder
  const char *formats;      ///< "Q4_1 x210, Q8_0 x1, F32 x61"
  const char *activations;  ///< "read q8, generated q15"
  const char *cache;        ///< what keys and values are rounded to: "f16"
  const char *version;      ///< Ingot's version
  const char *external;     ///< file name of the blob beside the program, or null when it is appended to the program
  uint64_t blob_bytes;
  uint64_t blob_identity; ///< says which blob belongs to this code; equal to the trailer's
  uint64_t cache_bytes;   ///< address space of a sequence's cache; a page is touched when it is first written
  uint64_t cache_bytes_per_token;
  uint64_t source_bytes;  ///< tensor bytes of the source file
  uint64_t multiply_adds; ///< of the matmuls, per token, output matrix included
  uint32_t vocabulary, context, layers, embedding;
  struct ingot_section text;    ///< struct ingot_text_tables of abi/Text.h
  struct ingot_section notices; ///< UTF-8, what --licenses prints
  struct ingot_plan plans[INGOT_PLAN_COUNT];
};

/// Defined by the compiled model.
extern const struct ingot_model ingot_model;

/// The last 64 bytes of a file that carries a blob (the program itself, the shared library, or the external file).
struct ingot_trailer {
  char magic[8]; ///< "INGOTBLB"
  uint32_t version, reserved;
  uint64_t blob_offset; ///< from the start of the file, a multiple of 2 MiB (0 in an external file)
  uint64_t blob_bytes;
  uint64_t blob_identity;    ///< ingot_model::blob_identity
  uint32_t blob_checksum;    ///< CRC-32C of the blob
  uint32_t code_checksum;    ///< CRC-32C of the file's first code_bytes
  uint64_t code_bytes;       ///< up to the padding before the blob; 0 in an external file
  uint32_t text_checksum;    ///< CRC-32C of the section ingot_model::text, checked before it is read; 0: not known
  uint32_t trailer_checksum; ///< CRC-32C of the 60 bytes before
};

#ifdef __cplusplus
}
#endif
#endif
