// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The real runtime around a model without steps: it must link, find its weights and call them whole.
#include "compiler/artifact/RuntimeFiles.h"
#include "test/compiler/artifact/ArtifactFixture.h"

#include <dlfcn.h>
#include <sys/wait.h>

using namespace ingot::artifact;

namespace {

class RuntimeFilesTest : public ArtifactFixture {
protected:
  Artifact leastModel(const std::string &name) const {
    Artifact artifact = smallProgram(path(name), 300'000);
    artifact.objects = objectsOf({"model.c"});
    return artifact;
  }
};

TEST_F(RuntimeFilesTest, MakeAProgram) {
  llvm::Expected<RuntimeFiles> files = findRuntimeFiles();
  ASSERT_TRUE(bool(files)) << llvm::toString(files.takeError());
  Artifact artifact = leastModel("model");
  artifact.linkFiles = files->program;
  ASSERT_EQ(textOf(writeArtifact(artifact)), "none");
  EXPECT_EQ(system((path("model") + " --verify >/dev/null").c_str()), 0);

  std::string bytes = readFile(path("model")); // one altered weight
  bytes[bytes.size() - 1000] ^= 1;
  std::ofstream(path("model")) << bytes;
  EXPECT_NE(system((path("model") + " --verify >/dev/null 2>&1").c_str()), 0);
}

TEST_F(RuntimeFilesTest, MakeALibraryOfTheWholeInterface) {
  llvm::Expected<RuntimeFiles> files = findRuntimeFiles();
  ASSERT_TRUE(bool(files)) << llvm::toString(files.takeError());
  Artifact artifact = leastModel("libmodel.so");
  artifact.kind = ArtifactKind::Shared;
  artifact.linkFiles = files->library;
  artifact.header = readFile(files->header);
  ASSERT_EQ(textOf(writeArtifact(artifact)), "none");
  void *library = dlopen(path("libmodel.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  std::vector<std::string> functions = declaredFunctions(artifact.header);
  EXPECT_GT(functions.size(), 10u);
  for (const std::string &name : functions) EXPECT_TRUE(dlsym(library, name.c_str())) << name;
  EXPECT_FALSE(dlsym(library, "ingot_model")); // the compiler's, not the user's
  auto version = reinterpret_cast<const char *(*)()>(dlsym(library, "ingot_version"));
  EXPECT_STREQ(version(), "test");
  dlclose(library);
}

} // namespace
