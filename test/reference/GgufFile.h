// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A GGUF file in memory: what the oracle needs of it, for files that are known to be well-formed.
#ifndef INGOT_TEST_REFERENCE_GGUFFILE_H
#define INGOT_TEST_REFERENCE_GGUFFILE_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ingot::reference {

struct Tensor {
  uint32_t format; // ggml's number
  size_t columns, rows;
  size_t offset; // from the start of the tensors' data
};

struct GgufFile {
  std::map<std::string, double> numbers; // integers, floats and booleans
  std::map<std::string, std::string> texts;
  std::map<std::string, Tensor> tensors;

  static GgufFile read(const std::string &path);

  double number(const std::string &key) const;
  double number(const std::string &key, double otherwise) const;
  bool has(const std::string &tensor) const { return tensors.count(tensor) != 0; }
  /// All numbers of a tensor, row after row.
  std::vector<double> values(const std::string &tensor) const;

private:
  std::vector<uint8_t> bytes;
  size_t dataStart = 0;
};

[[noreturn]] void fail(const std::string &what);

} // namespace ingot::reference
#endif
