#include <algorithm>
#include <numeric>

#include "gpu/jit/chunk_plan.h"
#include "gpu/jit/lane_memory.h"
#include "gpu/jit/lowering.h"

// Loads whose lanes lie by a constant pattern: by chunks and shuffles, by one gather of the addresses that differ, or
// by one wide load and a shuffle, whichever takes least.
namespace vgpu::jit {
namespace {

// A wide load may read bytes between the lanes' elements, and near inactive lanes; memory of a device is padded by
// more.
constexpr std::int64_t kWidestSpan = 1024;
// Bytes of elements below 32 bits that are better loaded together than one by one.
constexpr std::int64_t kNarrowSpan = 128;

llvm::SmallVector<int, 64> sequence(unsigned from, unsigned count) {
  llvm::SmallVector<int, 64> numbers(count);
  std::iota(numbers.begin(), numbers.end(), static_cast<int>(from));
  return numbers;
}

// What gathers cost, in vector instructions.
unsigned gather_cost(std::size_t addresses) {
  if (addresses <= 8) return 7;
  return addresses <= kWordsPerSource ? 12 : 22;
}

// The different ones of 32 addresses, and which of them each lane has.
struct Distinct {
  std::vector<std::int64_t> addresses;
  llvm::SmallVector<int, kWarpSize> of_lane;

