#include <algorithm>

#include "shims/cuda/context_stack.h"
#include "shims/cuda/graph.h"

// Which stream a handle means, and the order that the legacy default stream imposes on blocking streams.
namespace vgpu::cuda {
namespace {

// Makes `later` wait for what is queued in `earlier` so far.
void chain(gpu::Backend& backend, Stream& earlier, Stream& later) {
  auto event = backend.create_event();
  backend.enqueue(*earlier.object, gpu::RecordWork{event});
  backend.enqueue(*later.object, gpu::WaitWork{std::move(event)});
}

// The caller holds order_mutex and queues work in `stream` next.
void order(Context& context, Stream& stream) {
  gpu::Backend& backend = *context.backend;
  if (!stream.legacy) {
    if (stream.legacy_seen != context.legacy_sequence) chain(backend, *context.legacy_stream, stream);
    stream.legacy_seen = context.legacy_sequence;
    stream.unseen_by_legacy = true;
    return;
  }
  std::erase_if(context.blocking_streams, [&](const std::weak_ptr<Stream>& entry) {
    const auto other = entry.lock();
    if (other == nullptr) return true;
    if (std::exchange(other->unseen_by_legacy, false)) chain(backend, *other, stream);
    return false;
  });
  ++context.legacy_sequence;
}

std::shared_ptr<Stream> per_thread_stream(Context& context) {
  static thread_local std::vector<std::pair<std::uint64_t, std::shared_ptr<Stream>>> streams;
  for (const auto& [id, stream] : streams) {
    if (id == context.id) return stream;
  }
  auto stream = make_stream(context, 0, 0);
  stream->handle = CU_STREAM_PER_THREAD;
  streams.emplace_back(context.id, stream);
  return stream;
}

}  // namespace

std::shared_ptr<Stream> make_stream(Context& context, unsigned flags, int priority) {
  auto stream = std::make_shared<Stream>();
  stream->context = &context;
  stream->flags = flags;
  stream->priority = priority;
  stream->id = driver().next_id++;
  stream->object = context.backend->create_stream(priority);
  const std::lock_guard lock(context.order_mutex);
  for (const auto& event : context.awaited) context.backend->enqueue(*stream->object, gpu::WaitWork{event});
  if (stream->blocking() && context.legacy_stream != nullptr) context.blocking_streams.push_back(stream);
  return stream;
}

std::shared_ptr<Stream> find_stream(CUstream handle) {
  if (handle == nullptr) handle = per_thread_default_stream ? CU_STREAM_PER_THREAD : CU_STREAM_LEGACY;
  if (handle != CU_STREAM_LEGACY && handle != CU_STREAM_PER_THREAD) return driver().streams.find(handle);
  Context* context = current_context();
  if (context == nullptr) return nullptr;
  return handle == CU_STREAM_LEGACY ? context->legacy_stream : per_thread_stream(*context);
}

CUresult submit(Stream& stream, gpu::Work work, CUfunction function) {
  Context& context = *stream.context;
  if (stream.capturing.load(std::memory_order_acquire)) {
    const std::lock_guard lock(capture_mutex());
    if (stream.capture != nullptr) return capture_work(stream, std::move(work), function);
  }
  if (!stream.legacy && !stream.blocking()) return to_result(context.backend->enqueue(*stream.object, std::move(work)));
  const std::lock_guard lock(context.order_mutex);
  order(context, stream);
  return to_result(context.backend->enqueue(*stream.object, std::move(work)));
}

CUresult synchronize(Stream& stream) {
  if (stream.capturing.load(std::memory_order_acquire)) {
    const std::lock_guard lock(capture_mutex());
    if (stream.capture != nullptr) {
      stream.capture->invalidated = true;
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
  }
  Context& context = *stream.context;
  if (stream.legacy) {
    const std::lock_guard lock(context.order_mutex);
    order(context, stream);
  }
  context.backend->wait(*stream.object);
  return to_result(context.backend->status());
}

}  // namespace vgpu::cuda
