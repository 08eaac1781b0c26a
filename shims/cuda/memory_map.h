#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "shims/cuda/abi.h"

namespace vgpu::cuda {

struct Context;

enum class MemoryUse : std::uint8_t {
  Device,      // cuMemAlloc
  Managed,     // cuMemAllocManaged
  Host,        // cuMemHostAlloc
  Registered,  // cuMemHostRegister
  Variable,    // a module's variable
  Virtual,     // cuMemMap
  Array,       // a CUDA array's
};

struct MemoryRange {
  CUdeviceptr start = 0;
  std::uint64_t size = 0;  // bytes
  MemoryUse use = MemoryUse::Device;
  Context* context = nullptr;
  CUdevice device = 0;
  unsigned host_flags = 0;  // of cuMemHostAlloc or cuMemHostRegister
  std::uint64_t id = 0;     // unique in the process
  CUmemoryPool pool = nullptr;

  [[nodiscard]] bool on_host() const { return use == MemoryUse::Host || use == MemoryUse::Registered; }
  [[nodiscard]] bool contains(CUdeviceptr address, std::uint64_t length) const {
    return address >= start && address - start <= size && length <= size - (address - start);
  }
};

// Every range of addresses that CUDA knows in this process. Thread-safe.
class MemoryMap {
 public:
  // Fills in the id.
  void insert(MemoryRange range);
  std::optional<MemoryRange> remove(CUdeviceptr start);
  // Removes and returns the ranges of a context.
  std::vector<MemoryRange> remove_all(const Context& context);
  // The range that the address lies in.
  [[nodiscard]] std::optional<MemoryRange> find(CUdeviceptr address) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<CUdeviceptr, MemoryRange> ranges_;
  std::uint64_t next_id_ = 1;
};

}  // namespace vgpu::cuda
