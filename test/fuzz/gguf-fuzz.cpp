// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// libFuzzer target for the GGUF reader: `ninja gguf-fuzz && ./test/fuzz/gguf-fuzz corpus/`, the corpus being any small GGUF files.
#include "frontends/gguf/Inspect.h"
#include "frontends/gguf/Tokenizer.h"

using namespace ingot;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> parts;
  parts.push_back(llvm::MemoryBuffer::getMemBufferCopy({reinterpret_cast<const char *>(bytes), size}, "fuzz.gguf"));
  llvm::Expected<gguf::File> file = gguf::File::read(std::move(parts));
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  gguf::inspect(*file, llvm::nulls());
  gguf::inspectAsJson(*file, llvm::nulls());
  llvm::consumeError(gguf::tokenizerSource(*file).takeError());
  return 0;
}
