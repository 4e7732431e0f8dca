// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The logits of llama.cpp and ik_llama.cpp, as our programs' --logits writes them: float32, a row a token, in the order of the
// file.
//
//   ggml_logits MODEL TOKENS OUT THREADS read|decode [fa] [rtr]
//
// TOKENS has a prompt a line, ids separated by blanks. A prompt is read in one pass, or fed token by token. `fa` is flash
// attention, `rtr` run-time repacking. Built against either engine's llama.h; IK_LLAMA says that it is ik_llama.cpp's.
#include <llama.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void fail(const std::string &what) {
  fprintf(stderr, "ggml_logits: error: %s\n", what.c_str());
  exit(1);
}

std::vector<std::vector<llama_token>> promptsOf(const char *file) {
  std::ifstream in(file);
  if (!in) fail(std::string("cannot read ") + file);
  std::vector<std::vector<llama_token>> prompts;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    prompts.emplace_back();
    for (llama_token id; words >> id;) prompts.back().push_back(id);
  }
  return prompts;
}

int vocabularyOf(const llama_model *model) {
#ifdef IK_LLAMA
  return llama_n_vocab(model);
#else
  return llama_vocab_n_tokens(llama_model_get_vocab(model));
#endif
}

/// A context of its own for each prompt, so that none sees another's cache.
llama_context *contextFor(llama_model *model, size_t tokens, int threads, bool flashAttention) {
  llama_context_params parameters = llama_context_default_params();
  parameters.n_ctx = static_cast<uint32_t>((tokens + 255) / 256 * 256);
  parameters.n_batch = parameters.n_ubatch = parameters.n_ctx;
  parameters.n_threads = parameters.n_threads_batch = threads;
#ifdef IK_LLAMA
  parameters.flash_attn = flashAttention;
#else
  parameters.flash_attn_type = flashAttention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
#endif
  llama_context *context = llama_init_from_model(model, parameters);
  if (!context) fail("cannot make a context");
  return context;
}

/// Passes the tokens from `first` on, `count` of them, and writes their logits.
void pass(llama_context *context, const std::vector<llama_token> &prompt, size_t first, size_t count, int vocabulary, FILE *out) {
  llama_batch batch = llama_batch_init(static_cast<int32_t>(count), 0, 1);
  batch.n_tokens = static_cast<int32_t>(count);
  for (size_t i = 0; i < count; i++) {
    batch.token[i] = prompt[first + i];
    batch.pos[i] = static_cast<llama_pos>(first + i);
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = 1;
  }
  if (llama_decode(context, batch) != 0) fail("llama_decode failed");
  for (size_t i = 0; i < count; i++) {
    const float *row = llama_get_logits_ith(context, static_cast<int32_t>(i));
    if (!row || fwrite(row, sizeof(float), static_cast<size_t>(vocabulary), out) != static_cast<size_t>(vocabulary))
      fail("cannot write the logits");
  }
  llama_batch_free(batch);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 6) fail("usage: ggml_logits MODEL TOKENS OUT THREADS read|decode [fa] [rtr]");
  const std::set<std::string> settings(argv + 6, argv + argc);
  const bool decode = std::string(argv[5]) == "decode";
  llama_backend_init();
  llama_model_params parameters = llama_model_default_params();
#ifdef IK_LLAMA
  parameters.repack_tensors = settings.count("rtr") != 0;
#endif
  llama_model *model = llama_model_load_from_file(argv[1], parameters);
  if (!model) fail(std::string("cannot load ") + argv[1]);
  FILE *out = fopen(argv[3], "wb");
  if (!out) fail(std::string("cannot write ") + argv[3]);
  for (const std::vector<llama_token> &prompt : promptsOf(argv[2])) {
    llama_context *context = contextFor(model, prompt.size(), atoi(argv[4]), settings.count("fa") != 0);
    const size_t together = decode ? 1 : prompt.size();
    for (size_t first = 0; first < prompt.size(); first += together)
      pass(context, prompt, first, together, vocabularyOf(model), out);
    llama_free(context);
  }
  if (fclose(out) != 0) fail("cannot write the logits");
}
