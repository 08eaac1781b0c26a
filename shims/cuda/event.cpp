#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"
#include "shims/cuda/pool.h"

namespace vgpu::cuda {

CUresult record_event(Stream& stream, Event& event) {
  auto object = stream.context->backend->create_event();
  const CUresult result = submit(stream, gpu::RecordWork{object});
  if (result != CUDA_SUCCESS) return result;
  const std::lock_guard lock(event.mutex);
  event.object = std::move(object);
  return CUDA_SUCCESS;
}

CUresult wait_event(Stream& stream, Event& event) {
  std::shared_ptr<gpu::EventObject> object;
  {
    const std::lock_guard lock(event.mutex);
    object = event.object;
  }
  if (object == nullptr) return CUDA_SUCCESS;
  return submit(stream, gpu::WaitWork{std::move(object)});
}

namespace api {
namespace {

// What the event's last record made; null for an event that was never recorded.
std::shared_ptr<gpu::EventObject> last_record(Event& event) {
  const std::lock_guard lock(event.mutex);
  return event.object;
}

}  // namespace

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  constexpr unsigned kKnownFlags = CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS;
  if (event == nullptr || (flags & ~kKnownFlags) != 0) return CUDA_ERROR_INVALID_VALUE;
  if ((flags & CU_EVENT_INTERPROCESS) != 0) return CUDA_ERROR_NOT_SUPPORTED;
  auto made = std::make_shared<Event>();
  made->context = current_context();
  made->flags = flags;
  *event = driver().events.insert(std::move(made));
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event) {
  return driver().events.remove(event) != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuEventRecordWithFlags(CUevent event_handle, CUstream stream_handle, unsigned flags) {
  if (flags > CU_EVENT_RECORD_EXTERNAL) return CUDA_ERROR_INVALID_VALUE;
  const auto event = driver().events.find(event_handle);
  const auto stream = find_stream(stream_handle);
  if (event == nullptr || stream == nullptr || event->context != stream->context) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capturing) {
    const std::lock_guard lock(capture_mutex());
    if (stream->capture != nullptr && flags == CU_EVENT_RECORD_EXTERNAL) {
      return capture_event(*stream, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event);
    }
    if (capture_record(*stream, *event)) return CUDA_SUCCESS;
  }
  {
    const std::lock_guard lock(capture_mutex());
    event->capture = nullptr;
    event->capture_dependencies.clear();
  }
  return record_event(*stream, *event);
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  return cuEventRecordWithFlags(event, stream, 0);
}

CUresult cuEventQuery(CUevent handle) {
  const auto event = driver().events.find(handle);
  if (event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture != nullptr) return CUDA_ERROR_CAPTURED_EVENT;
  const auto record = last_record(*event);
  gpu::Backend& backend = *event->context->backend;
  if (record != nullptr && !backend.complete(*record)) return CUDA_ERROR_NOT_READY;
  return to_result(backend.status());
}

CUresult cuEventSynchronize(CUevent handle) {
  const auto event = driver().events.find(handle);
  if (event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture != nullptr) return CUDA_ERROR_CAPTURED_EVENT;
  const auto record = last_record(*event);
  if (record != nullptr) event->context->backend->wait(*record);
  release_pool_memory(*event->context->backend);
  return to_result(event->context->backend->status());
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  if (milliseconds == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::uint64_t times[2] = {};
  const CUevent handles[2] = {start, end};
  for (int index = 0; index < 2; ++index) {
    const auto event = driver().events.find(handles[index]);
    if (event == nullptr || (event->flags & CU_EVENT_DISABLE_TIMING) != 0) return CUDA_ERROR_INVALID_HANDLE;
    const auto record = last_record(*event);
    if (record == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    const auto time = event->context->backend->timestamp(*record);
    if (!time) return CUDA_ERROR_NOT_READY;
    times[index] = *time;
  }
  constexpr double kNanosecondsPerMillisecond = 1e6;
  *milliseconds =
      static_cast<float>((static_cast<double>(times[1]) - static_cast<double>(times[0])) / kNanosecondsPerMillisecond);
  return CUDA_SUCCESS;
}

CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return cuEventElapsedTime(milliseconds, start, end);
}

}  // namespace api
}  // namespace vgpu::cuda
