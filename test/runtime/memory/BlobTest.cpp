// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every way in which a program's file can be wrong, and what is said about it.
#include "runtime/memory/Blob.h"
#include "runtime/memory/Checksum.h"
#include "test/runtime/TemporaryFolder.h"
#include "test/runtime/fake/FakeBlob.h"
#include "test/runtime/fake/FakeModel.h"

#include <functional>
#include <gtest/gtest.h>

namespace ingot::runtime {
namespace {

class BlobTest : public testing::Test {
protected:
  const std::string whole = fake::attachBlob("the program's code", fake::makeBlob());
  fake::TemporaryFolder folder;
  const std::string path = folder.file("program");
  Error error;

  bool open(const std::string &bytes, const struct ingot_model &model = ingot_model) {
    fake::writeBytes(path, bytes);
    Blob blob;
    return blob.open(model, path.c_str(), error);
  }
  // The file with a changed trailer, whose checksum is right.
  std::string withTrailer(const std::function<void(ingot_trailer &)> &change) {
    std::string bytes = whole;
    ingot_trailer trailer;
    memcpy(&trailer, bytes.data() + bytes.size() - sizeof trailer, sizeof trailer);
    change(trailer);
    trailer.trailer_checksum = crc32c(&trailer, 60);
    memcpy(bytes.data() + bytes.size() - sizeof trailer, &trailer, sizeof trailer);
    return bytes;
  }
  void expect(const std::string &text, ingot_status status = INGOT_DAMAGED) {
    EXPECT_EQ(error.text, text);
    EXPECT_EQ(error.status, status);
    EXPECT_EQ(error.place, path);
    EXPECT_NE(std::string(error.notes).find("note: "), std::string::npos);
  }
};

TEST_F(BlobTest, OpensAndMaps) {
  fake::writeBytes(path, whole);
  Blob blob;
  ASSERT_TRUE(blob.open(ingot_model, path.c_str(), error)) << error.text;
  ASSERT_GT(blob.piecesToPopulate(), 0u);
  blob.populate(0, blob.piecesToPopulate());
  EXPECT_EQ(std::string(blob.data(), fake::kBlobBytes), fake::makeBlob());
  EXPECT_TRUE(blob.verify(error));
}

TEST_F(BlobTest, RefusesAStrippedProgram) {
  EXPECT_FALSE(open(std::string(5000, 'c')));
  expect("no weights at the end of the file: it is 5000 bytes, the weights alone are 262144");
  EXPECT_STREQ(error.notes, "note: strip, objcopy and packers delete what is appended to a program\n"
                            "note: copy the program again, whole, or compile the model again");
  EXPECT_FALSE(open("short"));
  expect("no weights at the end of the file: it is 5 bytes, the weights alone are 262144");
}

TEST_F(BlobTest, RefusesATruncatedProgram) {
  EXPECT_FALSE(open(whole.substr(0, whole.size() - 1)));
  expect("no weights at the end of the file: it is 2359359 bytes, the weights alone are 262144");
  EXPECT_FALSE(open(whole.substr(100)));
  expect("the file is 2359260 bytes, but its trailer speaks of 2359360");
}

TEST_F(BlobTest, RefusesADamagedTrailer) {
  std::string bytes = whole;
  bytes[bytes.size() - 30] ^= 1;
  EXPECT_FALSE(open(bytes));
  EXPECT_TRUE(std::string(error.text).starts_with("the trailer is damaged: checksum "));
}

TEST_F(BlobTest, RefusesAnotherVersion) {
  EXPECT_FALSE(open(withTrailer([](ingot_trailer &trailer) { trailer.version = 9; })));
  expect("the weights are in layout version 9, but this program reads version 1");
}

TEST_F(BlobTest, RefusesForeignWeights) {
  EXPECT_FALSE(open(withTrailer([](ingot_trailer &trailer) { trailer.blob_identity = 0xabc; })));
  expect("the weights belong to another program: identity 0000000000000abc, wanted 1234567890abcdef");
}

TEST_F(BlobTest, RefusesImpossiblePlaces) {
  EXPECT_FALSE(open(withTrailer([](ingot_trailer &trailer) { trailer.blob_offset = uint64_t{1} << 40; })));
  expect("the file is 2359360 bytes, but its trailer speaks of 1099511889984");
  EXPECT_FALSE(open(withTrailer([](ingot_trailer &trailer) { trailer.code_bytes = uint64_t{1} << 40; })));
  EXPECT_FALSE(open(withTrailer([](ingot_trailer &trailer) { trailer.blob_offset = UINT64_MAX - 4095; })));
}

TEST_F(BlobTest, RefusesAlteredCode) {
  std::string bytes = whole;
  bytes[4] ^= 1;
  EXPECT_FALSE(open(bytes));
  EXPECT_TRUE(std::string(error.text).starts_with("the program's code was altered: checksum "));
}

TEST_F(BlobTest, AlteredWeightsAreFoundByVerify) {
  std::string bytes = whole;
  bytes[bytes.size() - 1000] ^= 1;
  fake::writeBytes(path, bytes);
  Blob blob;
  ASSERT_TRUE(blob.open(ingot_model, path.c_str(), error));
  EXPECT_FALSE(blob.verify(error));
  EXPECT_TRUE(std::string(error.text).starts_with("the weights were altered: checksum "));
}

TEST_F(BlobTest, FindsExternalWeightsBesideTheProgram) {
  struct ingot_model model = ingot_model;
  model.external = "weights.bin";
  Blob blob;
  EXPECT_FALSE(blob.open(model, path.c_str(), error));
  EXPECT_STREQ(error.text, "cannot open the weights: No such file or directory");
  EXPECT_EQ(error.place, folder.file("weights.bin"));
  EXPECT_STREQ(error.notes, "note: this program was compiled with --weights external: keep that file beside the program");
  fake::writeBytes(folder.file("weights.bin"), fake::attachBlob("", fake::makeBlob()));
  EXPECT_TRUE(blob.open(model, path.c_str(), error)) << error.text;
  EXPECT_TRUE(blob.verify(error));
}

TEST_F(BlobTest, RefusesAnotherInterface) {
  struct ingot_model model = ingot_model;
  model.abi_version = 77;
  EXPECT_FALSE(open(whole, model));
  EXPECT_EQ(error.text, "internal error: compiled model of interface version 77 linked with a runtime of version " +
                            std::to_string(INGOT_MODEL_ABI_VERSION));
}

TEST(OwnFile, IsTheProgramForItsOwnData) {
  char path[4096];
  Error error;
  ASSERT_TRUE(ownFile(&ingot_model, path, error));
  EXPECT_EQ(std::filesystem::canonical("/proc/self/exe").string(), path);
}

} // namespace
} // namespace ingot::runtime
