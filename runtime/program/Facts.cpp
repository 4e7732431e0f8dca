// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --info, --licenses and --verify: what the program says about itself.
#include "runtime/memory/Format.h"
#include "runtime/program/Json.h"
#include "runtime/program/Program.h"
#include "runtime/session/Features.h"

#include <inttypes.h>

namespace ingot::runtime {

bool printInfo(const Program &program) {
  const struct ingot_model &model = program.model;
  char features[256], missing[256];
  featureNames(model.features, " ", features, sizeof features);
  featureNames(model.features & ~processorFeatures(), " ", missing, sizeof missing);
  Text out;
  if (program.options.json) {
    JsonObject json(out);
    json.text("name", model.name).text("architecture", model.architecture).text("source", model.source);
    json.text("formats", model.formats)
        .text("activations", model.activations)
        .text("cache", model.cache)
        .text("ingot", model.version);
    json.integer("vocabulary", model.vocabulary).integer("context", model.context).integer("layers", model.layers);
    json.integer("embedding", model.embedding)
        .integer("source_bytes", model.source_bytes)
        .integer("weight_bytes", model.blob_bytes);
    json.integer("cache_bytes_per_token", model.cache_bytes_per_token).integer("multiply_adds", model.multiply_adds);
    json.text("features", features).text("missing_features", missing).text("weights", program.blob.path());
    json.end();
  } else {
    const auto line = [&out](const char *name, const char *value) { appendFormat(out, "%-14s %s\n", name, value ? value : ""); };
    line("model", model.name);
    line("architecture", model.architecture);
    line("source", model.source);
    line("formats", model.formats);
    line("activations", model.activations);
    appendFormat(out, "%-14s %u layers, embedding %u, vocabulary %u\n", "shape", model.layers, model.embedding, model.vocabulary);
    appendFormat(out, "%-14s %u tokens, %" PRIu64 " bytes of cache each (%s)\n", "context", model.context,
                 model.cache_bytes_per_token, model.cache);
    appendFormat(out, "%-14s %.1f MB in %s\n", "weights", static_cast<double>(model.blob_bytes) / 1e6, program.blob.path());
    line("processor", features[0] ? features : "any x86-64");
    if (missing[0]) line("missing here", missing);
    line("compiled by", model.version);
  }
  return program.output.write(view(out));
}

bool printLicenses(const Program &program) {
  const ingot_section &notices = program.model.notices;
  return program.output.write({program.blob.data() + notices.offset, notices.size});
}

bool verify(const Program &program) {
  if (!program.blob.verify(program.error)) return false;
  Text out;
  appendFormat(out, "%s: the code and %" PRIu64 " bytes of weights are as they were compiled\n", program.blob.path(),
               program.model.blob_bytes);
  return program.output.write(view(out));
}

} // namespace ingot::runtime
