#include "gpu/exec/guarded_region.h"

#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <utility>

namespace vgpu::exec {

Expected<GuardedRegion> GuardedRegion::create(std::uint64_t size) {
  if (size > std::uint64_t{1} << 46) return system_failure("map memory of size", std::to_string(size), ENOMEM);
  const std::uint64_t alignment = size >= kHugePageSize ? kHugePageSize : kPageSize;
  const std::uint64_t usable = round_up(size + kReadablePadding, kPageSize);
  const std::uint64_t reserve = kPageSize + kPageSize + usable + kPageSize + (alignment - kPageSize);
  void* reserved = ::mmap(nullptr, reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return system_failure("map memory of size", std::to_string(size), errno);

  GuardedRegion region;
  region.mapping_ = static_cast<std::byte*>(reserved);
  region.mapping_size_ = reserve;
  const auto base = reinterpret_cast<std::uint64_t>(reserved);
  region.data_ = region.mapping_ + (round_up(base + 2 * kPageSize, alignment) - base);
  region.size_ = size;
  if (::mprotect(region.data_ - kPageSize, kPageSize + usable, PROT_READ | PROT_WRITE) != 0) {
    return system_failure("map memory of size", std::to_string(size), errno);
  }
  if (alignment == kHugePageSize) ::madvise(region.data_, usable, MADV_HUGEPAGE);
  return region;
}

GuardedRegion::GuardedRegion(GuardedRegion&& other) noexcept {
  *this = std::move(other);
}

GuardedRegion& GuardedRegion::operator=(GuardedRegion&& other) noexcept {
  if (this != &other) {
    release();
    mapping_ = std::exchange(other.mapping_, nullptr);
    mapping_size_ = std::exchange(other.mapping_size_, 0);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

GuardedRegion::~GuardedRegion() {
  release();
}

bool GuardedRegion::in_lower_guard(std::uint64_t address) const {
  const auto start = reinterpret_cast<std::uint64_t>(data_) - kPageSize;
  return data_ != nullptr && address < start && address >= start - kPageSize;
}

void GuardedRegion::release() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_size_);
  mapping_ = nullptr;
}

}  // namespace vgpu::exec
