#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace vgpu::exec {

// Bytes that may be read before and after any device, shared or local memory: generated code loads more lanes than it
// needs, so that neighbours of what a kernel may touch must be readable.
inline constexpr std::uint64_t kReadablePadding = 1024;
inline constexpr std::uint64_t kPageSize = 4096;
inline constexpr std::uint64_t kHugePageSize = 2u << 20;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Zeroed memory, committed by use, with readable padding and then an inaccessible page on both sides.
class GuardedRegion {
 public:
  // Memory of `size` bytes, page-aligned, or aligned to huge pages (and advised to use them) from 2 MiB on.
  static Expected<GuardedRegion> create(std::uint64_t size);

  GuardedRegion() = default;
  GuardedRegion(GuardedRegion&& other) noexcept;
  GuardedRegion& operator=(GuardedRegion&& other) noexcept;
  ~GuardedRegion();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // True for an address in the inaccessible page below the memory: where a stack that grows down runs over.
  [[nodiscard]] bool in_lower_guard(std::uint64_t address) const;

 private:
  void release();

  std::byte* mapping_ = nullptr;
  std::uint64_t mapping_size_ = 0;
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace vgpu::exec
