#include <algorithm>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

// Events of a whole context: recorded behind all that it does, and awaited by all that it will do.
namespace vgpu::cuda {
namespace {

// Every stream of the context, its threads' default streams included.
std::vector<std::shared_ptr<Stream>> streams_of(Context& context) {
  std::vector<std::shared_ptr<Stream>> streams;
  const auto add = [&](const std::shared_ptr<Stream>& stream) {
    const bool own = stream != nullptr && stream->context == &context;
    if (own && std::ranges::find(streams, stream) == streams.end()) streams.push_back(stream);
  };
  add(context.legacy_stream);
  for (const auto& stream : driver().streams.all()) add(stream);
  const std::lock_guard lock(context.order_mutex);
  for (const auto& stream : context.blocking_streams) add(stream.lock());
  return streams;
}

CUresult find(CUcontext context_handle, CUevent event_handle, std::shared_ptr<Context>& context,
              std::shared_ptr<Event>& event) {
  context = driver().contexts.find(context_handle);
  event = driver().events.find(event_handle);
  return context == nullptr || event == nullptr ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

// CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED while a stream captures, whose capture is then of no more use.
CUresult refuse_captures(const std::vector<std::shared_ptr<Stream>>& streams) {
  const std::lock_guard lock(capture_mutex());
  CUresult result = CUDA_SUCCESS;
  for (const auto& stream : streams) {
    if (stream->capture == nullptr) continue;
    stream->capture->invalidated = true;
    result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  return result;
}

}  // namespace

namespace api {

CUresult cuCtxRecordEvent(CUcontext context_handle, CUevent event_handle) {
  std::shared_ptr<Context> context;
  std::shared_ptr<Event> event;
  CUresult result = find(context_handle, event_handle, context, event);
  if (result != CUDA_SUCCESS) return result;
  if (event->context != context.get()) return CUDA_ERROR_INVALID_HANDLE;
  const auto streams = streams_of(*context);
  result = refuse_captures(streams);
  if (result != CUDA_SUCCESS) return result;
  // A stream that does nothing but wait for the others.
  const auto gatherer = make_stream(*context, CU_STREAM_NON_BLOCKING, 0);
  for (const auto& stream : streams) {
    auto reached = context->backend->create_event();
    context->backend->enqueue(*stream->object, gpu::RecordWork{reached});
    context->backend->enqueue(*gatherer->object, gpu::WaitWork{std::move(reached)});
  }
  {
    const std::lock_guard lock(capture_mutex());
    event->capture = nullptr;
    event->capture_dependencies.clear();
  }
  return record_event(*gatherer, *event);
}

CUresult cuCtxWaitEvent(CUcontext context_handle, CUevent event_handle) {
  std::shared_ptr<Context> context;
  std::shared_ptr<Event> event;
  CUresult result = find(context_handle, event_handle, context, event);
  if (result != CUDA_SUCCESS) return result;
  const auto streams = streams_of(*context);
  result = refuse_captures(streams);
  if (result != CUDA_SUCCESS) return result;
  {
    const std::lock_guard lock(capture_mutex());
    if (event->capture != nullptr) {
      event->capture->invalidated = true;
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
  }
  std::shared_ptr<gpu::EventObject> record;
  {
    const std::lock_guard lock(event->mutex);
    record = event->object;
  }
  if (record == nullptr) return CUDA_SUCCESS;
  {
    const std::lock_guard lock(context->order_mutex);
    std::erase_if(context->awaited, [&](const auto& earlier) { return context->backend->complete(*earlier); });
    context->awaited.push_back(record);
  }
  for (const auto& stream : streams) context->backend->enqueue(*stream->object, gpu::WaitWork{record});
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