  explicit Distinct(const LanePattern& pattern) {
    for (const std::int64_t address : pattern) {
      const auto found = std::ranges::find(addresses, address);
      of_lane.push_back(static_cast<int>(found - addresses.begin()));
      if (found == addresses.end()) addresses.push_back(address);
    }
  }
};

}  // namespace

Lowering::Value* Lowering::joined(std::vector<Value*> parts) {
  while (parts.size() > 1) {
    std::vector<Value*> next;
    for (std::size_t p = 0; p < parts.size(); p += 2) {
      const unsigned count = llvm::cast<llvm::FixedVectorType>(parts[p]->getType())->getNumElements();
      next.push_back(builder_.CreateShuffleVector(parts[p], parts[p + 1], sequence(0, 2 * count)));
    }
    parts = std::move(next);
  }
  return parts[0];
}

// The sources of a plan: <16 x i32> each.
std::vector<Lowering::Value*> Lowering::load_chunks(Value* base, const ChunkPlan& plan) {
  constexpr unsigned kChunks = kWordsPerSource / kWordsPerChunk;
  std::vector<Value*> sources;
  for (std::size_t first = 0; first < plan.chunks.size(); first += kChunks) {
    const std::size_t end = std::min(first + kChunks, plan.chunks.size());
    // Runs of neighbours, of a power of two of chunks, each one load.
    std::vector<Value*> parts;
    unsigned filled = 0;
    for (std::size_t c = first; c < end;) {
      std::size_t run = 1;
      while (c + run < end && plan.chunks[c + run] == plan.chunks[c] + static_cast<std::int64_t>(16 * run)) ++run;
      run = std::bit_floor(run);
      while (filled % run != 0) run /= 2;
      llvm::Type* type = llvm::FixedVectorType::get(integer(32), static_cast<unsigned>(run) * kWordsPerChunk);
      Value* loaded = builder_.CreateAlignedLoad(type, offset_pointer(base, plan.chunks[c]), llvm::Align(1));
      for (std::size_t r = 0; r < run; ++r) {
        parts.push_back(run == 1 ? loaded
                                 : builder_.CreateShuffleVector(
                                       loaded, sequence(static_cast<unsigned>(r) * kWordsPerChunk, kWordsPerChunk)));
      }
      filled += static_cast<unsigned>(run);
      c += run;
    }
    llvm::Type* chunk = llvm::FixedVectorType::get(integer(32), kWordsPerChunk);
    while (parts.size() < kChunks) parts.push_back(llvm::PoisonValue::get(chunk));
    sources.push_back(joined(std::move(parts)));
  }
  return sources;
}

// A vector that is made by itself.
Lowering::Value* Lowering::pick_words(llvm::ArrayRef<Value*> sources, const WordVector& vector) {
  const std::vector<std::uint32_t>& used = vector.sources;
  // The first two sources' words together, then those of each further one, while the others stay where they are.
  Value* result = sources[used[0]];
  for (std::size_t u = std::min<std::size_t>(1, used.size() - 1); u < used.size(); ++u) {
    llvm::SmallVector<int, kWordsPerSource> chosen;
    for (std::size_t n = 0; n < vector.words.size(); ++n) {
      const std::uint32_t word = vector.words[n];
      const auto place = static_cast<std::size_t>(std::ranges::find(used, word / kWordsPerSource) - used.begin());
      const int within = static_cast<int>(word % kWordsPerSource);
      if (place == 0 && u <= 1) {
        chosen.push_back(within);
      } else if (place == u) {
        chosen.push_back(within + static_cast<int>(kWordsPerSource));
      } else {
        chosen.push_back(place < u ? static_cast<int>(n) : -1);
      }
    }
    result = builder_.CreateShuffleVector(result, sources[used[u]], chosen);
  }
  return result;
}

// Two vectors that are partners.
std::array<Lowering::Value*, 2> Lowering::pick_pair(llvm::ArrayRef<Value*> sources,
                                                    const std::array<const WordVector*, 2>& vectors) {
  constexpr int kWords = kWordsPerSource, kHalf = kWords / 2;
  const std::vector<std::uint32_t>& used = vectors[0]->sources;
  std::array<llvm::SmallVector<int, kWordsPerSource>, 2> gathered, chosen;
  for (std::size_t v = 0; v < 2; ++v) {
    std::array<int, 2> next{static_cast<int>(v) * kHalf, static_cast<int>(v) * kHalf};
    for (const std::uint32_t word : vectors[v]->words) {
      const auto place = static_cast<std::size_t>(std::ranges::find(used, word / kWordsPerSource) - used.begin());
      gathered[place / 2].push_back(static_cast<int>(word % kWordsPerSource) + (place % 2 == 0 ? 0 : kWords));
      chosen[v].push_back(next[place / 2]++ + (place < 2 ? 0 : kWords));
    }
  }
  Value* low = builder_.CreateShuffleVector(sources[used[0]], sources[used[1]], gathered[0]);
  Value* high = builder_.CreateShuffleVector(sources[used[2]], sources[used[3]], gathered[1]);
  return {builder_.CreateShuffleVector(low, high, chosen[0]), builder_.CreateShuffleVector(low, high, chosen[1])};
}

// All vectors of a plan, in its order.
std::vector<Lowering::Value*> Lowering::pick_all(llvm::ArrayRef<Value*> sources, const ChunkPlan& plan) {
  const std::vector<WordVector> vectors = plan.vectors();
  std::vector<Value*> picked(vectors.size());
  for (std::size_t v = 0; v < vectors.size(); ++v) {
    if (picked[v] != nullptr) continue;
    if (const auto partner = vectors[v].partner) {
      const auto pair = pick_pair(sources, {&vectors[v], &vectors[*partner]});
      picked[v] = pair[0];
      picked[*partner] = pair[1];
    } else {
      picked[v] = pick_words(sources, vectors[v]);
    }
  }
  return picked;
}

// Asks for what the next blocks will load by the instruction that loads [least, end) from `base` now.
void Lowering::prefetch(const ptx::Instruction& i, Value* base, std::int64_t least, std::int64_t end) {
  constexpr std::int64_t kLine = 64;
  constexpr std::int64_t kAhead = 4096;
  const ptx::Operand& address = function_.sources(i)[0];
  if (i.op != ptx::Opcode::Ld || (i.space != ptx::Space::Global && i.space != ptx::Space::Generic) ||
      address.kind != ptx::Operand::Kind::Register || !streamed_.contains(address.index)) {
    return;
  }
  for (std::int64_t at = least; at < end; at += kLine) {
    intrinsic(llvm::Intrinsic::prefetch, {builder_.getPtrTy()},
              {offset_pointer(base, at + kAhead), builder_.getInt32(0), builder_.getInt32(3), builder_.getInt32(1)});
  }
}

// One element for each lane, from each of the addresses that differ.
Lowering::Value* Lowering::gather_distinct(Value* base, const LanePattern& pattern, llvm::Type* element) {
  const Distinct distinct(pattern);
  const unsigned bits = element->getPrimitiveSizeInBits();
  Value* found = nullptr;
  if (target_.has_gather()) {
    const unsigned count = std::bit_ceil(std::max<unsigned>(static_cast<unsigned>(distinct.addresses.size()), 4));
    llvm::Type* word = bits < 32 ? integer(32) : element;
    llvm::SmallVector<llvm::Constant*, kWarpSize> offsets;
    for (unsigned n = 0; n < count; ++n) {
      const std::int64_t address = distinct.addresses[std::min<std::size_t>(n, distinct.addresses.size() - 1)];
      offsets.push_back(builder_.getInt32(static_cast<std::uint32_t>(address)));
    }
    Value* all = llvm::Constant::getAllOnesValue(llvm::FixedVectorType::get(builder_.getInt1Ty(), count));
    found = emit_gather(builder_, word, base, llvm::ConstantVector::get(offsets), all);
    if (bits < 32) found = builder_.CreateTrunc(found, llvm::FixedVectorType::get(element, count));
  } else {
    llvm::Type* type = llvm::FixedVectorType::get(element, static_cast<unsigned>(distinct.addresses.size()));
    found = llvm::PoisonValue::get(type);
    for (std::size_t n = 0; n < distinct.addresses.size(); ++n) {
      Value* pointer = offset_pointer(base, distinct.addresses[n]);
      found = builder_.CreateInsertElement(found, builder_.CreateAlignedLoad(element, pointer, llvm::Align(1)), n);
    }
  }
  return builder_.CreateShuffleVector(found, distinct.of_lane);
}

// Loads of 32-bit words or multiples, all of one group. Empty when the lanes lie further apart than `widest` bytes.
std::vector<std::vector<Lowering::Value*>> Lowering::load_words(const ptx::Instruction& i, Value* base,
                                                                std::span<const PatternLoad> loads,
                                                                std::int64_t widest) {
  std::vector<LaneWords> accesses;
  std::int64_t least = INT64_MAX, end = INT64_MIN;
  unsigned gathers = 0;
  for (const PatternLoad& load : loads) {
    const unsigned bytes = load.element->getPrimitiveSizeInBits() / 8;
    for (unsigned k = 0; k < load.count; ++k) {
      LaneWords& access = accesses.emplace_back();
      access.words = bytes / 4;
      for (unsigned l = 0; l < kWarpSize; ++l) {
        access.addresses[l] = load.pattern[l] + load.displacement + std::int64_t{k} * bytes;
        least = std::min(least, access.addresses[l]);
        end = std::max(end, access.addresses[l] + bytes);
      }
      gathers += gather_cost(Distinct(access.addresses).addresses.size()) * access.words;
    }
  }
  if (end - least > widest) return {};
  prefetch(i, base, least, end);
  const ChunkPlan plan = plan_chunks(accesses);
  const bool by_gather = plan.empty() || (target_.has_gather() ? gathers < plan.cost() : gathers * 2 < plan.cost());
  std::vector<Value*> picked;
  if (!by_gather) picked = pick_all(load_chunks(base, plan), plan);
  auto next = picked.begin();
  std::vector<std::vector<Value*>> results;
  std::size_t a = 0;
  for (const PatternLoad& load : loads) {
    std::vector<Value*>& values = results.emplace_back();
    for (unsigned k = 0; k < load.count; ++k, ++a) {
      if (by_gather) {
        values.push_back(gather_distinct(base, accesses[a].addresses, load.element));
        continue;
      }
      const auto count = static_cast<std::ptrdiff_t>(plan.words[a].size() / kWordsPerSource);
      std::vector<Value*> parts(next, next + count);
      next += count;
      values.push_back(builder_.CreateBitCast(joined(std::move(parts)), lanes_of(load.element)));
    }
  }
  return results;
}

// Elements below 32 bits. Empty when the lanes lie too far apart.
std::vector<Lowering::Value*> Lowering::load_narrow(Value* base, const PatternLoad& load) {
  const std::int64_t bytes = load.element->getPrimitiveSizeInBits() / 8;
  const auto [least, most] = std::ranges::minmax(load.pattern);
  const std::int64_t span = most - least + bytes * load.count;
  if (span > kWidestSpan) return {};
  std::vector<Value*> result;
  if (span > kNarrowSpan) {
    for (unsigned k = 0; k < load.count; ++k) {
      LanePattern addresses = load.pattern;
      for (std::int64_t& address : addresses) address += k * bytes;
      result.push_back(gather_distinct(base, addresses, load.element));
    }
    return result;
  }
  std::int64_t grain = bytes;
  for (const std::int64_t lane : load.pattern) {
    while ((lane - least) % grain != 0) grain /= 2;
  }
  const auto grains = static_cast<unsigned>((span + grain - 1) / grain);
  llvm::Type* wide = llvm::FixedVectorType::get(integer(static_cast<unsigned>(grain) * 8), grains);
  Value* all = builder_.CreateAlignedLoad(wide, offset_pointer(base, least), llvm::Align(1));
  for (unsigned k = 0; k < load.count; ++k) {
    llvm::SmallVector<int, 128> chosen;
    for (const std::int64_t lane : load.pattern) {
      const std::int64_t first = (lane - least + k * bytes) / grain;
      for (std::int64_t g = 0; g < bytes / grain; ++g) chosen.push_back(static_cast<int>(first + g));
    }
    result.push_back(builder_.CreateBitCast(builder_.CreateShuffleVector(all, chosen), lanes_of(load.element)));
  }
  return result;
}

std::vector<Lowering::Value*> Lowering::load_pattern(const Address& address, llvm::Type* element, unsigned count,
                                                     std::uint32_t instruction) {
  const LanePattern& pattern = shapes_->pattern(address.shape);
  const ptx::Instruction& first = function_.instructions[instruction];
  const PatternLoad load{.pattern = pattern, .displacement = 0, .element = element, .count = count};
  if (element->getPrimitiveSizeInBits() < 32) return load_narrow(address.base, load);
  const auto group = groups_.find(instruction);
  if (group == groups_.end()) {
    auto results = load_words(first, address.base, {&load, 1}, kWidestSpan);
    return results.empty() ? std::vector<Value*>{} : results[0];
  }
  std::vector<PatternLoad> loads;
  for (const LoadGroup::Member& member : group->second.members) {
    const ptx::Instruction& i = function_.instructions[member.instruction];
    loads.push_back({.pattern = pattern,
                     .displacement = member.displacement,
                     .element = integer(ptx::bit_width(i.types[0])),
                     .count = i.destination_count});
  }
  auto results = load_words(first, address.base, loads, kWidestSpan);
  if (results.empty()) return {};
  for (std::size_t m = 1; m < results.size(); ++m) {
    loaded_[group->second.members[m].instruction] = std::move(results[m]);
  }
  return results[0];
}

}  // namespace vgpu::jit
