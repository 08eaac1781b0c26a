#include <algorithm>
#include <unordered_map>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

// Graphs made ready to run. A launch queues the nodes one after the other in an order that the dependencies allow:
// this device's parallelism is inside the kernels.
namespace vgpu::cuda {
namespace {

// False when the dependencies form a circle. The caller holds capture_mutex().
bool arrange(const Graph& graph, std::vector<GraphExecutable::Item>& items) {
  std::unordered_map<const GraphNode*, std::uint32_t> position;
  std::vector<GraphNode*> waiting;
  for (const auto& node : graph.nodes) waiting.push_back(node.get());
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    std::erase_if(waiting, [&](GraphNode* node) {
      if (!std::ranges::all_of(node->dependencies, [&](const GraphNode* other) { return position.contains(other); })) {
        return false;
      }
      GraphExecutable::Item item{.type = node->type,
                                 .work = node->work,
                                 .event = node->event,
                                 .child = nullptr,
                                 .source = node,
                                 .dependencies = {}};
      for (const GraphNode* other : node->dependencies) item.dependencies.push_back(position[other]);
      std::ranges::sort(item.dependencies);
      position[node] = static_cast<std::uint32_t>(items.size());
      items.push_back(std::move(item));
      return true;
    });
    if (waiting.size() == before) return false;
  }
  for (auto& item : items) {
    if (item.source->child == nullptr) continue;
    item.child = std::make_shared<GraphExecutable>();
    if (!arrange(*item.source->child, item.child->items)) return false;
  }
  return true;
}

CUresult instantiate(CUgraphExec* handle, CUgraph graph_handle, std::uint64_t flags) {
  const auto graph = driver().graphs.find(graph_handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  constexpr std::uint64_t kDeviceLaunch = 4;
  if ((flags & kDeviceLaunch) != 0) return CUDA_ERROR_NOT_SUPPORTED;
  auto executable = std::make_shared<GraphExecutable>();
  executable->flags = flags;
  const std::lock_guard lock(capture_mutex());
  if (!arrange(*graph, executable->items)) return CUDA_ERROR_INVALID_VALUE;
  *handle = driver().executables.insert(std::move(executable));
  return CUDA_SUCCESS;
}

CUresult run(Stream& stream, GraphExecutable& executable) {
  const std::lock_guard lock(executable.mutex);
  for (const auto& item : executable.items) {
    CUresult result = CUDA_SUCCESS;
    switch (item.type) {
      case CU_GRAPH_NODE_TYPE_EMPTY:
        break;
      case CU_GRAPH_NODE_TYPE_GRAPH:
        result = run(stream, *item.child);
        break;
      case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
        result = record_event(stream, *item.event);
        break;
      case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
        result = wait_event(stream, *item.event);
        break;
      default:
        result = submit(stream, item.work);
    }
    if (result != CUDA_SUCCESS) return result;
  }
  return CUDA_SUCCESS;
}

CUresult update(GraphExecutable& executable, const Graph& graph, CUgraphExecUpdateResultInfo& info) {
  info = {CU_GRAPH_EXEC_UPDATE_SUCCESS, nullptr, nullptr};
  std::vector<GraphExecutable::Item> items;
  const auto fail = [&](CUgraphExecUpdateResult why, GraphNode* node) {
    info = {why, reinterpret_cast<CUgraphNode>(node), nullptr};
    return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
  };
  if (!arrange(graph, items) || items.size() != executable.items.size()) {
    return fail(CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, nullptr);
  }
  for (std::size_t index = 0; index < items.size(); ++index) {
    if (items[index].type != executable.items[index].type) {
      return fail(CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED, items[index].source);
    }
    if (items[index].dependencies != executable.items[index].dependencies) {
      return fail(CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, items[index].source);
    }
  }
  // Nodes of the graph that was instantiated stay the names by which single nodes are updated.
  for (std::size_t index = 0; index < items.size(); ++index) items[index].source = executable.items[index].source;
  executable.items = std::move(items);
  return CUDA_SUCCESS;
}

CUresult set_kernel(CUgraphExec handle, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS_v1* parameters,
                    CUfunction function) {
  const auto executable = driver().executables.find(handle);
  if (executable == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  gpu::LaunchWork work;
  const CUresult result = make_launch(function, {parameters->grid_x, parameters->grid_y, parameters->grid_z},
                                      {parameters->block_x, parameters->block_y, parameters->block_z},
                                      parameters->shared_size, parameters->parameters, parameters->extra, false, work);
  if (result != CUDA_SUCCESS) return result;
  const std::lock_guard lock(executable->mutex);
  for (auto& item : executable->items) {
    if (reinterpret_cast<CUgraphNode>(item.source) != node) continue;
    if (!std::holds_alternative<gpu::LaunchWork>(item.work)) return CUDA_ERROR_INVALID_VALUE;
    item.work = std::move(work);
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_VALUE;
}

}  // namespace

namespace api {

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, std::uint64_t flags) {
  return instantiate(executable, graph, flags);
}

CUresult cuGraphInstantiateWithParams(CUgraphExec* executable, CUgraph graph,
                                      CUDA_GRAPH_INSTANTIATE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  parameters->error_node = nullptr;
  const CUresult result = instantiate(executable, graph, parameters->flags);
  parameters->result = result == CUDA_SUCCESS ? 0 : 1;
  return result;
}

CUresult cuGraphInstantiate(CUgraphExec* executable, CUgraph graph, CUgraphNode* error_node, char* log_buffer,
                            std::size_t buffer_size) {
  if (error_node != nullptr) *error_node = nullptr;
  if (log_buffer != nullptr && buffer_size != 0) *log_buffer = 0;
  return instantiate(executable, graph, 0);
}

CUresult cuGraphInstantiate_v2(CUgraphExec* executable, CUgraph graph, CUgraphNode* error_node, char* log_buffer,
                               std::size_t buffer_size) {
  return cuGraphInstantiate(executable, graph, error_node, log_buffer, buffer_size);
}

CUresult cuGraphExecGetFlags(CUgraphExec handle, std::uint64_t* flags) {
  const auto executable = driver().executables.find(handle);
  if (executable == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *flags = executable->flags;
  return CUDA_SUCCESS;
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
  return driver().executables.remove(executable) != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGraphUpload(CUgraphExec executable, CUstream stream) {
  const bool known = driver().executables.find(executable) != nullptr && find_stream(stream) != nullptr;
  return known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  const auto executable = driver().executables.find(handle);
  const auto stream = find_stream(stream_handle);
  if (executable == nullptr || stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return run(*stream, *executable);
}

CUresult cuGraphExecUpdate_v2(CUgraphExec handle, CUgraph graph_handle, CUgraphExecUpdateResultInfo* result) {
  const auto executable = driver().executables.find(handle);
  const auto graph = driver().graphs.find(graph_handle);
  if (executable == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (result == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::scoped_lock lock(capture_mutex(), executable->mutex);
  return update(*executable, *graph, *result);
}

CUresult cuGraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphNode* error_node,
                           CUgraphExecUpdateResult* result) {
  CUgraphExecUpdateResultInfo info{};
  const CUresult status = cuGraphExecUpdate_v2(executable, graph, &info);
  if (error_node != nullptr) *error_node = info.error_node;
  if (result != nullptr) *result = info.result;
  return status;
}

CUresult cuGraphExecKernelNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return set_kernel(executable, node, parameters, parameters->function);
}

CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec executable, CUgraphNode node,
                                           const CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const bool by_kernel = parameters->function == nullptr;
  return set_kernel(executable, node, parameters,
                    by_kernel ? reinterpret_cast<CUfunction>(parameters->kernel) : parameters->function);
}

}  // namespace api
}  // namespace vgpu::cuda
