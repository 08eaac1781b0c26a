#include <algorithm>

#include "shims/cuda/api.h"
#include "shims/cuda/graph_executable.h"

// A launch queues the nodes one after the other, unless they may wait for each other: this device's parallelism is
// inside the kernels.
namespace vgpu::cuda {
namespace {

using Item = GraphExecutable::Item;

// `each(item)` for all items, those of child graphs included.
template <class Each>
void for_each_item(const GraphExecutable& executable, const Each& each) {
  for (const Item& item : executable.items) {
    each(item);
    if (item.child != nullptr) for_each_item(*item.child, each);
  }
}

// Memory that an earlier launch allocated and nobody freed.
std::vector<std::shared_ptr<GraphMemory>> unfreed(const GraphExecutable& executable) {
  std::vector<std::shared_ptr<GraphMemory>> found;
  for_each_item(executable, [&](const Item& item) {
    const bool allocates = item.content.type == CU_GRAPH_NODE_TYPE_MEM_ALLOC;
    if (allocates && item.content.memory->allocated()) found.push_back(item.content.memory);
  });
  return found;
}

// What must live until a launch is done, even if the executable does not.
std::vector<std::shared_ptr<const void>> held_by(const GraphExecutable& executable) {
  std::vector<std::shared_ptr<const void>> held;
  if (executable.user_objects != nullptr) held.push_back(executable.user_objects);
  for_each_item(executable, [&](const Item& item) {
    if (item.content.memory != nullptr) held.push_back(item.content.memory);
    if (item.child != nullptr && item.child->user_objects != nullptr) held.push_back(item.child->user_objects);
  });
  return held;
}

CUresult run(Stream& stream, const GraphExecutable& executable);

CUresult run_item(Stream& stream, const Item& item) {
  if (!item.enabled) return CUDA_SUCCESS;
  switch (item.content.type) {
    case CU_GRAPH_NODE_TYPE_EMPTY:
      return CUDA_SUCCESS;
    case CU_GRAPH_NODE_TYPE_GRAPH:
      return run(stream, *item.child);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      return record_event(stream, *item.content.event);
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
      return wait_event(stream, *item.content.event);
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
      GraphMemory::allocate(item.content.memory);
      return CUDA_SUCCESS;
    case CU_GRAPH_NODE_TYPE_MEM_FREE:
      item.content.memory->free();
      return CUDA_SUCCESS;
    default:
      return submit(stream, item.content.work, item.content.function);
  }
}

bool waits_for_memory(const GraphExecutable& executable) {
  bool waits = false;
  for_each_item(executable, [&](const Item& item) {
    if (item.content.operations == nullptr) return;
    waits |= std::ranges::any_of(*item.content.operations, [](const CUstreamBatchMemOpParams& operation) {
      return operation.operation == CU_STREAM_MEM_OP_WAIT_VALUE_32 ||
             operation.operation == CU_STREAM_MEM_OP_WAIT_VALUE_64;
    });
  });
  return waits;
}

// What a node waits for in memory may be another branch's to write: each node has a stream of its own, behind the nodes
// that it depends on.
CUresult run_side_by_side(Stream& stream, const GraphExecutable& executable) {
  gpu::Backend& backend = *stream.context->backend;
  const auto begin = backend.create_event();
  CUresult result = submit(stream, gpu::RecordWork{begin});
  std::vector<std::shared_ptr<gpu::EventObject>> ends;
  for (const Item& item : executable.items) {
    if (result != CUDA_SUCCESS) return result;
    const auto branch = make_stream(*stream.context, CU_STREAM_NON_BLOCKING, stream.priority);
    backend.enqueue(*branch->object, gpu::WaitWork{begin});
    for (const std::uint32_t before : item.dependencies) backend.enqueue(*branch->object, gpu::WaitWork{ends[before]});
    result = run_item(*branch, item);
    ends.push_back(backend.create_event());
    backend.enqueue(*branch->object, gpu::RecordWork{ends.back()});
  }
  for (auto& end : ends) {
    if (result == CUDA_SUCCESS) result = submit(stream, gpu::WaitWork{std::move(end)});
  }
  return result;
}

CUresult run(Stream& stream, const GraphExecutable& executable) {
  if (waits_for_memory(executable)) return run_side_by_side(stream, executable);
  for (const Item& item : executable.items) {
    const CUresult result = run_item(stream, item);
    if (result != CUDA_SUCCESS) return result;
  }
  return CUDA_SUCCESS;
}

// A launch in a stream that is capturing adds the nodes to what is captured. The caller holds capture_mutex().
CUresult capture_launch(Stream& stream, const GraphExecutable& executable) {
  for (const Item& item : executable.items) {
    if (!item.enabled) continue;
    if (item.content.memory != nullptr) return CUDA_ERROR_NOT_SUPPORTED;
    const CUresult result =
        item.child != nullptr ? capture_launch(stream, *item.child) : capture_node(stream, item.content);
    if (result != CUDA_SUCCESS) return result;
  }
  return CUDA_SUCCESS;
}

// Launches of one executable follow each other, in whatever streams they are.
void follow_last_launch(Stream& stream, const GraphExecutable& executable) {
  const auto last = executable.last_stream.lock();
  if (last == nullptr || last.get() == &stream) return;
  auto event = last->context->backend->create_event();
  last->context->backend->enqueue(*last->object, gpu::RecordWork{event});
  stream.context->backend->enqueue(*stream.object, gpu::WaitWork{std::move(event)});
}

CUresult launch(const std::shared_ptr<Stream>& stream, GraphExecutable& executable) {
  const std::lock_guard lock(executable.mutex);
  if (stream->capturing) {
    const std::lock_guard captures(capture_mutex());
    if (stream->capture != nullptr) return capture_launch(*stream, executable);
  }
  const bool frees = (executable.flags & CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH) != 0;
  for (const auto& memory : unfreed(executable)) {
    if (!frees) return CUDA_ERROR_INVALID_VALUE;
    memory->free();
  }
  follow_last_launch(*stream, executable);
  executable.last_stream = stream;
  const CUresult result = run(*stream, executable);
  auto held = held_by(executable);
  if (result != CUDA_SUCCESS || held.empty()) return result;
  return keep_until_reached(*stream, std::make_shared<decltype(held)>(std::move(held)));
}

}  // namespace

namespace api {

CUresult cuGraphUpload(CUgraphExec executable, CUstream stream) {
  const bool known = driver().executables.find(executable) != nullptr && find_stream(stream) != nullptr;
  return known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  const auto executable = driver().executables.find(handle);
  const auto stream = find_stream(stream_handle);
  if (executable == nullptr || stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return launch(stream, *executable);
}

}  // namespace api
}  // namespace vgpu::cuda
