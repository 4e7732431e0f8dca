// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/text/TextSection.h"
#include "frontends/text/SectionWriter.h"
#include "frontends/text/TemplateCompiler.h"
#include "frontends/text/Vocabulary.h"

namespace ingot::text {

static constexpr uint32_t classRanges[] = {
#include "frontends/text/CharacterClasses.inc"
};

static void addClasses(SectionWriter &writer) {
  writer.add(writer.head.classes, std::span<const uint32_t>(classRanges));
  const uint32_t *range = classRanges;
  for (uint32_t code = 0; code < 128; ++code) {
    while (range[1] >> 8 <= code) ++range;
    writer.head.ascii_classes[code] = uint8_t(*range);
  }
}

llvm::Expected<std::string> buildTextSection(const TokenizerSource &source) {
  SectionWriter writer;
  if (llvm::Error error = addVocabulary(source, writer)) return std::move(error);
  addClasses(writer);
  if (!source.chatTemplate.empty()) {
    writer.head.flags |= INGOT_TEXT_HAS_TEMPLATE;
    if (llvm::Error error = compileTemplate(source.chatTemplate, writer)) return std::move(error);
  }
  writer.add(writer.head.template_source, source.chatTemplate);
  return writer.finish();
}

} // namespace ingot::text
