// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/compiler/artifact/ArtifactFixture.h"

#include "compiler/artifact/Checksum.h"

#include <atomic>
#include <chrono>
#include <thread>

using namespace ingot::artifact;

namespace {

class BlobTest : public ArtifactFixture {
protected:
  /// The error of writing these parts.
  std::string write(uint64_t blobBytes, llvm::ArrayRef<BlobPart> parts, uint32_t *outSum = nullptr, unsigned threads = 2,
                    uint64_t fileOffset = 0) {
    llvm::Expected<OutputFile> file = OutputFile::create(path("blob"), false);
    if (!file) return llvm::toString(file.takeError());
    llvm::Expected<BlobWriting> writing = BlobWriting::start(*file, fileOffset, blobBytes, parts, threads);
    if (!writing) return llvm::toString(writing.takeError());
    llvm::Expected<uint32_t> sum = writing->finish();
    if (!sum) return llvm::toString(sum.takeError());
    if (outSum) *outSum = *sum;
    return textOf(file->commit());
  }

  static BlobPart filled(uint64_t offset, uint64_t size, char value) {
    return {offset, size, [value](llvm::MutableArrayRef<char> bytes) {
              std::fill(bytes.begin(), bytes.end(), value);
              return llvm::Error::success();
            }};
  }
};

TEST_F(BlobTest, IsTheSameForAnyOrderAndThreads) {
  std::vector<BlobPart> parts = {filled(64, 100, 'b'), filled(0, 40, 'a'), filled(1000, 2000, 'c')};
  std::string expected = std::string(40, 'a') + std::string(24, 0) + std::string(100, 'b') + std::string(836, 0) +
                         std::string(2000, 'c') + std::string(5, 0);
  for (unsigned threads : {1, 2, 3, 9}) {
    uint32_t sum = 0;
    EXPECT_EQ(write(3005, parts, &sum, threads), "none");
    std::string written = readFile(path("blob"));
    written.resize(expected.size()); // the trailer would end the hole
    EXPECT_EQ(written, expected);
    EXPECT_EQ(sum, checksum(expected.data(), expected.size()));
  }
}

// Parts that end, begin and lie within a large page, one over several whole ones, holes, and a page without a part.
TEST_F(BlobTest, WritesPagesThatPartsShare) {
  constexpr uint64_t page = 2 << 20;
  const std::vector<std::pair<uint64_t, uint64_t>> places = {
      {0, page / 2},        {page / 2 + 7, 1000},   {page - 5, 2 * page + 10}, {3 * page + 5, page}, {4 * page + 500, 1},
      {6 * page, 4 * page}, {10 * page, page + 77}, {12 * page + 1, 4000},     {12 * page + 5000, 0}};
  const uint64_t bytes = 12 * page + 6000;
  std::string expected(bytes, 0);
  std::vector<BlobPart> parts;
  for (auto [offset, size] : places) {
    const char value = char('a' + parts.size());
    parts.push_back(filled(offset, size, value));
    expected.replace(offset, size, size, value);
  }
  std::reverse(parts.begin(), parts.end());
  for (uint64_t fileOffset : {uint64_t(0), page, uint64_t(4096)})
    for (unsigned threads : {1, 2, 5}) {
      uint32_t sum = 0;
      EXPECT_EQ(write(bytes, parts, &sum, threads, fileOffset), "none");
      std::string written = readFile(path("blob"));
      EXPECT_TRUE(written == std::string(fileOffset, 0) + expected) << fileOffset << " " << threads; // too long to be printed
      EXPECT_EQ(sum, checksum(expected.data(), expected.size()));
    }
}

TEST_F(BlobTest, GivesEachPartZeros) {
  BlobPart nothing = {100, 50, [](llvm::MutableArrayRef<char>) { return llvm::Error::success(); }};
  EXPECT_EQ(write(150, {filled(0, 100, 'x'), nothing}, nullptr, 1), "none");
  EXPECT_EQ(readFile(path("blob")), std::string(100, 'x') + std::string(50, 0));
}

TEST_F(BlobTest, AlignsBuffers) {
  std::atomic<bool> aligned = true;
  BlobPart part = {3, 1000, [&](llvm::MutableArrayRef<char> bytes) {
                     aligned = reinterpret_cast<uintptr_t>(bytes.data()) % 64 == 0;
                     return llvm::Error::success();
                   }};
  EXPECT_EQ(write(1003, {part}), "none");
  EXPECT_TRUE(aligned);
}

TEST_F(BlobTest, MayBeEmpty) {
  uint32_t sum = 1;
  EXPECT_EQ(write(0, {}, &sum), "none");
  EXPECT_EQ(sum, 0u);
}

TEST_F(BlobTest, RefusesPartsThatDoNotFit) {
  EXPECT_EQ(write(100, {filled(0, 60, 'a'), filled(50, 10, 'b')}),
            "internal error: a part of the weights begins at 50, before the end of another at 60");
  EXPECT_EQ(write(100, {filled(60, 60, 'a')}), "internal error: a part of the weights ends at 120, the weights at 100");
}

TEST_F(BlobTest, StopsAtTheFirstError) {
  std::vector<BlobPart> parts;
  for (int i = 0; i < 100; ++i)
    parts.push_back({uint64_t(i) * 64, 64, [i](llvm::MutableArrayRef<char>) {
                       return i < 3 ? llvm::Error::success() : llvm::createStringError(llvm::Twine("part failed"));
                     }});
  EXPECT_EQ(write(6400, parts), "part failed");
  EXPECT_TRUE(filesInFolder().empty());
}

TEST_F(BlobTest, StopsWhenNobodyWaits) {
  std::atomic<bool> isGone = false;
  std::atomic<int> written = 0;
  std::vector<BlobPart> parts;
  for (int i = 0; i < 100; ++i)
    parts.push_back({uint64_t(i) * 64, 64, [&](llvm::MutableArrayRef<char>) {
                       EXPECT_FALSE(isGone);
                       ++written;
                       std::this_thread::sleep_for(std::chrono::milliseconds(5));
                       return llvm::Error::success();
                     }});
  llvm::Expected<OutputFile> file = OutputFile::create(path("blob"), false);
  ASSERT_TRUE(bool(file));
  {
    llvm::Expected<BlobWriting> writing = BlobWriting::start(*file, 0, 6400, parts, 2);
    ASSERT_TRUE(bool(writing));
    while (written == 0) std::this_thread::yield();
  }
  isGone = true;
  EXPECT_LT(written, 100);
}

} // namespace
