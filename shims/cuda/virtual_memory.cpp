#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base/file_descriptor.h"
#include "shims/cuda/api.h"
#include "shims/cuda/driver.h"

// Virtual memory management: physical memory is a memfd, charged to the device; a reservation is an inaccessible
// mapping of its own; mapping puts the one into the other.
namespace vgpu::cuda {
namespace {

constexpr std::size_t kGranularity = 2 << 20;

struct Physical {
  FileDescriptor file;
  std::size_t size = 0;
  CUmemAllocationProp properties{};
  gpu::Backend* backend = nullptr;
  gpu::MemoryCharge charge;
};

struct Mapping {
  std::size_t size = 0;
  std::shared_ptr<Physical> physical;
  CUmemAccess_flags access = 0;
};

struct VirtualMemory {
  std::mutex mutex;
  std::map<CUmemGenericAllocationHandle, std::pair<std::shared_ptr<Physical>, unsigned>> handles;  // and references
  std::map<CUdeviceptr, std::size_t> reservations;
  std::map<CUdeviceptr, Mapping> mappings;
};

VirtualMemory& state() {
  static auto* const instance = new VirtualMemory;
  return *instance;
}

void* pointer_to(CUdeviceptr address) {
  return reinterpret_cast<void*>(address);
}

bool reserved(const VirtualMemory& memory, CUdeviceptr address, std::size_t size) {
  auto next = memory.reservations.upper_bound(address);
  if (next == memory.reservations.begin()) return false;
  --next;
  return address - next->first <= next->second && size <= next->second - (address - next->first);
}

bool overlaps(const VirtualMemory& memory, CUdeviceptr address, std::size_t size) {
  const auto next = memory.mappings.lower_bound(address + size);
  if (next == memory.mappings.begin()) return false;
  const auto& [start, mapping] = *std::prev(next);
  return start + mapping.size > address;
}

// Whole mappings that fill [address, address + size) without a gap; false when there are none.
bool covered(const VirtualMemory& memory, CUdeviceptr address, std::size_t size) {
  CUdeviceptr at = address;
  for (auto entry = memory.mappings.find(address); entry != memory.mappings.end() && entry->first == at; ++entry) {
    at += entry->second.size;
    if (at >= address + size) return at == address + size;
  }
  return false;
}

bool valid_properties(const CUmemAllocationProp* properties) {
  constexpr int kPinned = 1, kDeviceLocation = 1;
  return properties != nullptr && properties->type == kPinned && properties->location.type == kDeviceLocation &&
         find_device(properties->location.id) != nullptr;
}

}  // namespace

namespace api {

CUresult cuMemGetAllocationGranularity(std::size_t* granularity, const CUmemAllocationProp* properties,
                                       CUmemAllocationGranularity_flags) {
  if (granularity == nullptr || !valid_properties(properties)) return CUDA_ERROR_INVALID_VALUE;
  *granularity = kGranularity;
  return CUDA_SUCCESS;
}

CUresult cuMemAddressReserve(CUdeviceptr* pointer, std::size_t size, std::size_t alignment, CUdeviceptr address,
                             std::uint64_t flags) {
  if (pointer == nullptr || size == 0 || size % kGranularity != 0 || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  if ((alignment & (alignment - 1)) != 0) return CUDA_ERROR_INVALID_VALUE;
  const std::size_t aligned = std::max(alignment, kGranularity);
  const std::size_t whole = size + aligned;
  void* mapped = ::mmap(pointer_to(address), whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
  const auto start = reinterpret_cast<CUdeviceptr>(mapped);
  const CUdeviceptr first = (start + aligned - 1) / aligned * aligned;
  if (first > start) ::munmap(mapped, first - start);
  if (first + size < start + whole) ::munmap(pointer_to(first + size), start + whole - first - size);
  const std::lock_guard lock(state().mutex);
  state().reservations.emplace(first, size);
  *pointer = first;
  return CUDA_SUCCESS;
}

CUresult cuMemAddressFree(CUdeviceptr pointer, std::size_t size) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().reservations.find(pointer);
  if (found == state().reservations.end() || found->second != size || overlaps(state(), pointer, size)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  ::munmap(pointer_to(pointer), size);
  state().reservations.erase(found);
  return CUDA_SUCCESS;
}

CUresult cuMemCreate(CUmemGenericAllocationHandle* handle, std::size_t size, const CUmemAllocationProp* properties,
                     std::uint64_t flags) {
  if (handle == nullptr || size == 0 || size % kGranularity != 0 || flags != 0 || !valid_properties(properties)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (properties->handle_types != 0) return CUDA_ERROR_NOT_SUPPORTED;
  gpu::Backend& backend = backend_of(*find_device(properties->location.id));
  auto physical = std::make_shared<Physical>();
  physical->file = FileDescriptor(::memfd_create("vgpu", MFD_CLOEXEC));
  if (!physical->file.valid() || ::ftruncate(physical->file.get(), static_cast<off_t>(size)) != 0) {
    return CUDA_ERROR_OPERATING_SYSTEM;
  }
  const gpu::Status status = backend.charge(size, physical->charge);
  if (status != gpu::Status::Success) return to_result(status);
  physical->backend = &backend;
  physical->size = size;
  physical->properties = *properties;
  const std::lock_guard lock(state().mutex);
  *handle = driver().next_id++;
  state().handles.emplace(*handle, std::pair(std::move(physical), 1U));
  return CUDA_SUCCESS;
}

CUresult cuMemRelease(CUmemGenericAllocationHandle handle) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().handles.find(handle);
  if (found == state().handles.end()) return CUDA_ERROR_INVALID_VALUE;
  if (--found->second.second == 0) state().handles.erase(found);
  return CUDA_SUCCESS;
}

CUresult cuMemMap(CUdeviceptr pointer, std::size_t size, std::size_t offset, CUmemGenericAllocationHandle handle,
                  std::uint64_t flags) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().handles.find(handle);
  if (found == state().handles.end() || flags != 0 || offset != 0 || size != found->second.first->size) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (!reserved(state(), pointer, size) || overlaps(state(), pointer, size)) return CUDA_ERROR_INVALID_VALUE;
  const auto& physical = found->second.first;
  if (::mmap(pointer_to(pointer), size, PROT_NONE, MAP_SHARED | MAP_FIXED, physical->file.get(), 0) == MAP_FAILED) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  state().mappings.emplace(pointer, Mapping{size, physical, 0});
  driver().memory.insert({.start = pointer,
                          .size = size,
                          .use = MemoryUse::Virtual,
                          .context = nullptr,
                          .device = physical->properties.location.id});
  return CUDA_SUCCESS;
}

CUresult cuMemUnmap(CUdeviceptr pointer, std::size_t size) {
  gpu::Backend* backend = nullptr;
  {
    const std::lock_guard lock(state().mutex);
    if (!covered(state(), pointer, size)) return CUDA_ERROR_INVALID_VALUE;
    backend = state().mappings.find(pointer)->second.physical->backend;
  }
  backend->wait_all();
  const std::lock_guard lock(state().mutex);
  if (!covered(state(), pointer, size)) return CUDA_ERROR_INVALID_VALUE;
  constexpr int kReserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  if (::mmap(pointer_to(pointer), size, PROT_NONE, kReserve, -1, 0) == MAP_FAILED) return CUDA_ERROR_OPERATING_SYSTEM;
  for (auto entry = state().mappings.find(pointer); entry != state().mappings.end() && entry->first < pointer + size;) {
    driver().memory.remove(entry->first);
    entry = state().mappings.erase(entry);
  }
  return CUDA_SUCCESS;
}

CUresult cuMemSetAccess(CUdeviceptr pointer, std::size_t size, const CUmemAccessDesc* description, std::size_t count) {
  constexpr CUmemAccess_flags kRead = 1, kReadWrite = 3;
  if (description == nullptr || count == 0) return CUDA_ERROR_INVALID_VALUE;
  CUmemAccess_flags access = 0;
  for (std::size_t index = 0; index < count; ++index) access |= description[index].flags;
  if (access != 0 && access != kRead && access != kReadWrite) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(state().mutex);
  if (!covered(state(), pointer, size)) return CUDA_ERROR_INVALID_VALUE;
  const int protection = access == kReadWrite ? PROT_READ | PROT_WRITE : access == kRead ? PROT_READ : PROT_NONE;
  if (::mprotect(pointer_to(pointer), size, protection) != 0) return CUDA_ERROR_OPERATING_SYSTEM;
  for (auto entry = state().mappings.find(pointer); entry != state().mappings.end() && entry->first < pointer + size;
       ++entry) {
    entry->second.access = access;
  }
  return CUDA_SUCCESS;
}

CUresult cuMemGetAccess(std::uint64_t* flags, const CUmemLocation* location, CUdeviceptr pointer) {
  if (flags == nullptr || location == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(state().mutex);
  const auto found = state().mappings.find(pointer);
  if (found == state().mappings.end()) return CUDA_ERROR_INVALID_VALUE;
  *flags = static_cast<std::uint64_t>(found->second.access);
  return CUDA_SUCCESS;
}

CUresult cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp* properties, CUmemGenericAllocationHandle handle) {
  if (properties == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(state().mutex);
  const auto found = state().handles.find(handle);
  if (found == state().handles.end()) return CUDA_ERROR_INVALID_VALUE;
  *properties = found->second.first->properties;
  return CUDA_SUCCESS;
}

CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle* handle, void* address) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto range = driver().memory.find(reinterpret_cast<CUdeviceptr>(address));
  if (!range || range->use != MemoryUse::Virtual) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(state().mutex);
  const auto mapping = state().mappings.find(range->start);
  if (mapping == state().mappings.end()) return CUDA_ERROR_INVALID_VALUE;
  for (auto& [known, entry] : state().handles) {
    if (entry.first != mapping->second.physical) continue;
    ++entry.second;
    *handle = known;
    return CUDA_SUCCESS;
  }
  *handle = driver().next_id++;
  state().handles.emplace(*handle, std::pair(mapping->second.physical, 1U));
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
