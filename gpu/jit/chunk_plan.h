#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gpu/jit/lane_shapes.h"

// How lanes' words that lie scattered in a small region are brought in by few loads: 16 bytes each, four of which fill
// a source vector of 16 words; every value is then put together by shuffles of the sources.
namespace vgpu::jit {

inline constexpr unsigned kWordsPerChunk = 4, kWordsPerSource = 16;

// What one load instruction reads: `words` 32-bit words of each lane, from that lane's address on.
struct LaneWords {
  LanePattern addresses;  // bytes, from a common base
  unsigned words = 1;
};

// Sixteen words of the sources.
struct WordVector {
  std::span<const std::uint32_t> words;  // their numbers
  std::vector<std::uint32_t> sources;    // that they come from, ascending
  // A later or earlier vector of the same four sources, so that both are made together in two steps: the eight words of
  // each that come from the first two sources and from the last two, then the vectors from these.
  std::optional<std::size_t> partner = std::nullopt;
};

struct ChunkPlan {
  std::vector<std::int64_t> chunks;  // addresses; the words of chunk c are numbered from c * kWordsPerChunk on
  // For each access: the number of every word, lane by lane. Empty: there is no plan.
  std::vector<std::vector<std::uint32_t>> words;

  [[nodiscard]] bool empty() const { return chunks.empty(); }
  // The vectors of sixteen words that the accesses ask for, in their order.
  [[nodiscard]] std::vector<WordVector> vectors() const;
  // What loads and shuffles cost together, in vector instructions.
  [[nodiscard]] unsigned cost() const;
};

// Reads no byte outside of what the accesses span. Empty when that is too little, or words of lanes overlap partly.
ChunkPlan plan_chunks(std::span<const LaneWords> accesses);

}  // namespace vgpu::jit
