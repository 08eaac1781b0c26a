#include "gpu/exec/memory.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace vgpu::exec {
namespace {

using gpu::Allocation;
using gpu::MemoryKind;
using gpu::Status;

constexpr std::uint64_t kAlignment = 512;  // cuMalloc promises 256; drivers give 512
constexpr std::uint64_t kSlabSize = 1u << 20;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 47;  // what one process can map

// Slot sizes, in units of kAlignment.
constexpr std::array<std::uint64_t, 14> kSlotUnits = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};
constexpr std::uint64_t kLargestSlot = kSlotUnits.back() * kAlignment;

std::size_t size_class(std::uint64_t size) {
  const std::uint64_t units = (size + kAlignment - 1) / kAlignment;
  return static_cast<std::size_t>(std::ranges::lower_bound(kSlotUnits, units) - kSlotUnits.begin());
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

struct DeviceMemory::Slab {
  GuardedRegion region;
  std::size_t size_class = 0;
  std::vector<std::uint32_t> free_slots;
  std::uint32_t slots = 0;

  [[nodiscard]] std::uint64_t slot_size() const { return kSlotUnits[size_class] * kAlignment; }
};

DeviceMemory::DeviceMemory(gpu::DeviceLedger& ledger) : ledger_(ledger) {}
DeviceMemory::~DeviceMemory() = default;

bool DeviceMemory::place_small(std::uint64_t size, Entry& entry) {
  const std::size_t index = size_class(size);
  auto& slabs = slabs_[index];
  auto found = std::ranges::find_if(slabs, [](const auto& slab) { return !slab->free_slots.empty(); });
  if (found == slabs.end()) {
    auto region = GuardedRegion::create(kSlabSize);
    if (!region) return false;
    auto slab = std::make_unique<Slab>();
    slab->region = std::move(*region);
    slab->size_class = index;
    slab->slots = static_cast<std::uint32_t>(kSlabSize / slab->slot_size());
    slab->free_slots.reserve(slab->slots);
    for (std::uint32_t slot = slab->slots; slot-- > 0;) slab->free_slots.push_back(slot);
    slabs.push_back(std::move(slab));
    found = std::prev(slabs.end());
  }
  Slab& slab = **found;
  entry.slab = &slab;
  entry.allocation.address =
      reinterpret_cast<std::uint64_t>(slab.region.data()) + slab.free_slots.back() * slab.slot_size();
  slab.free_slots.pop_back();
  // Slabs with room are kept in front, so that the search above is short.
  if (slab.free_slots.empty()) std::iter_swap(found, std::prev(slabs.end()));
  return true;
}

bool DeviceMemory::place_large(std::uint64_t size, Entry& entry) {
  auto region = GuardedRegion::create(size);
  if (!region) return false;
  entry.region = std::move(*region);
  entry.allocation.address = reinterpret_cast<std::uint64_t>(entry.region.data());
  return true;
}

void DeviceMemory::free_small(Entry& entry) {
  Slab& slab = *entry.slab;
  const std::uint64_t offset = entry.allocation.address - reinterpret_cast<std::uint64_t>(slab.region.data());
  slab.free_slots.push_back(static_cast<std::uint32_t>(offset / slab.slot_size()));
  auto& slabs = slabs_[slab.size_class];
  const auto position = std::ranges::find_if(slabs, [&](const auto& other) { return other.get() == &slab; });
  if (slab.free_slots.size() == slab.slots && slabs.size() > 1) {
    std::iter_swap(position, std::prev(slabs.end()));
    slabs.pop_back();
  } else if (slab.free_slots.size() == 1) {
    std::iter_swap(position, slabs.begin());
  }
}

Status DeviceMemory::allocate(std::uint64_t size, MemoryKind kind, std::uint64_t& address, bool persistent) {
  if (size == 0) return Status::InvalidValue;
  Entry entry;
  entry.persistent = persistent;
  entry.allocation = Allocation{.address = 0, .size = size, .kind = kind, .id = next_id(), .registered = false};

  // Charged without the lock, since it may be a system call.
  if (kind != MemoryKind::Pinned) {
    if (size > kLargest) return Status::OutOfMemory;
    const Status status = gpu::MemoryCharge::take(ledger_, round_up(size, kAlignment), entry.charge);
    if (status != Status::Success) return status;
  }
  const std::unique_lock lock(mutex_);
  const bool small = kind != MemoryKind::Pinned && size <= kLargestSlot;
  if (!(small ? place_small(size, entry) : place_large(size, entry))) return Status::OutOfMemory;
  address = entry.allocation.address;
  entries_.emplace(address, std::move(entry));
  return Status::Success;
}

void DeviceMemory::free_place(Entry& entry) {
  if (entry.slab != nullptr) free_small(entry);
  entry.region = {};
}

Status DeviceMemory::release(std::uint64_t address, bool persistent) {
  Entries::node_type released;  // its charge is given back without the lock
  const std::unique_lock lock(mutex_);
  const auto found = entries_.find(address);
  if (found == entries_.end() || found->second.allocation.registered || found->second.persistent != persistent) {
    return Status::InvalidValue;
  }
  free_place(found->second);
  released = entries_.extract(found);
  return Status::Success;
}

Status DeviceMemory::register_host(std::uint64_t address, std::uint64_t size) {
  if (address == 0 || size == 0 || address + size < address) return Status::InvalidValue;
  const std::unique_lock lock(mutex_);
  const auto after = entries_.lower_bound(address + size);
  if (after != entries_.begin()) {
    const Allocation& before = std::prev(after)->second.allocation;
    if (before.address + before.size > address) return Status::HostMemoryAlreadyRegistered;
  }
  Entry entry;
  entry.allocation =
      Allocation{.address = address, .size = size, .kind = MemoryKind::Pinned, .id = next_id(), .registered = true};
  entries_.emplace(address, std::move(entry));
  return Status::Success;
}

Status DeviceMemory::unregister_host(std::uint64_t address) {
  const std::unique_lock lock(mutex_);
  const auto found = entries_.find(address);
  if (found == entries_.end() || !found->second.allocation.registered) return Status::HostMemoryNotRegistered;
  entries_.erase(found);
  return Status::Success;
}

void DeviceMemory::release_all() {
  gpu::MemoryCharge charge;
  const std::unique_lock lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto current = entry++;
    if (current->second.persistent) continue;
    charge.join(std::move(current->second.charge));
    free_place(current->second);
    entries_.erase(current);
  }
}

DeviceMemory::Entries::const_iterator DeviceMemory::containing(std::uint64_t address) const {
  auto after = entries_.upper_bound(address);
  if (after == entries_.begin()) return entries_.end();
  const auto entry = std::prev(after);
  const Allocation& allocation = entry->second.allocation;
  return address - allocation.address < allocation.size ? entry : entries_.end();
}

std::optional<Allocation> DeviceMemory::find(std::uint64_t address) const {
  const std::shared_lock lock(mutex_);
  const auto entry = containing(address);
  if (entry == entries_.end()) return std::nullopt;
  return entry->second.allocation;
}

}  // namespace vgpu::exec
