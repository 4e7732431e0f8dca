// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder that goes with the test.
#ifndef INGOT_TEST_RUNTIME_TEMPORARYFOLDER_H
#define INGOT_TEST_RUNTIME_TEMPORARYFOLDER_H

#include <filesystem>
#include <stdlib.h>
#include <string>

namespace ingot::fake {

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ingot-runtime-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(folder); }
  std::string file(const std::string &name) const { return (folder / name).string(); }
  size_t files() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
  }

private:
  std::filesystem::path folder;
};

} // namespace ingot::fake
#endif
