#include "gpu/jit/chunk_plan.h"

#include <algorithm>
#include <map>
#include <set>

namespace vgpu::jit {
namespace {

constexpr std::int64_t kWordBytes = 4, kChunkBytes = kWordBytes * kWordsPerChunk;

// The chunk for each word's address.
std::map<std::int64_t, std::int64_t> cover(const std::set<std::int64_t>& words) {
  std::map<std::int64_t, std::int64_t> chunk_of;
  const std::int64_t begin = *words.begin(), end = *words.rbegin() + kWordBytes;
  std::int64_t chunk = 0;
  bool any = false;
  for (const std::int64_t word : words) {
    if (!any || word + kWordBytes > chunk + kChunkBytes || (word - chunk) % kWordBytes != 0) {
      chunk = word;
      while (chunk + kChunkBytes > end) chunk -= kWordBytes;
      if (chunk < begin) return {};
      any = true;
    }
    chunk_of[word] = chunk;
  }
  return chunk_of;
}

}  // namespace

unsigned ChunkPlan::cost() const {
  unsigned total = 0;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    // Neighbours in one source are loaded together.
    const bool joined = c % 4 != 0 && chunks[c] == chunks[c - 1] + kChunkBytes;
    total += joined ? 0 : 1;
  }
  for (const std::vector<std::uint32_t>& numbers : words) {
    for (std::size_t part = 0; part < numbers.size(); part += kWordsPerSource) {
      std::set<std::uint32_t> sources;
      for (std::size_t n = part; n < part + kWordsPerSource; ++n) sources.insert(numbers[n] / kWordsPerSource);
      total += std::max<unsigned>(static_cast<unsigned>(sources.size()), 2) - 1;
    }
  }
  return total;
}

ChunkPlan plan_chunks(std::span<const LaneWords> accesses) {
  std::set<std::int64_t> all;
  for (const LaneWords& access : accesses) {
    for (const std::int64_t address : access.addresses) {
      for (unsigned w = 0; w < access.words; ++w) all.insert(address + kWordBytes * w);
    }
  }
  const auto chunk_of = cover(all);
  if (chunk_of.empty()) return {};
  ChunkPlan plan;
  std::map<std::int64_t, std::uint32_t> numbers;
  for (const LaneWords& access : accesses) {
    std::vector<std::uint32_t>& words = plan.words.emplace_back();
    for (const std::int64_t address : access.addresses) {
      for (unsigned w = 0; w < access.words; ++w) {
        const std::int64_t word = address + kWordBytes * w, chunk = chunk_of.at(word);
        const auto [place, added] = numbers.try_emplace(chunk, static_cast<std::uint32_t>(plan.chunks.size()));
        if (added) plan.chunks.push_back(chunk);
        words.push_back(place->second * kWordsPerChunk + static_cast<std::uint32_t>((word - chunk) / kWordBytes));
      }
    }
  }
  return plan;
}

}  // namespace vgpu::jit
