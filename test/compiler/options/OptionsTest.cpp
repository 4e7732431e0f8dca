// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Options.h"

#include <gtest/gtest.h>

using namespace ingot;
using packed::ActivationKind;

namespace {

constexpr llvm::StringRef optionalNames[] = {"fuse-rope", "fuse-gates"};
constexpr llvm::StringRef allNames[] = {"fuse-rope", "fuse-gates", "pack-weights"};
const PassNames passes = {optionalNames, allNames};

CompileOptions compile(std::vector<std::string> arguments) {
  llvm::Expected<CompileOptions> options = parseCompileArguments(arguments, passes);
  if (options) return *options;
  ADD_FAILURE() << llvm::toString(options.takeError());
  return {};
}

std::string compileError(std::vector<std::string> arguments) {
  llvm::Expected<CompileOptions> options = parseCompileArguments(arguments, passes);
  return options ? "none" : llvm::toString(options.takeError());
}

std::string canonical(std::vector<std::string> arguments) { return canonicalOptions(compile(arguments)); }

TEST(Options, HaveDefaults) {
  CompileOptions options = compile({"m.gguf", "-o", "m"});
  EXPECT_EQ(options.input, "m.gguf");
  EXPECT_EQ(options.output, "m");
  EXPECT_EQ(options.emit, Emit::Executable);
  EXPECT_EQ(options.target, "native");
  EXPECT_EQ(options.weights, WeightsPlacement::Embed);
  EXPECT_FALSE(options.activations.read || options.activations.generated || options.context);
  EXPECT_EQ(options.explain, ExplainFormat::None);
}

TEST(Options, AreReadInAnyOrderAndSpelling) {
  CompileOptions options = compile({"--emit=shared", "--output=m.so", "--target", "x86-64-v3", "m.gguf", "--weights", "external",
                                    "--context=512", "--disable", "fuse-rope,fuse-gates", "--disable=fuse-rope", "--set", "b=2",
                                    "--set=a=1=1", "--threads", "3", "--dump=d", "-q"});
  EXPECT_EQ(options.emit, Emit::Shared);
  EXPECT_EQ(options.output, "m.so");
  EXPECT_EQ(options.target, "x86-64-v3");
  EXPECT_EQ(options.weights, WeightsPlacement::External);
  EXPECT_EQ(options.context, 512u);
  EXPECT_EQ(options.disabledPasses, (std::vector<std::string>{"fuse-gates", "fuse-rope"}));
  EXPECT_EQ(options.overrides, (std::vector<std::pair<std::string, std::string>>{{"a", "1=1"}, {"b", "2"}}));
  EXPECT_EQ(options.threads, 3u);
  EXPECT_EQ(options.dumpFolder, "d");
  EXPECT_TRUE(options.quiet);
}

TEST(Options, NameEveryKindOfOutput) {
  for (llvm::StringRef name :
       {"exe", "shared", "object", "asm", "llvm", "ir=model", "ir=fused", "ir=packed", "ir=kernel", "ir=plan"})
    EXPECT_EQ(emitName(compile({"m.gguf", "-o", "m", "--emit", name.str()}).emit), name);
  EXPECT_EQ(compileError({"m.gguf", "-o", "m", "--emit", "ir=modle"}),
            "error: unknown kind of output 'ir=modle'; known: exe, shared, object, asm, llvm, ir=model, ir=fused, ir=packed, "
            "ir=kernel, ir=plan\nnote: did you mean 'ir=model'?");
  EXPECT_NE(compileError({"m.gguf", "-o", "m", "--emit=ptx"}).find("error: '--emit ptx' is not there yet"), std::string::npos);
}

TEST(Options, PrintTextWithoutAnOutput) {
  EXPECT_EQ(compile({"m.gguf", "--emit=asm"}).output, "-");
  EXPECT_EQ(compileError({"m.gguf"}), "error: no output: add '-o OUT'");
  EXPECT_EQ(compileError({"m.gguf", "-o", "-", "--emit", "object"}),
            "error: '--emit object' cannot go to the standard output: name a file with '-o'");
}

TEST(Options, RoundEachClass) {
  auto read = [](llvm::StringRef text) { return llvm::cantFail(parseActivations(text)); };
  EXPECT_FALSE(read("").read);
  EXPECT_EQ(read("q8").read, ActivationKind::q8);
  EXPECT_EQ(read("q8").generated, ActivationKind::q8);
  EXPECT_EQ(read("read:f32").read, ActivationKind::f32);
  EXPECT_FALSE(read("read:f32").generated);
  EXPECT_EQ(read("generated:q15,read:bf16").read, ActivationKind::bf16);
  EXPECT_EQ(read("generated:q15,read:bf16").generated, ActivationKind::q15);
  EXPECT_EQ(compileError({"m", "-o", "o", "--activations", "q9"}),
            "error: unknown kind of activations 'q9'; known: f32, bf16, q8, q15");
  EXPECT_EQ(compileError({"m", "-o", "o", "--activations", "written:q8"}),
            "error: unknown class of activations 'written'; known: read, generated");
  EXPECT_EQ(compileError({"m", "-o", "o", "--activations", "q8,read:q8"}),
            "error: '--activations q8,read:q8' sets the class 'read' twice");
}

TEST(Options, RefuseWhatMakesNoSense) {
  EXPECT_EQ(compileError({"-o", "m"}), "error: no model: name a .gguf file");
  EXPECT_EQ(compileError({"a", "b", "-o", "m"}), "error: more than one model: 'a' and 'b'");
  EXPECT_EQ(compileError({"a", "-o", "m", "--weights", "embed", "--weights=external"}),
            "error: option '--weights' is given twice: 'embed' and 'external'");
  EXPECT_EQ(compileError({"a", "-o", "m", "--targte", "x"}).find("error: unknown option '--targte'; known: --output,"), 0u);
  EXPECT_EQ(compileError({"a", "-o"}), "error: option '-o' needs a value: OUT");
  EXPECT_EQ(compileError({"a", "-o", "m", "--quiet=1"}), "error: option '--quiet' takes no value, but '1' is given");
  EXPECT_EQ(compileError({"a", "-o", "m", "--context", "0"}),
            "error: option '--context' needs a number from 1 to 4294967295, not '0'");
  EXPECT_EQ(compileError({"a", "-o", "m", "--set", "key"}), "error: option '--set' needs KEY=VALUE, not 'key'");
  EXPECT_EQ(compileError({"a", "-o", "m", "--set", "k=1", "--set", "k=2"}), "error: '--set k' is given twice: '1' and '2'");
  EXPECT_EQ(compileError({"a", "--emit", "llvm", "--weights", "embed"}),
            "error: option '--weights' makes no sense with '--emit llvm', which holds no weights");
  EXPECT_EQ(compileError({"a", "--emit", "ir=model", "--disable", "fuse-rope"}),
            "error: option '--disable' makes no sense with '--emit ir=model', which comes before every pass");
}

TEST(Options, KnowThePasses) {
  EXPECT_EQ(compileError({"a", "-o", "m", "--disable", "fuse-ropes"}),
            "error: unknown pass 'fuse-ropes'; known: fuse-rope, fuse-gates\nnote: did you mean 'fuse-rope'?");
  EXPECT_EQ(compileError({"a", "-o", "m", "--disable", "pack-weights"}),
            "error: pass 'pack-weights' cannot be disabled; those that can: fuse-rope, fuse-gates");
  EXPECT_EQ(compileError({"a", "-o", "m", "--explain=x"}), "error: unknown pass 'x'; known: fuse-rope, fuse-gates, pack-weights");
  EXPECT_EQ(compileError({"a", "-o", "m", "--explain=fuse-rope", "--disable=fuse-rope"}),
            "error: pass 'fuse-rope' is both explained and disabled");
  EXPECT_EQ(compile({"a", "-o", "m", "--explain"}).explain, ExplainFormat::Text);
  EXPECT_EQ(compile({"a", "-o", "m", "--explain=json"}).explain, ExplainFormat::Json);
  EXPECT_EQ(compile({"a", "-o", "m", "--explain=pack-weights"}).explainPass, "pack-weights");
}

TEST(Options, SplitBetweenCompilerAndProgram) {
  std::vector<std::string> rest;
  llvm::Expected<CompileOptions> options =
      parseRunArguments({"--activations", "f32", "m.gguf", "--threads", "2", "Hello", "--context", "64", "--disable=fuse-rope",
                         "-o", "x", "--", "--target"},
                        passes, rest);
  ASSERT_TRUE(bool(options)) << llvm::toString(options.takeError());
  EXPECT_EQ(options->input, "m.gguf");
  EXPECT_EQ(options->activations.read, ActivationKind::f32);
  EXPECT_EQ(options->context, 64u);
  EXPECT_EQ(options->threads, 0u);
  EXPECT_EQ(options->disabledPasses, std::vector<std::string>{"fuse-rope"});
  EXPECT_EQ(rest, (std::vector<std::string>{"--threads", "2", "Hello", "--context", "64", "-o", "x", "--target"}));
}

TEST(Options, KeepTheProgramsOptionsBehindTheModel) {
  std::vector<std::string> rest;
  auto error = [&](std::vector<std::string> arguments) {
    return llvm::toString(parseRunArguments(arguments, passes, rest).takeError());
  };
  EXPECT_EQ(error({"--threads", "2", "m.gguf"}),
            "error: option '--threads' belongs to the program: write it after the model's name");
  EXPECT_EQ(error({"m.gguf", "--emit", "llvm"}), "error: option '--emit' belongs to 'ingot compile'");
}

TEST(Options, NameATuningRecord) {
  EXPECT_EQ(compile({"m.gguf", "-o", "m"}).tuning, "");
  EXPECT_EQ(compile({"m.gguf", "-o", "m", "--tuning", "r.txt"}).tuning, "r.txt");
  EXPECT_EQ(compileError({"m.gguf", "-o", "m", "--tuning="}),
            "error: option '--tuning' needs the name of a tuning record, or 'none'");
}

TEST(CanonicalOptions, HoldWhatChangesTheResult) {
  std::string base = canonical({"m.gguf", "-o", "m"});
  EXPECT_EQ(base, "emit exe\ntarget native\nactivations read:default,generated:default\n");
  EXPECT_EQ(base, canonical({"other.gguf", "-o", "n", "--threads", "2", "--explain", "--dump", "d", "-q"}));
  for (std::vector<std::string> change : std::vector<std::vector<std::string>>{{"--emit", "shared"},
                                                                               {"--target", "x86-64-v3"},
                                                                               {"--activations", "read:q8"},
                                                                               {"--activations", "generated:q8"},
                                                                               {"--context", "8"},
                                                                               {"--cache", "q8_0"},
                                                                               {"--weights", "external"},
                                                                               {"--disable", "fuse-rope"},
                                                                               {"--set", "a=b"}}) {
    change.insert(change.end(), {"m.gguf", "-o", "m"});
    EXPECT_NE(base, canonical(change)) << change[0] << " " << change[1];
  }
}

TEST(CanonicalOptions, DoNotDependOnOrder) {
  EXPECT_EQ(canonical({"m", "-o", "o", "--disable", "fuse-rope", "--disable", "fuse-gates", "--set", "a=1", "--set", "b=2"}),
            canonical({"--set", "b=2", "--set", "a=1", "m", "-o", "o", "--disable", "fuse-gates,fuse-rope"}));
  EXPECT_NE(canonical({"m", "-o", "o", "--set", "a=1\nset b=2"}), canonical({"m", "-o", "o", "--set", "a=1", "--set", "b=2"}));
}

TEST(OptionTable, DocumentsEveryOption) {
  for (const OptionRow &row : compileOptionTable()) {
    EXPECT_TRUE(row.name.starts_with("--"));
    EXPECT_FALSE(row.help.empty()) << row.name.str();
  }
}

} // namespace
