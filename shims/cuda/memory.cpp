#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/graph_memory.h"

namespace vgpu::cuda::api {
namespace {

CUresult allocate(CUdeviceptr* address, std::size_t size, gpu::MemoryKind kind, MemoryUse use, unsigned host_flags) {
  if (address == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Context& context = *current_context();
  CUdeviceptr start = 0;
  const gpu::Status status = context.backend->allocate(size, kind, start);
  // Programs try how much there is: a warning only.
  if (status == gpu::Status::OutOfMemory && log_enabled(LogLevel::Warn)) {
    const gpu::MemoryInfo info = context.backend->memory_info();
    log(LogLevel::Warn,
        fmt::format("allocation of {} bytes: {} of the device's {} are free", size, info.free, info.total));
  }
  if (status != gpu::Status::Success) return to_result(status);
  driver().memory.insert({.start = start,
                          .size = size,
                          .use = use,
                          .context = &context,
                          .device = context.device,
                          .host_flags = host_flags});
  *address = start;
  return CUDA_SUCCESS;
}

CUresult release(CUdeviceptr address, bool (*condition)(const MemoryRange&)) {
  const auto range = driver().memory.find(address);
  if (!range || range->start != address || !condition(*range)) return CUDA_ERROR_INVALID_VALUE;
  driver().memory.remove(address);
  gpu::Backend& backend = *range->context->backend;
  const gpu::Status status = backend.release(address);
  // Freeing waits for the device, and so tells what came of the kernels before.
  return to_result(status == gpu::Status::Success ? backend.status() : status);
}

}  // namespace

CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  if (free == nullptr || total == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const gpu::MemoryInfo info = current_context()->backend->memory_info();
  *free = info.free;
  *total = info.total;
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr* address, std::size_t size) {
  return allocate(address, size, gpu::MemoryKind::Device, MemoryUse::Device, 0);
}

CUresult cuMemAllocPitch_v2(CUdeviceptr* address, std::size_t* pitch, std::size_t width_in_bytes, std::size_t height,
                            unsigned element_size_bytes) {
  constexpr std::size_t kPitchAlignment = 512;
  if (pitch == nullptr || width_in_bytes == 0 || height == 0) return CUDA_ERROR_INVALID_VALUE;
  if (element_size_bytes != 4 && element_size_bytes != 8 && element_size_bytes != 16) return CUDA_ERROR_INVALID_VALUE;
  const std::size_t row = (width_in_bytes + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
  std::size_t size = 0;
  if (row < width_in_bytes || __builtin_mul_overflow(row, height, &size)) return CUDA_ERROR_INVALID_VALUE;
  const CUresult result = cuMemAlloc_v2(address, size);
  if (result == CUDA_SUCCESS) *pitch = row;
  return result;
}

CUresult cuMemAllocManaged(CUdeviceptr* address, std::size_t size, unsigned flags) {
  constexpr unsigned kGlobal = 1, kHost = 2;
  if (flags != kGlobal && flags != kHost) return CUDA_ERROR_INVALID_VALUE;
  return allocate(address, size, gpu::MemoryKind::Managed, MemoryUse::Managed, 0);
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  if (address == 0) return CUDA_SUCCESS;
  if (const auto result = free_graph_memory(address)) return *result;
  return release(address, [](const MemoryRange& range) {
    return range.use == MemoryUse::Device || range.use == MemoryUse::Managed;
  });
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, std::size_t* size, CUdeviceptr address) {
  const auto range = driver().memory.find(address);
  if (!range || range->on_host()) return CUDA_ERROR_NOT_FOUND;
  if (base != nullptr) *base = range->start;
  if (size != nullptr) *size = range->size;
  return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void** pointer, std::size_t size, unsigned flags) {
  constexpr unsigned kKnownFlags = 7;
  if (pointer == nullptr || flags > kKnownFlags) return CUDA_ERROR_INVALID_VALUE;
  CUdeviceptr address = 0;
  const CUresult result = allocate(&address, size, gpu::MemoryKind::Pinned, MemoryUse::Host, flags);
  if (result == CUDA_SUCCESS) *pointer = reinterpret_cast<void*>(address);
  return result;
}

CUresult cuMemAllocHost_v2(void** pointer, std::size_t size) {
  return cuMemHostAlloc(pointer, size, 0);
}

CUresult cuMemFreeHost(void* pointer) {
  if (pointer == nullptr) return CUDA_SUCCESS;
  return release(reinterpret_cast<CUdeviceptr>(pointer),
                 [](const MemoryRange& range) { return range.use == MemoryUse::Host; });
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* pointer, unsigned flags) {
  if (address == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  const auto range = driver().memory.find(reinterpret_cast<CUdeviceptr>(pointer));
  if (!range || !range->on_host()) return CUDA_ERROR_INVALID_VALUE;
  *address = reinterpret_cast<CUdeviceptr>(pointer);
  return CUDA_SUCCESS;
}

CUresult cuMemHostGetFlags(unsigned* flags, void* pointer) {
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto range = driver().memory.find(reinterpret_cast<CUdeviceptr>(pointer));
  if (!range || !range->on_host()) return CUDA_ERROR_INVALID_VALUE;
  constexpr unsigned kMapped = 2;
  *flags = range->host_flags | kMapped;
  return CUDA_SUCCESS;
}

CUresult cuMemHostRegister_v2(void* pointer, std::size_t size, unsigned flags) {
  constexpr unsigned kKnownFlags = 15;
  if (pointer == nullptr || size == 0 || flags > kKnownFlags) return CUDA_ERROR_INVALID_VALUE;
  const auto start = reinterpret_cast<CUdeviceptr>(pointer);
  if (driver().memory.find(start) || driver().memory.find(start + size - 1)) {
    return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  }
  Context& context = *current_context();
  const gpu::Status status = context.backend->register_host(start, size);
  if (status != gpu::Status::Success) return to_result(status);
  driver().memory.insert({.start = start,
                          .size = size,
                          .use = MemoryUse::Registered,
                          .context = &context,
                          .device = context.device,
                          .host_flags = flags});
  return CUDA_SUCCESS;
}

CUresult cuMemHostUnregister(void* pointer) {
  const auto start = reinterpret_cast<CUdeviceptr>(pointer);
  const auto range = driver().memory.find(start);
  if (!range || range->use != MemoryUse::Registered || range->start != start) {
    return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
  }
  driver().memory.remove(start);
  return to_result(range->context->backend->unregister_host(start));
}

}  // namespace vgpu::cuda::api
