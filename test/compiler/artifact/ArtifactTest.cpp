// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files that come out, read by a parser of their own.
#include "test/compiler/artifact/ArtifactFixture.h"

#include <atomic>
#include <chrono>
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace ingot::artifact;

namespace {

/// The trailer's fields by their places, as runtime/abi/Model.h documents them.
struct Trailer {
  explicit Trailer(const std::string &file) : bytes(file.substr(file.size() - 64)) {}
  uint64_t wide(size_t at) const { return number(at, 8); }
  uint32_t narrow(size_t at) const { return static_cast<uint32_t>(number(at, 4)); }
  std::string magic() const { return bytes.substr(0, 8); }

  std::string bytes;

private:
  uint64_t number(size_t at, size_t size) const {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value |= uint64_t(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
    return value;
  }
};

/// CRC-32C from its definition.
uint32_t definedChecksum(llvm::StringRef bytes) {
  uint32_t state = ~0u;
  for (unsigned char byte : bytes) {
    state ^= byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ (0x82f63b78 & -(state & 1));
  }
  return ~state;
}

std::string expectedBlob(const Artifact &artifact) {
  std::string blob(artifact.blobBytes, 0);
  for (const BlobPart &part : artifact.blobParts)
    for (uint64_t i = 0; i < part.size; ++i) blob[part.offset + i] = blobByte(part.offset + i);
  return blob;
}

/// What a command prints, and its exit code behind it.
std::string outputOf(const std::string &command) {
  FILE *pipe = popen(command.c_str(), "r");
  std::string text;
  for (int character; (character = fgetc(pipe)) != EOF;) text += static_cast<char>(character);
  return text + "exit " + std::to_string(WEXITSTATUS(pclose(pipe)));
}

constexpr llvm::StringLiteral header = "// ingot_internal() is not for users\n"
                                       "typedef struct ingot_thing ingot_thing;\n"
                                       "int ingot_shown(void);\n"
                                       "void my_ingot_other(void);\n";

using ArtifactTest = ArtifactFixture;

TEST_F(ArtifactTest, IsAProgramWithWeights) {
  Artifact artifact = smallProgram(path("model"), 1'234'567);
  ASSERT_EQ(textOf(writeArtifact(artifact)), "none");
  EXPECT_EQ(outputOf(path("model") + " a b"), "2 arguments, cosine -0.416\nexit 7");
  EXPECT_EQ(filesInFolder(), std::set<std::string>{"model"});

  std::string file = readFile(path("model"));
  Trailer trailer(file);
  EXPECT_EQ(trailer.magic(), "INGOTBLB");
  EXPECT_EQ(trailer.narrow(8), 1u); // version
  uint64_t offset = trailer.wide(16);
  EXPECT_EQ(offset, 2u << 20);
  EXPECT_EQ(trailer.wide(24), artifact.blobBytes);
  EXPECT_EQ(trailer.wide(32), 0x0123456789abcdefu);
  EXPECT_EQ(file.size(), offset + artifact.blobBytes + 64);
  std::string blob = file.substr(offset, artifact.blobBytes);
  EXPECT_TRUE(blob == expectedBlob(artifact));
  EXPECT_EQ(trailer.narrow(40), definedChecksum(blob));
  uint64_t codeBytes = trailer.wide(48);
  EXPECT_EQ(trailer.narrow(44), definedChecksum(llvm::StringRef(file).take_front(codeBytes)));
  EXPECT_EQ(file.find_first_not_of('\0', codeBytes), offset + 1); // blobByte(0) is 0
  EXPECT_EQ(trailer.narrow(60), definedChecksum(llvm::StringRef(trailer.bytes).take_front(60)));
}

TEST_F(ArtifactTest, IsReproducible) {
  ASSERT_EQ(textOf(writeArtifact(smallProgram(path("first"), 300'000))), "none");
  Artifact second = smallProgram(path("second"), 300'000);
  std::reverse(second.blobParts.begin(), second.blobParts.end());
  second.threads = 1;
  ASSERT_EQ(textOf(writeArtifact(second)), "none");
  EXPECT_TRUE(readFile(path("first")) == readFile(path("second")));
}

TEST_F(ArtifactTest, LeavesAHoleBeforeTheWeights) {
  ASSERT_EQ(textOf(writeArtifact(smallProgram(path("model"), 1000))), "none");
  struct stat status;
  ASSERT_EQ(stat(path("model").c_str(), &status), 0);
  EXPECT_GT(status.st_size, 2 << 20);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST_F(ArtifactTest, WritesWeightsWhileCodeIsMade) {
  Artifact artifact = smallProgram(path("model"), 300'000);
  std::atomic<int> written = 0;
  for (BlobPart &part : artifact.blobParts)
    part.write = [&written, fill = part.write](llvm::MutableArrayRef<char> bytes) { return ++written, fill(bytes); };
  artifact.objects = [&written, objects = artifact.objects] {
    for (int tenths = 0; written < 3 && tenths < 100; ++tenths) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(written, 3);
    return objects();
  };
  EXPECT_EQ(textOf(writeArtifact(artifact)), "none");
}

TEST_F(ArtifactTest, LeavesNothingWithoutCode) {
  Artifact artifact = smallProgram(path("model"), 300'000);
  artifact.objects = [] { return llvm::createStringError(llvm::Twine("no code")); };
  EXPECT_EQ(textOf(writeArtifact(artifact)), "no code");
  EXPECT_TRUE(filesInFolder().empty());
}

TEST_F(ArtifactTest, MakesRoomForLargeCode) {
  Artifact artifact = smallProgram(path("model"), 300'000);
  artifact.objects = objectsOf({"program.c", "large.c"});
  ASSERT_EQ(textOf(writeArtifact(artifact)), "none");
  EXPECT_EQ(outputOf(path("model")), "0 arguments, cosine 1.000\nexit 7");
  const std::string file = readFile(path("model"));
  Trailer trailer(file);
  EXPECT_EQ(trailer.wide(16), 4u << 20);
  EXPECT_GT(trailer.wide(48), 3u << 20);
  EXPECT_TRUE(file.substr(4 << 20, artifact.blobBytes) == expectedBlob(artifact));
  EXPECT_EQ(trailer.narrow(40), definedChecksum(expectedBlob(artifact)));
  EXPECT_EQ(file.find_first_not_of('\0', trailer.wide(48)), (4u << 20) + 1); // blobByte(0) is 0
}

TEST_F(ArtifactTest, PutsExternalWeightsBeside) {
  Artifact artifact = smallProgram(path("model"), 500'000);
  artifact.external = true;
  ASSERT_EQ(textOf(writeArtifact(artifact)), "none");
  EXPECT_EQ(filesInFolder(), (std::set<std::string>{"model", "model.weights"}));
  EXPECT_EQ(outputOf(path("model")), "0 arguments, cosine 1.000\nexit 7");
  EXPECT_EQ(readFile(path("model")).find("INGOTBLB"), std::string::npos);

  std::string file = readFile(path("model.weights"));
  Trailer trailer(file);
  EXPECT_TRUE(file.substr(0, artifact.blobBytes) == expectedBlob(artifact));
  EXPECT_EQ(trailer.magic(), "INGOTBLB");
  EXPECT_EQ(trailer.wide(16), 0u); // blob_offset
  EXPECT_EQ(trailer.wide(24), artifact.blobBytes);
  EXPECT_EQ(trailer.narrow(40), definedChecksum(expectedBlob(artifact)));
  EXPECT_EQ(trailer.wide(48), 0u); // code_bytes
  EXPECT_EQ(trailer.narrow(60), definedChecksum(llvm::StringRef(trailer.bytes).take_front(60)));
  EXPECT_NE(access(path("model.weights").c_str(), X_OK), 0);
}

TEST_F(ArtifactTest, IsALibraryThatShowsItsHeaderAlone) {
  Artifact artifact = smallProgram(path("libmodel.so"), 1000);
  artifact.kind = ArtifactKind::Shared;
  artifact.objects = objectsOf({"library.c"});
  artifact.header = header.str();
  ASSERT_EQ(textOf(writeArtifact(artifact)), "none");
  EXPECT_EQ(filesInFolder(), (std::set<std::string>{"libmodel.so", "libmodel.h"}));
  EXPECT_EQ(readFile(path("libmodel.h")), header.str());
  void *library = dlopen(path("libmodel.so").c_str(), RTLD_NOW);
  ASSERT_TRUE(library) << dlerror();
  auto shown = reinterpret_cast<int (*)()>(dlsym(library, "ingot_shown"));
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown(), 42);
  EXPECT_FALSE(dlsym(library, "ingot_internal"));
  EXPECT_FALSE(dlsym(library, "other"));
  dlclose(library);
  EXPECT_EQ(Trailer(readFile(path("libmodel.so"))).magic(), "INGOTBLB");
}

TEST_F(ArtifactTest, NamesTheHeaderAfterTheLibrary) {
  EXPECT_EQ(headerPath("a/libx.so"), "a/libx.h");
  EXPECT_EQ(headerPath("a/model"), "a/model.h");
  EXPECT_EQ(declaredFunctions(header), std::vector<std::string>{"ingot_shown"});
}

TEST_F(ArtifactTest, LinksAgainAfterAFailure) {
  Artifact artifact = smallProgram(path("model"), 0);
  artifact.objects = objectsOf({"library.c"});
  artifact.linkFiles = {path("missing.a")};
  std::string text = textOf(writeArtifact(artifact));
  EXPECT_EQ(text.find("internal error: cannot link '" + path("model") + "'\nnote: ld.lld: error: cannot open"), 0u) << text;
  EXPECT_EQ(text.find("/proc/"), std::string::npos) << text;
  EXPECT_TRUE(filesInFolder().empty());
  EXPECT_EQ(textOf(writeArtifact(smallProgram(path("model"), 0))), "none");
  EXPECT_EQ(outputOf(path("model")), "0 arguments, cosine 1.000\nexit 7");
}

TEST_F(ArtifactTest, DoesNotReplaceItsInput) {
  std::ofstream(path("model.weights")) << "precious";
  Artifact artifact = smallProgram(path("model"), 10);
  artifact.external = true;
  artifact.inputs = {path("model.weights")};
  EXPECT_EQ(textOf(writeArtifact(artifact)),
            path("model.weights") + ": error: the output would replace the input '" + path("model.weights") + "'");
  EXPECT_EQ(readFile(path("model.weights")), "precious");
}

} // namespace
