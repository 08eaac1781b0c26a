#include "gpu/texture/registry.h"

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

namespace vgpu::texture {
namespace {

constexpr unsigned kPlaceBits = 20;
constexpr std::uint64_t kMostObjects = 1u << kPlaceBits;
constexpr std::uint64_t kChunk = 256;
constexpr std::uint64_t kGenerations = 1u << 19;
constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 40;
// A place is used again only after so many others: a handle that was destroyed stays unknown for long.
constexpr std::size_t kLeastFree = 64;

struct Place {
  std::atomic<std::uint64_t> generation{0};  // 0 while there is no object
  std::uint64_t last_generation = 0;
  Object object;
};
using Chunk = std::array<Place, kChunk>;

struct Registry {
  std::array<std::atomic<Chunk*>, kMostObjects / kChunk> chunks{};
  std::mutex mutex;
  std::uint64_t used = 0;
  std::deque<std::uint64_t> free;
};

// Never destroyed: kernels may run until the process ends.
Registry& registry() {
  static auto* const made = new Registry;
  return *made;
}

Place* place_at(std::uint64_t number) {
  Chunk* chunk = registry().chunks[number / kChunk].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &(*chunk)[number % kChunk];
}

Place* find_place(std::uint64_t handle) {
  Place* place = place_at(handle % kMostObjects);
  const std::uint64_t generation = handle / kMostObjects;
  const bool alive =
      place != nullptr && generation != 0 && place->generation.load(std::memory_order_acquire) == generation;
  return alive ? place : nullptr;
}

}  // namespace

std::uint64_t add_object(ObjectKind kind, const Texture& texture) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::uint64_t number = all.used;
  if (all.free.size() > kLeastFree || (number == kMostObjects && !all.free.empty())) {
    number = all.free.front();
    all.free.pop_front();
  } else if (number == kMostObjects) {
    return 0;
  } else {
    std::atomic<Chunk*>& chunk = all.chunks[number / kChunk];
    if (chunk.load(std::memory_order_relaxed) == nullptr) {
      chunk.store(std::make_unique<Chunk>().release(), std::memory_order_release);
    }
    ++all.used;
  }
  Place& place = *place_at(number);
  place.last_generation = place.last_generation % (kGenerations - 1) + 1;
  place.object = {kind, texture};
  place.generation.store(place.last_generation, std::memory_order_release);
  return place.last_generation * kMostObjects + number;
}

bool remove_object(ObjectKind kind, std::uint64_t handle) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  Place* place = handle < kFirstAddress ? find_place(handle) : nullptr;
  if (place == nullptr || place->object.kind != kind) return false;
  place->generation.store(0, std::memory_order_release);
  all.free.push_back(handle % kMostObjects);
  return true;
}

const Object* find_object(std::uint64_t handle) {
  if (handle >= kFirstAddress) handle = *reinterpret_cast<const volatile std::uint64_t*>(handle);
  if (handle >= kFirstAddress) return nullptr;
  const Place* place = find_place(handle);
  return place == nullptr ? nullptr : &place->object;
}

}  // namespace vgpu::texture
