#include "shims/cuda/pool.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <unordered_map>

#include "shims/cuda/api.h"
#include "shims/cuda/graph_node.h"

// Stream-ordered allocation. Freed memory stays in its pool with the event that ends its use, and is given out again
// to the same stream at once, to others when that event is reached; it is released when the pool is trimmed, when the
// device has no other memory left, or beyond the release threshold at a synchronization with the device.
namespace vgpu::cuda {

struct MemoryPool {
  struct Block {
    CUdeviceptr address = 0;
    std::uint64_t size = 0;  // bytes
    std::uint64_t stream = 0;
    std::shared_ptr<gpu::EventObject> event;
  };
  Context* context = nullptr;  // of the first allocation
  CUdevice device = 0;
  std::mutex mutex;
  std::vector<Block> free;
  std::uint64_t used = 0, used_high = 0, reserved = 0, reserved_high = 0;
  std::uint64_t release_threshold = 0;
  int reuse[3] = {1, 1, 1};
};

namespace {

constexpr std::uint64_t kBlockSize = 512;

std::atomic<std::uint64_t> free_blocks{0};  // in all pools: lets a synchronization without any pass

CUmemoryPool handle_of(MemoryPool* pool) {
  return reinterpret_cast<CUmemoryPool>(pool);
}

CUmemoryPool default_pool(VisibleDevice& device, CUdevice ordinal) {
  const std::lock_guard lock(device.mutex);
  if (device.default_pool == nullptr) {
    auto pool = std::make_shared<MemoryPool>();
    pool->device = ordinal;
    device.default_pool = pool.get();
    driver().pools.insert(std::move(pool));
  }
  if (device.pool == nullptr) device.pool = device.default_pool;
  return handle_of(device.pool);
}

// The caller holds the pool's mutex. Blocks still in use are kept.
void trim(MemoryPool& pool, gpu::Backend& backend, std::uint64_t keep) {
  std::erase_if(pool.free, [&](const MemoryPool::Block& block) {
    if (pool.reserved <= keep || !backend.complete(*block.event)) return false;
    pool.reserved -= block.size;
    --free_blocks;
    backend.release_unused(block.address);
    return true;
  });
}

// The smallest free block that fits without wasting half of itself.
CUdeviceptr take_free(MemoryPool& pool, gpu::Backend& backend, std::uint64_t size, const Stream& stream) {
  auto best = pool.free.end();
  for (auto block = pool.free.begin(); block != pool.free.end(); ++block) {
    if (block->size < size || block->size > 2 * size) continue;
    if (best != pool.free.end() && block->size >= best->size) continue;
    if (block->stream != stream.id && !backend.complete(*block->event)) continue;
    best = block;
  }
  if (best == pool.free.end()) return 0;
  const CUdeviceptr address = best->address;
  pool.used += best->size;
  pool.free.erase(best);
  --free_blocks;
  return address;
}

}  // namespace

void release_pool_memory(gpu::Backend& backend) {
  if (free_blocks.load(std::memory_order_relaxed) == 0) return;
  for (const auto& pool : driver().pools.all()) {
    const std::lock_guard lock(pool->mutex);
    if (pool->context != nullptr && pool->context->backend == &backend) trim(*pool, backend, pool->release_threshold);
  }
}

void forget_pool_memory(const gpu::Backend& backend) {
  for (const auto& pool : driver().pools.all()) {
    const std::lock_guard lock(pool->mutex);
    if (pool->context == nullptr || pool->context->backend != &backend) continue;
    free_blocks -= pool->free.size();
    pool->free.clear();
    pool->used = pool->reserved = 0;
  }
}

namespace api {

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice ordinal) {
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  default_pool(*device, ordinal);
  *pool = handle_of(device->default_pool);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice ordinal) {
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *pool = default_pool(*device, ordinal);
  return CUDA_SUCCESS;
}

CUresult cuDeviceSetMemPool(CUdevice ordinal, CUmemoryPool handle) {
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  const auto pool = driver().pools.find(handle);
  if (pool == nullptr || pool->device != ordinal) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(device->mutex);
  device->pool = pool.get();
  return CUDA_SUCCESS;
}

CUresult cuMemPoolCreate(CUmemoryPool* handle, const CUmemPoolProps* properties) {
  constexpr int kPinned = 1, kDeviceLocation = 1;
  if (handle == nullptr || properties == nullptr || properties->allocation_type != kPinned) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (properties->location.type != kDeviceLocation || properties->handle_types != 0) return CUDA_ERROR_NOT_SUPPORTED;
  if (find_device(properties->location.id) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  auto pool = std::make_shared<MemoryPool>();
  pool->device = properties->location.id;
  *handle = driver().pools.insert(std::move(pool));
  return CUDA_SUCCESS;
}

CUresult cuMemPoolDestroy(CUmemoryPool handle) {
  const auto found = driver().pools.find(handle);
  if (found == nullptr) return CUDA_ERROR_INVALID_VALUE;
  VisibleDevice& device = *find_device(found->device);
  {
    const std::lock_guard lock(device.mutex);
    if (device.default_pool == found.get()) return CUDA_ERROR_INVALID_VALUE;
    if (device.pool == found.get()) device.pool = device.default_pool;
  }
  const auto pool = driver().pools.remove(handle);
  const std::lock_guard lock(pool->mutex);
  if (pool->context == nullptr) return CUDA_SUCCESS;
  pool->context->backend->wait_all();
  trim(*pool, *pool->context->backend, 0);
  return CUDA_SUCCESS;
}

CUresult cuMemPoolTrimTo(CUmemoryPool handle, std::size_t min_bytes_to_keep) {
  const auto pool = driver().pools.find(handle);
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(pool->mutex);
  if (pool->context != nullptr) trim(*pool, *pool->context->backend, min_bytes_to_keep);
  return CUDA_SUCCESS;
}

// CUmemPool_attribute: 1..3 reuse policies (int), 4 release threshold, 5..8 reserved and used bytes, now and highest.
CUresult cuMemPoolSetAttribute(CUmemoryPool handle, CUmemPool_attribute attribute, void* value) {
  const auto pool = driver().pools.find(handle);
  if (pool == nullptr || value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(pool->mutex);
  if (attribute >= 1 && attribute <= 3) {
    std::memcpy(&pool->reuse[attribute - 1], value, sizeof(int));
    return CUDA_SUCCESS;
  }
  std::uint64_t number = 0;
  std::memcpy(&number, value, sizeof number);
  switch (attribute) {
    case 4:
      pool->release_threshold = number;
      return CUDA_SUCCESS;
    case 6:
      if (number != 0) return CUDA_ERROR_INVALID_VALUE;
      pool->reserved_high = pool->reserved;
      return CUDA_SUCCESS;
    case 8:
      if (number != 0) return CUDA_ERROR_INVALID_VALUE;
      pool->used_high = pool->used;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuMemPoolGetAttribute(CUmemoryPool handle, CUmemPool_attribute attribute, void* value) {
  const auto pool = driver().pools.find(handle);
  if (pool == nullptr || value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(pool->mutex);
  if (attribute >= 1 && attribute <= 3) {
    std::memcpy(value, &pool->reuse[attribute - 1], sizeof(int));
    return CUDA_SUCCESS;
  }
  const std::uint64_t numbers[] = {pool->release_threshold, pool->reserved, pool->reserved_high, pool->used,
                                   pool->used_high};
  if (attribute < 4 || attribute > 8) return CUDA_ERROR_INVALID_VALUE;
  std::memcpy(value, &numbers[attribute - 4], sizeof(std::uint64_t));
  return CUDA_SUCCESS;
}

// All devices reach all memory here; taking access away is not supported.
CUresult cuMemPoolSetAccess(CUmemoryPool handle, const CUmemAccessDesc* map, std::size_t count) {
  constexpr CUmemAccess_flags kReadWrite = 3;
  if (driver().pools.find(handle) == nullptr || map == nullptr) return CUDA_ERROR_INVALID_VALUE;
  for (std::size_t index = 0; index < count; ++index) {
    if (map[index].flags != kReadWrite) return CUDA_ERROR_NOT_SUPPORTED;
  }
  return CUDA_SUCCESS;
}

CUresult cuMemPoolGetAccess(CUmemAccess_flags* flags, CUmemoryPool handle, CUmemLocation* location) {
  constexpr CUmemAccess_flags kReadWrite = 3;
  if (flags == nullptr || location == nullptr || driver().pools.find(handle) == nullptr) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *flags = kReadWrite;
  return CUDA_SUCCESS;
}

CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, std::size_t size, CUmemoryPool handle, CUstream stream_handle) {
  const auto pool = driver().pools.find(handle);
  const auto stream = find_stream(stream_handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (address == nullptr || pool == nullptr || size == 0) return CUDA_ERROR_INVALID_VALUE;
  if (stream->capturing) {
    const std::lock_guard lock(capture_mutex());
    if (stream->capture != nullptr) return capture_allocation(*stream, size, *address);
  }
  gpu::Backend& backend = *stream->context->backend;
  const std::uint64_t rounded = (size + kBlockSize - 1) / kBlockSize * kBlockSize;
  const std::lock_guard lock(pool->mutex);
  pool->context = stream->context;
  CUdeviceptr start = take_free(*pool, backend, rounded, *stream);
  if (start == 0) {
    gpu::Status status = backend.allocate(rounded, gpu::MemoryKind::Device, start);
    if (status == gpu::Status::OutOfMemory) {
      backend.wait_all();
      trim(*pool, backend, 0);
      status = backend.allocate(rounded, gpu::MemoryKind::Device, start);
    }
    if (status != gpu::Status::Success) return to_result(status);
    pool->used += rounded;
    pool->reserved += rounded;
    pool->reserved_high = std::max(pool->reserved_high, pool->reserved);
  }
  pool->used_high = std::max(pool->used_high, pool->used);
  driver().memory.insert({.start = start,
                          .size = rounded,
                          .use = MemoryUse::Device,
                          .context = stream->context,
                          .device = stream->context->device,
                          .pool = handle});
  *address = start;
  return CUDA_SUCCESS;
}

CUresult cuMemAllocAsync(CUdeviceptr* address, std::size_t size, CUstream stream) {
  const CUdevice ordinal = current_context()->device;
  return cuMemAllocFromPoolAsync(address, size, default_pool(*find_device(ordinal), ordinal), stream);
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream_handle) {
  const auto stream = find_stream(stream_handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const auto range = driver().memory.find(address);
  if (!range || range->start != address || range->use != MemoryUse::Device) return CUDA_ERROR_INVALID_VALUE;
  if (stream->capturing) {
    const std::lock_guard lock(capture_mutex());
    if (stream->capture != nullptr) return capture_free(*stream, address);
  }
  if (const auto result = free_graph_memory(address, *stream)) return *result;
  const auto pool = driver().pools.find(range->pool);
  if (pool == nullptr) {
    const CUresult result = synchronize(*stream);
    return result == CUDA_SUCCESS ? cuMemFree_v2(address) : result;
  }
  auto event = stream->context->backend->create_event();
  const CUresult result = submit(*stream, gpu::RecordWork{event});
  if (result != CUDA_SUCCESS) return result;
  driver().memory.remove(address);
  const std::lock_guard lock(pool->mutex);
  pool->used -= range->size;
  pool->free.push_back({address, range->size, stream->id, std::move(event)});
  ++free_blocks;
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
