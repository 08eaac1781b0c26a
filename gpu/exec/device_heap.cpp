#include "gpu/exec/device_heap.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"

namespace vgpu::exec {
namespace {

using gpu::Status;

constexpr std::uint64_t kAlignment = 16;

}  // namespace

Status DeviceHeap::set_size(std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (base_ != 0) return Status::InvalidValue;
  size_ = size;
  return Status::Success;
}

std::uint64_t DeviceHeap::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

bool DeviceHeap::reserve() {
  if (base_ != 0) return true;
  const std::uint64_t usable = size_ / kAlignment * kAlignment;
  if (usable == 0 || memory_.allocate(usable, gpu::MemoryKind::Device, base_, true) != Status::Success) {
    log(LogLevel::Info, "the device has no room for the heap of kernels");
    return false;
  }
  add_free(base_, usable);
  return true;
}

void DeviceHeap::add_free(std::uint64_t start, std::uint64_t size) {
  free_.emplace(start, size);
  free_by_size_.emplace(size, start);
}

std::uint64_t DeviceHeap::allocate(std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (size == 0 || size > size_ || !reserve()) return 0;
  size = round_up(size, kAlignment);
  const auto found = free_by_size_.lower_bound({size, 0});
  if (found == free_by_size_.end()) return 0;
  const auto [room, start] = *found;
  free_by_size_.erase(found);
  free_.erase(start);
  if (room > size) add_free(start + size, room - size);
  used_.emplace(start, size);
  return start;
}

bool DeviceHeap::release(std::uint64_t address) {
  const std::lock_guard lock(mutex_);
  const auto found = used_.find(address);
  if (found == used_.end()) return false;
  std::uint64_t start = address;
  std::uint64_t size = found->second;
  used_.erase(found);
  const auto join = [&](auto neighbour) {
    start = std::min(start, neighbour->first);
    size += neighbour->second;
    free_by_size_.erase({neighbour->second, neighbour->first});
    free_.erase(neighbour);
  };
  const auto after = free_.find(address + size);
  if (after != free_.end()) join(after);
  const auto behind = free_.lower_bound(address);
  if (behind != free_.begin()) {
    const auto before = std::prev(behind);
    if (before->first + before->second == address) join(before);
  }
  add_free(start, size);
  return true;
}

bool DeviceHeap::contains(std::uint64_t address, std::uint64_t size) const {
  const std::lock_guard lock(mutex_);
  return base_ != 0 && address >= base_ && address - base_ <= size_ && size <= size_ - (address - base_);
}

void DeviceHeap::clear() {
  const std::lock_guard lock(mutex_);
  if (base_ != 0) memory_.release(base_, true);
  base_ = 0;
  size_ = kDefaultSize;
  used_.clear();
  free_.clear();
  free_by_size_.clear();
}

}  // namespace vgpu::exec
