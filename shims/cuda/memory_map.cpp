#include "shims/cuda/memory_map.h"

namespace vgpu::cuda {

void MemoryMap::insert(MemoryRange range) {
  const std::unique_lock lock(mutex_);
  range.id = next_id_++;
  ranges_.insert_or_assign(range.start, range);
}

std::optional<MemoryRange> MemoryMap::remove(CUdeviceptr start) {
  const std::unique_lock lock(mutex_);
  const auto found = ranges_.find(start);
  if (found == ranges_.end()) return std::nullopt;
  const MemoryRange range = found->second;
  ranges_.erase(found);
  return range;
}

std::vector<MemoryRange> MemoryMap::remove_all(const Context& context) {
  std::vector<MemoryRange> removed;
  const std::unique_lock lock(mutex_);
  for (auto entry = ranges_.begin(); entry != ranges_.end();) {
    if (entry->second.context == &context) {
      removed.push_back(entry->second);
      entry = ranges_.erase(entry);
    } else {
      ++entry;
    }
  }
  return removed;
}

std::optional<MemoryRange> MemoryMap::find(CUdeviceptr address) const {
  const std::shared_lock lock(mutex_);
  auto next = ranges_.upper_bound(address);
  if (next == ranges_.begin()) return std::nullopt;
  --next;
  const MemoryRange& range = next->second;
  if (address - range.start >= range.size) return std::nullopt;
  return range;
}

}  // namespace vgpu::cuda
