#include <algorithm>
#include <cstring>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"
#include "shims/cuda/host_function.h"
#include "shims/cuda/pool.h"

namespace vgpu::cuda::api {

CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  constexpr int kGreatestPriority = -5;
  if (stream == nullptr || flags > CU_STREAM_NON_BLOCKING) return CUDA_ERROR_INVALID_VALUE;
  auto made = make_stream(*current_context(), flags, std::clamp(priority, kGreatestPriority, 0));
  made->handle = reinterpret_cast<CUstream>(made.get());
  *stream = driver().streams.insert(std::move(made));
  return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return cuStreamCreateWithPriority(stream, flags, 0);
}

CUresult cuStreamDestroy_v2(CUstream handle) {
  const auto stream = driver().streams.remove(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(capture_mutex());
  if (stream->capture != nullptr) stream->capture->invalidated = true;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetPriority(CUstream handle, int* priority) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (priority == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *priority = stream->priority;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *flags = stream->flags;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetId(CUstream handle, std::uint64_t* id) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *id = stream->id;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetCtx(CUstream handle, CUcontext* context) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *context = stream->context->handle();
  return CUDA_SUCCESS;
}

CUresult cuStreamGetCtx_v2(CUstream handle, CUcontext* context, CUgreenCtx* green_context) {
  const CUresult refused = cuStreamGetCtx(handle, context);
  if (refused == CUDA_SUCCESS && green_context != nullptr) *green_context = nullptr;
  return refused;
}

CUresult cuStreamGetDevice(CUstream handle, CUdevice* device) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *device = stream->context->device;
  return CUDA_SUCCESS;
}

CUresult cuStreamQuery(CUstream handle) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capturing) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  gpu::Backend& backend = *stream->context->backend;
  if (!backend.idle(*stream->object)) return CUDA_ERROR_NOT_READY;
  return to_result(backend.status());
}

CUresult cuStreamSynchronize(CUstream handle) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const CUresult result = synchronize(*stream);
  release_pool_memory(*stream->context->backend);
  return result;
}

CUresult cuStreamWaitEvent(CUstream stream_handle, CUevent event_handle, unsigned flags) {
  if (flags > CU_EVENT_WAIT_EXTERNAL) return CUDA_ERROR_INVALID_VALUE;
  const auto stream = find_stream(stream_handle);
  const auto event = driver().events.find(event_handle);
  if (stream == nullptr || event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  {
    const std::lock_guard lock(capture_mutex());
    if (stream->capture != nullptr && flags == CU_EVENT_WAIT_EXTERNAL) {
      return capture_event(*stream, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event);
    }
    if (event->capture != nullptr || stream->capture != nullptr) return capture_wait(stream, *event);
  }
  return wait_event(*stream, *event);
}

CUresult cuStreamAddCallback(CUstream handle, CUstreamCallback callback, void* user_data, unsigned flags) {
  if (callback == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capturing) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  gpu::Backend* backend = stream->context->backend;
  return submit(*stream, gpu::HostWork{[=] { callback(handle, to_result(backend->status()), user_data); }});
}

CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* user_data) {
  if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return submit(*stream, gpu::HostWork{HostFunction{{function, user_data}}});
}

// Managed memory is shared by all: attaching it to a stream changes nothing.
CUresult cuStreamAttachMemAsync(CUstream handle, CUdeviceptr address, std::size_t, unsigned) {
  if (find_stream(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const auto range = driver().memory.find(address);
  return range && range->use == MemoryUse::Managed ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

// Stream attributes are hints about caches and scheduling: accepted, and read back as zero.
CUresult cuStreamCopyAttributes(CUstream destination, CUstream source) {
  const bool known = find_stream(destination) != nullptr && find_stream(source) != nullptr;
  return known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuStreamGetAttribute(CUstream handle, CUstreamAttrID, CUstreamAttrValue* value) {
  if (find_stream(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::memset(value, 0, sizeof *value);
  return CUDA_SUCCESS;
}

CUresult cuStreamSetAttribute(CUstream handle, CUstreamAttrID, const CUstreamAttrValue* value) {
  if (find_stream(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return value == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

}  // namespace vgpu::cuda::api
