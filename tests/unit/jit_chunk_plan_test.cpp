#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "gpu/jit/chunk_plan.h"

namespace vgpu::jit {
namespace {

// Lanes of a warp, `per_block` of them in each block of `stride` bytes, `step` bytes apart from `first` on.
LaneWords lanes(std::int64_t stride, unsigned per_block, std::int64_t step, std::int64_t first) {
  LaneWords access;
  for (unsigned l = 0; l < access.addresses.size(); ++l) {
    access.addresses[l] = first + l / per_block * stride + l % per_block * step;
  }
  return access;
}

void expect_right_words(const ChunkPlan& plan, const std::vector<LaneWords>& accesses) {
  ASSERT_EQ(plan.words.size(), accesses.size());
  for (std::size_t a = 0; a < accesses.size(); ++a) {
    for (std::size_t l = 0; l < accesses[a].addresses.size(); ++l) {
      for (unsigned w = 0; w < accesses[a].words; ++w) {
        const std::uint32_t number = plan.words[a][l * accesses[a].words + w];
        EXPECT_EQ(plan.chunks[number / kWordsPerChunk] + 4 * (number % kWordsPerChunk),
                  accesses[a].addresses[l] + 4 * w);
      }
    }
  }
}

// Blocks of 36 bytes with 32 of data, as activations are quantized: neighbouring chunks are one load, and the vectors
// are made in pairs.
TEST(ChunkPlan, LongRowsAreLoadedWholeAndVectorsMadeInPairs) {
  std::vector<LaneWords> accesses;
  for (const std::int64_t first : {4, 20, 8, 24}) accesses.push_back(lanes(36, 2, 8, first));
  const ChunkPlan plan = plan_chunks(accesses);
  expect_right_words(plan, accesses);
  const std::vector<WordVector> vectors = plan.vectors();
  ASSERT_EQ(vectors.size(), 8u);
  for (std::size_t v = 0; v < vectors.size(); ++v) {
    ASSERT_EQ(vectors[v].sources.size(), 4u);
    ASSERT_TRUE(vectors[v].partner.has_value());
    EXPECT_NE(*vectors[v].partner, v);
    EXPECT_EQ(vectors[*vectors[v].partner].partner, v);
    EXPECT_EQ(vectors[*vectors[v].partner].sources, vectors[v].sources);
  }
  // 16 loads of 32 bytes, and two shuffles for each vector.
  EXPECT_EQ(plan.cost(), 16u + 16u);
}

// Blocks of 18 bytes with 16 of data: each is one chunk, and two sources make a vector.
TEST(ChunkPlan, ShortRowsStayInTheOrderOfUse) {
  const std::vector<LaneWords> accesses{lanes(18, 2, 8, 2), lanes(18, 2, 8, 6)};
  const ChunkPlan plan = plan_chunks(accesses);
  expect_right_words(plan, accesses);
  for (const WordVector& vector : plan.vectors()) {
    EXPECT_EQ(vector.sources.size(), 2u);
    EXPECT_FALSE(vector.partner.has_value());
  }
  EXPECT_EQ(plan.cost(), 16u + 4u);
}

TEST(ChunkPlan, SeveralWordsOfALane) {
  LaneWords access = lanes(64, 1, 0, 0);
  access.words = 2;
  const std::vector<LaneWords> accesses{access};
  expect_right_words(plan_chunks(accesses), accesses);
}

TEST(ChunkPlan, NoneForAFewBytes) {
  EXPECT_TRUE(plan_chunks(std::vector{lanes(0, 1, 0, 0)}).empty());
}

}  // namespace
}  // namespace vgpu::jit
