// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot-reference MODEL.gguf IDS.txt LOGITS.f32; with --decode TENSOR instead of the last two, a tensor's numbers to stdout.
#include "test/reference/Families.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

using namespace ingot::reference;

static void write(std::FILE *out, const std::vector<double> &values) {
  for (double value : values) {
    auto rounded = float(value);
    if (std::fwrite(&rounded, sizeof rounded, 1, out) != 1) fail("cannot write");
  }
}

int main(int count, char **arguments) {
  if (count != 4) fail("usage: ingot-reference MODEL.gguf IDS.txt LOGITS.f32, or MODEL.gguf --decode TENSOR");
  GgufFile file = GgufFile::read(arguments[1]);
  if (!std::strcmp(arguments[2], "--decode")) {
    write(stdout, file.values(arguments[3]));
    return 0;
  }
  std::ifstream prompts(arguments[2]);
  if (!prompts) fail(std::string("cannot open ") + arguments[2]);
  std::FILE *out = std::fopen(arguments[3], "wb");
  if (!out) fail(std::string("cannot write ") + arguments[3]);
  for (std::string line; std::getline(prompts, line);) {
    std::istringstream words(line);
    std::vector<int> ids;
    for (int id; words >> id;) ids.push_back(id);
    if (ids.empty()) continue;
    for (const Vector &row : logits(file, ids)) write(out, row);
  }
  if (std::fclose(out)) fail("cannot write");
  return 0;
}
