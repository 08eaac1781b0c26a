#include "shims/cuda/graph_memory.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>

#include "shims/cuda/api.h"

namespace vgpu::cuda {
namespace {

constexpr std::uint64_t kBlockSize = 512;

struct Amount {
  std::uint64_t now = 0, highest = 0;  // bytes
  void add(std::uint64_t size) {
    now += size;
    highest = std::max(highest, now);
  }
};

struct Account {
  Amount used, reserved;
};

struct Registry {
  std::mutex mutex;
  std::map<CUdeviceptr, std::weak_ptr<GraphMemory>> known;
  std::map<CUdeviceptr, std::shared_ptr<GraphMemory>> allocated;
  std::unordered_map<CUdevice, Account> accounts;
};

Registry& registry() {
  static auto* const registry = new Registry;
  return *registry;
}

}  // namespace

CUresult GraphMemory::make(Context& context, std::uint64_t size, std::shared_ptr<GraphMemory>& memory) {
  if (size > UINT64_MAX - kBlockSize) return CUDA_ERROR_OUT_OF_MEMORY;
  const std::uint64_t rounded = (size + kBlockSize - 1) / kBlockSize * kBlockSize;
  CUdeviceptr address = 0;
  const gpu::Status status = context.backend->allocate(rounded, gpu::MemoryKind::Device, address);
  if (status != gpu::Status::Success) return to_result(status);
  memory = std::make_shared<GraphMemory>(context, address, rounded);
  // What a context left allocated when it ended.
  std::shared_ptr<GraphMemory> stale;
  const std::lock_guard lock(registry().mutex);
  registry().known[address] = memory;
  if (const auto found = registry().allocated.find(address); found != registry().allocated.end()) {
    stale = std::move(found->second);
    registry().allocated.erase(found);
    registry().accounts[stale->context_.device].used.now -= stale->size_;
  }
  return CUDA_SUCCESS;
}

std::shared_ptr<GraphMemory> GraphMemory::find(CUdeviceptr address) {
  std::shared_ptr<GraphMemory> memory;
  {
    const std::lock_guard lock(registry().mutex);
    const auto found = registry().known.find(address);
    if (found != registry().known.end()) memory = found->second.lock();
  }
  return memory != nullptr && memory->mapped() ? memory : nullptr;
}

GraphMemory::GraphMemory(Context& context, CUdeviceptr address, std::uint64_t size)
    : context_(context), address_(address), size_(size) {
  driver().memory.insert(
      {.start = address, .size = size, .use = MemoryUse::Device, .context = &context, .device = context.device});
  range_ = driver().memory.find(address)->id;
  const std::lock_guard lock(registry().mutex);
  registry().accounts[context.device].reserved.add(size);
}

GraphMemory::~GraphMemory() {
  {
    const std::lock_guard lock(registry().mutex);
    registry().accounts[context_.device].reserved.now -= size_;
    const auto found = registry().known.find(address_);
    if (found != registry().known.end() && found->second.expired()) registry().known.erase(found);
  }
  if (!mapped()) return;
  driver().memory.remove(address_);
  context_.backend->release_unused(address_);
}

bool GraphMemory::mapped() const {
  const auto range = driver().memory.find(address_);
  return range && range->id == range_;
}

bool GraphMemory::allocated() const {
  const std::lock_guard lock(registry().mutex);
  return registry().allocated.contains(address_);
}

void GraphMemory::allocate(const std::shared_ptr<GraphMemory>& memory) {
  const std::lock_guard lock(registry().mutex);
  if (registry().allocated.emplace(memory->address_, memory).second) {
    registry().accounts[memory->context_.device].used.add(memory->size_);
  }
}

void GraphMemory::free() {
  std::shared_ptr<GraphMemory> self;
  const std::lock_guard lock(registry().mutex);
  const auto found = registry().allocated.find(address_);
  if (found == registry().allocated.end()) return;
  self = std::move(found->second);
  registry().allocated.erase(found);
  registry().accounts[context_.device].used.now -= size_;
}

std::optional<CUresult> free_graph_memory(CUdeviceptr address) {
  const auto memory = GraphMemory::find(address);
  if (memory == nullptr) return std::nullopt;
  if (!memory->allocated()) return CUDA_ERROR_INVALID_VALUE;
  gpu::Backend& backend = *current_context()->backend;
  backend.wait_all();
  memory->free();
  return to_result(backend.status());
}

std::optional<CUresult> free_graph_memory(CUdeviceptr address, Stream& stream) {
  auto memory = GraphMemory::find(address);
  if (memory == nullptr) return std::nullopt;
  if (!memory->allocated()) return CUDA_ERROR_INVALID_VALUE;
  memory->free();
  return keep_until_reached(stream, std::move(memory));
}

CUresult keep_until_reached(Stream& stream, std::shared_ptr<const void> object) {
  return submit(stream, gpu::HostWork{[object = std::move(object)] {}});
}

namespace api {

CUresult cuDeviceGetGraphMemAttribute(CUdevice ordinal, CUgraphMem_attribute attribute, void* value) {
  if (find_device(ordinal) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(registry().mutex);
  const Account& account = registry().accounts[ordinal];
  const std::uint64_t numbers[] = {account.used.now, account.used.highest, account.reserved.now,
                                   account.reserved.highest};
  if (attribute < CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT || attribute > CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  std::memcpy(value, &numbers[attribute], sizeof(std::uint64_t));
  return CUDA_SUCCESS;
}

// The highest values can be set back, and nothing else.
CUresult cuDeviceSetGraphMemAttribute(CUdevice ordinal, CUgraphMem_attribute attribute, void* value) {
  if (find_device(ordinal) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::uint64_t number = 0;
  std::memcpy(&number, value, sizeof number);
  if (number != 0) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(registry().mutex);
  Account& account = registry().accounts[ordinal];
  switch (attribute) {
    case CU_GRAPH_MEM_ATTR_USED_MEM_HIGH:
      account.used.highest = account.used.now;
      return CUDA_SUCCESS;
    case CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH:
      account.reserved.highest = account.reserved.now;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

// Memory that no graph needs is released at once: nothing is kept that could be trimmed.
CUresult cuDeviceGraphMemTrim(CUdevice ordinal) {
  return find_device(ordinal) == nullptr ? CUDA_ERROR_INVALID_DEVICE : CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
