#include <algorithm>
#include <mutex>

#include "shims/cuda/api.h"
#include "shims/cuda/array.h"
#include "shims/cuda/context_stack.h"
#include "shims/cuda/export_tables.h"
#include "shims/cuda/pool.h"
#include "shims/cuda/texture_reference.h"

namespace vgpu::cuda {
namespace {

constexpr unsigned kKnownFlags = 0xff;

std::shared_ptr<Context> new_context(VisibleDevice& device, CUdevice ordinal, bool primary) {
  if (device.backend == nullptr) device.backend = &backend_of(device);
  auto context = std::make_shared<Context>();
  context->device = ordinal;
  context->backend = device.backend;
  context->primary = primary;
  context->destroyed = true;
  // Never freed, see Context; the table only knows those that are alive, and primary ones.
  new std::shared_ptr<Context>(context);
  driver().contexts.insert(context);
  return context;
}

void begin_context(Context& context, unsigned flags) {
  context.flags = flags;
  context.id = driver().next_id++;
  context.limits.clear();
  context.peers.clear();
  context.cache_config = context.shared_config = 0;
  context.legacy_stream = make_stream(context, 0, 0);
  context.legacy_stream->legacy = true;
  context.legacy_stream->handle = CU_STREAM_LEGACY;
  context.destroyed = false;
}

// The device's primary context, which is one object whether it is active or not: NVIDIA's runtime keeps its handle over
// a reset, and makes it current before it is retained. Under the device's lock.
Context& primary_of(VisibleDevice& device, CUdevice ordinal) {
  if (device.primary == nullptr) device.primary = new_context(device, ordinal, true).get();
  return *device.primary;
}

bool primary_is_active(const VisibleDevice& device) {
  return device.primary != nullptr && !device.primary->destroyed;
}

}  // namespace

std::vector<Context*>& context_stack() {
  static thread_local std::vector<Context*> stack;
  return stack;
}

Context* retain_primary(VisibleDevice& device, CUdevice ordinal) {
  const std::lock_guard lock(device.mutex);
  Context& primary = primary_of(device, ordinal);
  if (primary.destroyed) begin_context(primary, device.primary_flags);
  ++device.primary_references;
  return &primary;
}

Context* find_primary(VisibleDevice& device, CUdevice ordinal) {
  const std::lock_guard lock(device.mutex);
  return &primary_of(device, ordinal);
}

void clear_context(Context& context) {
  if (!context.primary) driver().contexts.remove(context.handle());
  context.backend->wait_all();
  context.destroyed = true;
  const auto of_context = [&](const auto& object) { return object.context == &context; };
  driver().streams.remove_if(of_context);
  driver().events.remove_if(of_context);
  driver().functions.remove_if([&](const Function& function) { return function.module->context == &context; });
  driver().references.remove_if(of_context);
  driver().modules.remove_if(of_context);
  driver().images.remove_all(context);
  driver().arrays.remove_if(of_context);
  for (const MemoryRange& range : driver().memory.remove_all(context)) {
    if (range.use == MemoryUse::Registered) {
      context.backend->unregister_host(range.start);
    } else if (range.use != MemoryUse::Variable && range.use != MemoryUse::Virtual) {
      context.backend->release(range.start);
    }
  }
  const bool others_live =
      driver().contexts.any([&](const Context& other) { return other.backend == context.backend && !other.destroyed; });
  if (!others_live) context.backend->clear_heap();
  // A fault lasts as long as the contexts it may have damaged.
  if (others_live || context.backend->status() == gpu::Status::Success) return;
  context.backend->reset();
  forget_pool_memory(*context.backend);
}

namespace {

CUresult synchronize(Context& context) {
  if (context.legacy_stream->capturing) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  context.backend->wait_all();
  release_pool_memory(*context.backend);
  return to_result(context.backend->status());
}

// The last reference is gone, or cuDevicePrimaryCtxReset: the fault of the device is cleared too.
void drop_primary(VisibleDevice& device) {
  if (!primary_is_active(device)) return;
  device.primary_references = 0;
  clear_context(*device.primary);
}

// For a primary context of no more than so many references.
void end_primary_values(VisibleDevice& device, unsigned references) {
  CUcontext context = nullptr;
  {
    const std::lock_guard lock(device.mutex);
    if (primary_is_active(device) && device.primary_references <= references) context = device.primary->handle();
  }
  if (context != nullptr) end_context_values(context);
}

}  // namespace

namespace api {

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice ordinal) {
  if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  *context = retain_primary(*device, ordinal)->handle();
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice ordinal) {
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  end_primary_values(*device, 1);
  const std::lock_guard lock(device->mutex);
  if (device->primary_references == 0) return CUDA_ERROR_INVALID_CONTEXT;
  if (--device->primary_references == 0) drop_primary(*device);
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice ordinal, unsigned flags) {
  if (flags > kKnownFlags) return CUDA_ERROR_INVALID_VALUE;
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  const std::lock_guard lock(device->mutex);
  device->primary_flags = flags;
  if (device->primary != nullptr) device->primary->flags = flags;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxGetState(CUdevice ordinal, unsigned* flags, int* active) {
  if (flags == nullptr || active == nullptr) return CUDA_ERROR_INVALID_VALUE;
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  const std::lock_guard lock(device->mutex);
  *flags = device->primary_flags;
  *active = primary_is_active(*device) ? 1 : 0;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice ordinal) {
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  end_primary_values(*device, ~0u);
  const std::lock_guard lock(device->mutex);
  if (!primary_is_active(*device)) return CUDA_SUCCESS;
  gpu::Backend& backend = *device->backend;
  drop_primary(*device);
  backend.reset();
  forget_pool_memory(backend);
  return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice ordinal) {
  if (context == nullptr || flags > kKnownFlags) return CUDA_ERROR_INVALID_VALUE;
  VisibleDevice* device = find_device(ordinal);
  if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  const std::lock_guard lock(device->mutex);
  const auto made = new_context(*device, ordinal, false);
  begin_context(*made, flags);
  context_stack().push_back(made.get());
  *context = made->handle();
  return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v3(CUcontext* context, CUexecAffinityParam*, int affinity_count, unsigned flags, CUdevice device) {
  if (affinity_count != 0) return CUDA_ERROR_NOT_SUPPORTED;
  return cuCtxCreate_v2(context, flags, device);
}

CUresult cuCtxCreate_v4(CUcontext* context, CUctxCreateParams* parameters, unsigned flags, CUdevice device) {
  if (parameters != nullptr && (parameters->affinity_count != 0 || parameters->graphics != nullptr)) {
    return CUDA_ERROR_NOT_SUPPORTED;
  }
  return cuCtxCreate_v2(context, flags, device);
}

CUresult cuCtxDestroy_v2(CUcontext handle) {
  const auto context = driver().contexts.find(handle);
  if (context == nullptr || context->primary) return CUDA_ERROR_INVALID_CONTEXT;
  auto& stack = context_stack();
  end_context_values(handle);
  if (!stack.empty() && stack.back() == context.get()) stack.pop_back();
  clear_context(*context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext handle) {
  const auto context = driver().contexts.find(handle);
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  context_stack().push_back(context.get());
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  auto& stack = context_stack();
  if (stack.empty() || stack.back() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (context != nullptr) *context = stack.back()->handle();
  stack.pop_back();
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext handle) {
  auto& stack = context_stack();
  if (handle == nullptr) {
    if (!stack.empty()) stack.pop_back();
    return CUDA_SUCCESS;
  }
  const auto context = driver().contexts.find(handle);
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (stack.empty()) {
    stack.push_back(context.get());
  } else {
    stack.back() = context.get();
  }
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Context* current = current_context();
  *context = current == nullptr ? nullptr : current->handle();
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice* device) {
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const Context* context = current_context();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  *device = context->device;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice_v2(CUdevice* device, CUcontext handle) {
  if (handle == nullptr) return cuCtxGetDevice(device);
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto context = driver().contexts.find(handle);
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  *device = context->device;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetFlags(unsigned* flags) {
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const Context* context = current_context();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  *flags = context->flags;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetFlags(unsigned flags) {
  Context* context = current_context();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (flags > kKnownFlags) return CUDA_ERROR_INVALID_VALUE;
  context->flags = flags;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetId(CUcontext handle, std::uint64_t* id) {
  if (id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto alive = driver().contexts.find(handle);
  const Context* context = handle == nullptr ? current_context() : alive.get();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  *id = context->id;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetApiVersion(CUcontext handle, unsigned* version) {
  constexpr unsigned kApiVersion = 3020;
  if (version == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto given = driver().contexts.find(handle);
  const Context* const context = handle == nullptr ? current_context() : given.get();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (context->destroyed) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  *version = kApiVersion;
  return CUDA_SUCCESS;
}

CUresult cuCtxAttach(CUcontext* context, unsigned flags) {
  if (context == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  Context* current = current_context();
  if (current == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  *context = current->handle();
  return CUDA_SUCCESS;
}

CUresult cuCtxDetach(CUcontext context) {
  return cuCtxDestroy_v2(context);
}

CUresult cuCtxSynchronize() {
  return synchronize(*current_context());
}

CUresult cuCtxSynchronize_v2(CUcontext handle) {
  const auto context = driver().contexts.find(handle);
  if (context == nullptr && handle != nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (context != nullptr && context->destroyed) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  if (context != nullptr) return synchronize(*context);
  const CUresult refused = check_context();
  return refused == CUDA_SUCCESS ? synchronize(*current_context()) : refused;
}

CUresult cuCtxGetCacheConfig(CUfunc_cache* config) {
  if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *config = current_context()->cache_config;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCacheConfig(CUfunc_cache config) {
  if (config < 0 || config > 3) return CUDA_ERROR_INVALID_VALUE;
  current_context()->cache_config = config;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetSharedMemConfig(CUsharedconfig* config) {
  if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *config = current_context()->shared_config;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetSharedMemConfig(CUsharedconfig config) {
  if (config < 0 || config > 2) return CUDA_ERROR_INVALID_VALUE;
  current_context()->shared_config = config;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int* least_priority, int* greatest_priority) {
  constexpr int kGreatest = -5;
  if (least_priority != nullptr) *least_priority = 0;
  if (greatest_priority != nullptr) *greatest_priority = kGreatest;
  return CUDA_SUCCESS;
}

CUresult cuCtxResetPersistingL2Cache() {
  return CUDA_SUCCESS;
}

CUresult cuFlushGPUDirectRDMAWrites(CUflushGPUDirectRDMAWritesTarget, CUflushGPUDirectRDMAWritesScope) {
  return CUDA_SUCCESS;
}

// Limits are remembered and told back; but for the heap of malloc in kernels, which the contexts of a device share,
// they bound nothing here.
CUresult cuCtxSetLimit(CUlimit limit, std::size_t value) {
  constexpr CUlimit kLast = 6;
  if (limit < 0 || limit > kLast) return CUDA_ERROR_INVALID_VALUE;
  Context& context = *current_context();
  if (limit == CU_LIMIT_MALLOC_HEAP_SIZE) return to_result(context.backend->set_heap_size(value));
  const std::lock_guard lock(context.mutex);
  context.limits[limit] = value;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetLimit(std::size_t* value, CUlimit limit) {
  static constexpr std::size_t kDefaults[] = {1024, 1 << 20, 8 << 20, 2, 2048, 128, 0};
  if (value == nullptr || limit < 0 || static_cast<std::size_t>(limit) >= std::size(kDefaults)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  Context& context = *current_context();
  if (limit == CU_LIMIT_MALLOC_HEAP_SIZE) {
    *value = context.backend->heap_size();
    return CUDA_SUCCESS;
  }
  const std::lock_guard lock(context.mutex);
  const auto found = context.limits.find(limit);
  *value = found == context.limits.end() ? kDefaults[limit] : found->second;
  return CUDA_SUCCESS;
}

CUresult cuCtxEnablePeerAccess(CUcontext peer_context, unsigned flags) {
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  const auto peer = driver().contexts.find(peer_context);
  Context& context = *current_context();
  if (peer == nullptr || peer->device == context.device) return CUDA_ERROR_INVALID_CONTEXT;
  const std::lock_guard lock(context.mutex);
  if (std::ranges::find(context.peers, peer.get()) != context.peers.end()) {
    return CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
  }
  context.peers.push_back(peer.get());
  return CUDA_SUCCESS;
}

CUresult cuCtxDisablePeerAccess(CUcontext peer_context) {
  const auto peer = driver().contexts.find(peer_context);
  if (peer == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  Context& context = *current_context();
  const std::lock_guard lock(context.mutex);
  return std::erase(context.peers, peer.get()) != 0 ? CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_NOT_ENABLED;
}

}  // namespace api
}  // namespace vgpu::cuda
