// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/FileKinds.h"

#include "llvm/Support/Endian.h"

namespace ingot::gguf {

static constexpr llvm::StringLiteral convertPyTorch = "convert it to GGUF with llama.cpp's convert_hf_to_gguf.py";
static constexpr llvm::StringLiteral oldGgml = "this format was given up in 2023; get the model as a GGUF file";
static constexpr llvm::StringLiteral decompress = "decompress it first";

namespace {
struct Magic {
  llvm::StringLiteral bytes;
  FileKind kind;
};
} // namespace

static bool isSafetensors(llvm::StringRef contents) {
  // The length of a JSON header, then the header.
  return contents.size() > 9 && contents[8] == '{' && llvm::support::endian::read64le(contents.data()) <= contents.size() - 8;
}

FileKind recogniseFile(llvm::StringRef contents) {
  static const Magic magics[] = {
      {"PK\x03\x04", {"a zip archive, probably a PyTorch checkpoint", convertPyTorch}},
      {"\x80\x02", {"a Python pickle, probably a PyTorch checkpoint", convertPyTorch}},
      {"lmgg", {"a ggml file, older than GGUF", oldGgml}},
      {"fmgg", {"a ggmf file, older than GGUF", oldGgml}},
      {"tjgg", {"a ggjt file, older than GGUF", oldGgml}},
      {"algg", {"a ggla adapter file, older than GGUF", oldGgml}},
      {"version https://git-lfs", {"a Git LFS pointer, not the model itself", "run git lfs pull, or download the file itself"}},
      {"\x1f\x8b", {"a gzip file", decompress}},
      {"\x28\xb5\x2f\xfd", {"a zstd file", decompress}},
      {"\xfd"
       "7zXZ",
       {"an xz file", decompress}},
      {"\x7f"
       "ELF",
       {"an ELF program or library", ""}},
      {"<", {"an HTML or XML page", "the download probably failed: open the file and read what it says"}},
      {"\x89HDF", {"an HDF5 file", ""}},
      {"{", {"a JSON file", "give the model file, not its configuration"}},
      {"FUGG", {"a GGUF file whose bytes are swapped", ""}},
  };
  if (isSafetensors(contents)) return {"a safetensors file", convertPyTorch};
  for (const Magic &magic : magics)
    if (contents.starts_with(magic.bytes)) return magic.kind;
  return {};
}

} // namespace ingot::gguf
