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

// Numbers the words of the accesses, for chunks in this order.
ChunkPlan number_words(std::span<const LaneWords> accesses, const std::map<std::int64_t, std::int64_t>& chunk_of,
                       std::vector<std::int64_t> chunks) {
  std::map<std::int64_t, std::uint32_t> first_word;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    first_word.emplace(chunks[c], static_cast<std::uint32_t>(c) * kWordsPerChunk);
  }
  ChunkPlan plan{.chunks = std::move(chunks), .words = {}};
  for (const LaneWords& access : accesses) {
    std::vector<std::uint32_t>& words = plan.words.emplace_back();
    for (const std::int64_t address : access.addresses) {
      for (unsigned w = 0; w < access.words; ++w) {
        const std::int64_t word = address + kWordBytes * w, chunk = chunk_of.at(word);
        words.push_back(first_word.at(chunk) + static_cast<std::uint32_t>((word - chunk) / kWordBytes));
      }
    }
  }
  return plan;
}

// Whether half of a vector's words come from the first two of its four sources.
bool halves_are_equal(const WordVector& vector) {
  return 2 * std::ranges::count_if(vector.words,
                                   [&](std::uint32_t word) { return word / kWordsPerSource <= vector.sources[1]; }) ==
         kWordsPerSource;
}

}  // namespace

std::vector<WordVector> ChunkPlan::vectors() const {
  std::vector<WordVector> found;
  for (const std::span<const std::uint32_t> access : words) {
    for (std::size_t at = 0; at < access.size(); at += kWordsPerSource) {
      std::set<std::uint32_t> sources;
      const auto part = access.subspan(at, kWordsPerSource);
      for (const std::uint32_t word : part) sources.insert(word / kWordsPerSource);
      found.push_back({.words = part, .sources = {sources.begin(), sources.end()}});
    }
  }
  for (std::size_t v = 0; v < found.size(); ++v) {
    if (found[v].partner || found[v].sources.size() != 4 || !halves_are_equal(found[v])) continue;
    for (std::size_t other = v + 1; other < found.size(); ++other) {
      if (found[other].partner || found[other].sources != found[v].sources || !halves_are_equal(found[other])) continue;
      found[v].partner = other;
      found[other].partner = v;
      break;
    }
  }
  return found;
}

unsigned ChunkPlan::cost() const {
  unsigned total = 0;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    // Neighbours in one source are loaded together.
    const bool joined = c % 4 != 0 && chunks[c] == chunks[c - 1] + kChunkBytes;
    total += joined ? 0 : 1;
  }
  for (const WordVector& vector : vectors()) {
    total += vector.partner ? 2 : std::max<unsigned>(static_cast<unsigned>(vector.sources.size()), 2) - 1;
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
  std::vector<std::int64_t> by_use, by_address;
  for (const LaneWords& access : accesses) {
    for (const std::int64_t address : access.addresses) {
      for (unsigned w = 0; w < access.words; ++w) {
        const std::int64_t chunk = chunk_of.at(address + kWordBytes * w);
        if (std::ranges::find(by_use, chunk) == by_use.end()) by_use.push_back(chunk);
      }
    }
  }
  by_address = by_use;
  std::ranges::sort(by_address);
  ChunkPlan plan = number_words(accesses, chunk_of, std::move(by_use));
  ChunkPlan other = number_words(accesses, chunk_of, std::move(by_address));
  return other.cost() < plan.cost() ? other : plan;
}

}  // namespace vgpu::jit
