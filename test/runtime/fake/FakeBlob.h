// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fake model's weights, tokeniser and chat template, and what the compiler's artifact writer does with a blob.
#ifndef INGOT_TEST_RUNTIME_FAKE_FAKEBLOB_H
#define INGOT_TEST_RUNTIME_FAKE_FAKEBLOB_H

#include <string>

namespace ingot::fake {

enum class Template { chat, none };

/// Weights, notices and text section.
std::string makeBlob(Template kind = Template::chat);

/// `code`, padded, then the blob and its trailer.
std::string attachBlob(const std::string &code, const std::string &blob);

std::string readBytes(const std::string &path);
void writeBytes(const std::string &path, const std::string &bytes, bool executable = false);

} // namespace ingot::fake
#endif
