// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Explain.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

using namespace mlir;

namespace ingot {

namespace {
struct Listener final : remark::detail::MLIRRemarkStreamerBase {
  explicit Listener(Explanation &explanation) : explanation(explanation) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    std::string text;
    for (const remark::detail::Remark::Arg &argument : remark.getArgs()) text += argument.val;
    explanation.add(remark.getCategoryName(), remark.getRemarkType() == llvm::remarks::Type::Passed, text);
  }
  Explanation &explanation;
};
} // namespace

void Explanation::listen(MLIRContext &context, const CompileOptions &options) {
  if (options.explain == ExplainFormat::None) return;
  for (const std::string &pass : options.disabledPasses)
    if (options.explainPass.empty() || options.explainPass == pass) add(pass, false, "disabled with --disable");
  remark::RemarkCategories categories;
  categories.passed = categories.missed = options.explainPass.empty() ? ".*" : "^" + options.explainPass + "$";
  auto engine = std::make_unique<remark::detail::RemarkEngine>(/*printAsEmitRemarks=*/false, categories);
  std::string message;
  if (succeeded(
          engine->initialize(std::make_unique<Listener>(*this), std::make_unique<remark::RemarkEmittingPolicyAll>(), &message)))
    context.setRemarkEngine(std::move(engine));
}

/// "blk.12.attn_q, blk.12.attn_k" -> "blk.*.attn_q, blk.*.attn_k"
static std::string ofAnyLayer(StringRef text) {
  std::string result;
  while (!text.empty()) {
    auto [before, after] = text.split("blk.");
    result += before;
    if (before.size() == text.size()) break;
    StringRef rest = after.drop_while(llvm::isDigit);
    result += rest.size() < after.size() && rest.starts_with(".") ? "blk.*" : "blk.";
    text = rest.size() < after.size() && rest.starts_with(".") ? rest : after;
  }
  return result;
}

void Explanation::add(StringRef pass, bool done, StringRef said) {
  std::string text = ofAnyLayer(said);
  for (auto &[remark, count] : remarks)
    if (remark.done == done && remark.pass == pass && remark.text == text) {
      count++;
      return;
    }
  remarks.push_back({{pass.str(), text, done}, 1});
}

void Explanation::print(raw_ostream &out, ExplainFormat format) const {
  for (auto &[remark, count] : remarks) {
    if (format == ExplainFormat::Json) {
      out << llvm::json::Value(
                 llvm::json::Object{{"pass", remark.pass}, {"done", remark.done}, {"text", remark.text}, {"count", count}})
          << '\n';
      continue;
    }
    out << remark.pass << (remark.done ? ": " : ": not done: ") << remark.text;
    if (count > 1) out << " (" << count << " times)";
    out << '\n';
  }
}

} // namespace ingot
