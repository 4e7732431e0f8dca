// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What architectures are written with: settings and tensors that are checked as they are asked for, and unfused model ops.
//
// Asking marks a setting or tensor as consumed; what is left over at the end is an error. The first thing wrong is remembered and
// building goes on with a placeholder, so that an architecture reads without error handling.
#ifndef INGOT_FRONTENDS_ARCHITECTURES_GRAPHBUILDER_H
#define INGOT_FRONTENDS_ARCHITECTURES_GRAPHBUILDER_H

#include "dialects/model/Model.h"
#include "frontends/architectures/Architecture.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

namespace ingot::architectures {

/// Heads of one attention layer and its rules.
struct AttentionRules {
  int64_t heads = 0, kvHeads = 0, width = 0;
  float scale = 0;
  int64_t window = 0; ///< 0: all earlier tokens
};

class GraphBuilder {
public:
  GraphBuilder(mlir::MLIRContext *context, const Source &source, Imported &imported);

  // Settings. A missing one without a default, one of another kind or outside [least, most] is an error.
  int64_t integer(llvm::StringRef key, std::optional<int64_t> fallback = std::nullopt, int64_t least = 1, int64_t most = INT32_MAX);
  /// Positive and finite.
  double number(llvm::StringRef key, std::optional<double> fallback = std::nullopt);
  std::string text(llvm::StringRef key, llvm::StringRef fallback);
  /// Rows of token_embd.weight, which must be what `vocab_size` says where it is there.
  int64_t vocabulary(int64_t embedding);
  /// "llama.rope.scaling.type = yarn, at offset 0x1f0", for notes.
  std::string describe(llvm::StringRef key) const { return source.describe(key); }
  bool hasTensor(llvm::StringRef name) const;
  /// Requires what the graph assumes; `note` says what to do where it does not hold.
  void require(bool holds, const llvm::Twine &what, const llvm::Twine &note = "");
  /// The same for what several settings say together: each is named with its value and place.
  void requireOf(llvm::ArrayRef<llvm::StringRef> keys, bool holds, const llvm::Twine &what);

  // Weights. `why` are the settings that imply the shape, named in the note of a mismatch.
  mlir::Value vector(llvm::StringRef name, int64_t width, llvm::ArrayRef<llvm::StringRef> why = {});
  mlir::Value matrix(llvm::StringRef name, int64_t outputs, int64_t inputs, llvm::ArrayRef<llvm::StringRef> why = {});
  /// The values of a float tensor, read now.
  std::vector<float> values(llvm::StringRef name, int64_t count);
  /// A vector made by the compiler.
  mlir::Value constant(llvm::StringRef name, std::vector<float> values);

  // Ops.
  mlir::Value tokens() const { return tokenIds; }
  mlir::Value embed(mlir::Value weight);
  mlir::Value linear(mlir::Value input, mlir::Value weight);
  mlir::Value rmsNorm(mlir::Value input, mlir::Value weight, float epsilon);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, mlir::Value b);
  mlir::Value scale(mlir::Value input, float factor);
  mlir::Value silu(mlir::Value input);
  mlir::Value gelu(mlir::Value input);
  mlir::Value heads(mlir::Value rows, int64_t count);
  mlir::Value rotation(mlir::Value frequencies);
  mlir::Value rope(mlir::Value headRows, mlir::Value rotation, bool interleaved);
  /// scores, softmax, mix and the heads side by side again.
  mlir::Value attention(mlir::Value queries, mlir::Value keys, mlir::Value values, const AttentionRules &rules);
  mlir::Value wanted(mlir::Value rows);
  /// Ends the graph.
  void logits(mlir::Value rows);

  Imported &imported() { return result; }
  /// The first thing that was wrong, or what the file holds and the graph did not consume.
  llvm::Error finish(llvm::ArrayRef<llvm::StringRef> harmlessSettings);

private:
  std::optional<Setting> take(llvm::StringRef key);
  const SourceTensor *takeTensor(llvm::StringRef name, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<llvm::StringRef> why);
  mlir::Value weightOp(llvm::StringRef name, llvm::StringRef format, llvm::ArrayRef<int64_t> shape);
  void fail(const llvm::Twine &what, const llvm::Twine &note = "");
  /// The setting is there, but not what it must be.
  void failSetting(llvm::StringRef key, const llvm::Twine &wanted);
  std::string impliedBy(llvm::ArrayRef<llvm::StringRef> keys) const;

  const Source &source;
  Imported &result;
  mlir::OpBuilder builder;
  mlir::Location location;
  mlir::Value tokenIds, positions;
  llvm::StringSet<> usedSettings, usedTensors;
  std::string failure;
};

/// Rotary frequencies base^(-2j/dimensions), j < dimensions/2, in float32.
std::vector<float> ropeFrequencies(int64_t dimensions, double base);

} // namespace ingot::architectures
#endif
