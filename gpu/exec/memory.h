#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "gpu/backend.h"
#include "gpu/exec/guarded_region.h"

namespace vgpu::exec {

// The device's memory: allocations by address, and what they charge in the device's ledger. Thread-safe.
//
// Small allocations share slabs and cost no system call; larger ones have a mapping of their own, go back to the
// system when released, and end in guard pages.
class DeviceMemory {
 public:
  explicit DeviceMemory(gpu::DeviceLedger& ledger);
  ~DeviceMemory();

  // As Backend::allocate. `persistent` memory (module variables) is charged too, and survives release_all().
  gpu::Status allocate(std::uint64_t size, gpu::MemoryKind kind, std::uint64_t& address, bool persistent = false);
  gpu::Status release(std::uint64_t address, bool persistent = false);
  gpu::Status register_host(std::uint64_t address, std::uint64_t size);
  gpu::Status unregister_host(std::uint64_t address);
  // Releases all but persistent memory, registered ranges included.
  void release_all();

  [[nodiscard]] std::optional<gpu::Allocation> find(std::uint64_t address) const;
  [[nodiscard]] gpu::DeviceLedger& ledger() const { return ledger_; }

 private:
  struct Slab;
  struct Entry {
    gpu::Allocation allocation;
    gpu::MemoryCharge charge;
    bool persistent = false;
    Slab* slab = nullptr;  // where a small allocation lies,
    GuardedRegion region;  // or the mapping of a large one
  };
  using Entries = std::map<std::uint64_t, Entry>;

  bool place_small(std::uint64_t size, Entry& entry);
  bool place_large(std::uint64_t size, Entry& entry);
  void free_small(Entry& entry);
  Entries::const_iterator containing(std::uint64_t address) const;
  void free_place(Entry& entry);

  static constexpr std::size_t kSizeClasses = 14;

  gpu::DeviceLedger& ledger_;
  mutable std::shared_mutex mutex_;
  Entries entries_;
  std::array<std::vector<std::unique_ptr<Slab>>, kSizeClasses> slabs_;
};

}  // namespace vgpu::exec
