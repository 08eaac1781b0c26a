#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "gpu/exec/memory.h"

namespace vgpu::exec {

// What kernels take by malloc and give back by free: one range of device memory of a fixed size, charged when the first
// block is taken. Blocks live until they are given back or the heap is cleared. Thread-safe.
//
// What is known of blocks lies outside of them, so that a kernel that writes past a block's end damages no more than
// its neighbours.
class DeviceHeap {
 public:
  explicit DeviceHeap(DeviceMemory& memory) : memory_(memory) {}

  // The size of the range. InvalidValue once a block has been taken.
  gpu::Status set_size(std::uint64_t size);
  [[nodiscard]] std::uint64_t size() const;

  // The address of a block that is aligned to 16 bytes; 0 for a size of 0, and when there is no room.
  std::uint64_t allocate(std::uint64_t size);
  // False for what is not the address of a block.
  bool release(std::uint64_t address);

  // Whether so many bytes from an address lie in the range, in blocks or between them.
  [[nodiscard]] bool contains(std::uint64_t address, std::uint64_t size) const;

  // Gives the range back to the device; the size is the default again.
  void clear();

 private:
  bool reserve();
  void add_free(std::uint64_t start, std::uint64_t size);

  static constexpr std::uint64_t kDefaultSize = 8u << 20;

  DeviceMemory& memory_;
  mutable std::mutex mutex_;
  std::uint64_t size_ = kDefaultSize;
  std::uint64_t base_ = 0;                                          // 0: nothing has been taken yet
  std::unordered_map<std::uint64_t, std::uint64_t> used_;           // size by address
  std::map<std::uint64_t, std::uint64_t> free_;                     // size by address; no two touch
  std::set<std::pair<std::uint64_t, std::uint64_t>> free_by_size_;  // size, address
};

}  // namespace vgpu::exec
