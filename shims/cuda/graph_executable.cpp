#include "shims/cuda/graph_executable.h"

#include <algorithm>
#include <unordered_map>

#include "shims/cuda/api.h"

// Graphs made ready to run: their nodes in an order that the dependencies allow.
namespace vgpu::cuda {
namespace {

using Item = GraphExecutable::Item;

Item item_of(GraphNode& node, const std::unordered_map<const GraphNode*, std::uint32_t>& positions) {
  Item item;
  item.content = node.content;
  item.source = &node;
  for (const GraphEdge& edge : node.dependencies) item.dependencies.push_back(positions.at(edge.from));
  std::ranges::sort(item.dependencies);
  return item;
}

CUresult instantiate(CUgraphExec* handle, CUgraph graph_handle, std::uint64_t flags, int& reason) {
  reason = CUDA_GRAPH_INSTANTIATE_ERROR;
  const auto graph = driver().graphs.find(graph_handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  constexpr std::uint64_t kKnownFlags = CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH |
                                        CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD | CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH |
                                        CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY;
  if (handle == nullptr || (flags & ~kKnownFlags) != 0) return CUDA_ERROR_INVALID_VALUE;
  if ((flags & CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH) != 0) {
    reason = CUDA_GRAPH_INSTANTIATE_NODE_OPERATION_NOT_SUPPORTED;
    return CUDA_ERROR_NOT_SUPPORTED;
  }
  auto executable = std::make_shared<GraphExecutable>();
  executable->flags = flags & ~CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD;
  const std::lock_guard lock(capture_mutex());
  if (graph->owned) return CUDA_ERROR_INVALID_VALUE;
  const bool has_memory = graph->has_memory_nodes();
  if (has_memory && graph->instance.lock() != nullptr) return CUDA_ERROR_NOT_SUPPORTED;
  if (!arrange(*graph, *executable)) {
    reason = CUDA_GRAPH_INSTANTIATE_INVALID_STRUCTURE;
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (has_memory) graph->instance = executable;
  *handle = driver().executables.insert(std::move(executable));
  reason = CUDA_GRAPH_INSTANTIATE_SUCCESS;
  return CUDA_SUCCESS;
}

// Calls `use(item)` with a node that can be switched off: a kernel, copy or memset.
template <class Use>
CUresult with_switch(CUgraphExec handle, CUgraphNode node, const Use& use) {
  const auto executable = driver().executables.find(handle);
  if (executable == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(executable->mutex);
  Item* const item = executable->find(node);
  if (item == nullptr || item->content.type > CU_GRAPH_NODE_TYPE_MEMSET) return CUDA_ERROR_INVALID_VALUE;
  use(*item);
  return CUDA_SUCCESS;
}

}  // namespace

GraphExecutable::Item* GraphExecutable::find(CUgraphNode node) {
  for (Item& item : items) {
    if (reinterpret_cast<CUgraphNode>(item.source) == node) return &item;
    if (item.child == nullptr) continue;
    if (Item* const inner = item.child->find(node)) return inner;
  }
  return nullptr;
}

bool arrange(const Graph& graph, GraphExecutable& executable) {
  std::unordered_map<const GraphNode*, std::uint32_t> positions;
  std::vector<GraphNode*> waiting;
  for (const auto& node : graph.nodes) waiting.push_back(node.get());
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    std::erase_if(waiting, [&](GraphNode* node) {
      const auto placed = [&](const GraphEdge& edge) { return positions.contains(edge.from); };
      if (!std::ranges::all_of(node->dependencies, placed)) return false;
      Item item = item_of(*node, positions);
      positions[node] = static_cast<std::uint32_t>(executable.items.size());
      executable.items.push_back(std::move(item));
      return true;
    });
    if (waiting.size() == before) return false;
  }
  for (Item& item : executable.items) {
    const auto child = std::exchange(item.content.child, nullptr);
    if (child == nullptr) continue;
    item.child = std::make_shared<GraphExecutable>();
    if (!arrange(*child, *item.child)) return false;
  }
  if (!graph.user_objects.empty()) {
    executable.user_objects = std::make_shared<UserObjectReferences>(graph.user_objects);
  }
  return true;
}

namespace api {

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, std::uint64_t flags) {
  int reason = 0;
  if ((flags & CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD) != 0) return CUDA_ERROR_INVALID_VALUE;
  return instantiate(executable, graph, flags, reason);
}

CUresult cuGraphInstantiateWithParams(CUgraphExec* executable, CUgraph graph,
                                      CUDA_GRAPH_INSTANTIATE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  parameters->error_node = nullptr;
  parameters->result = CUDA_GRAPH_INSTANTIATE_ERROR;
  const bool uploads = (parameters->flags & CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD) != 0;
  if (uploads && find_stream(parameters->upload_stream) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return instantiate(executable, graph, parameters->flags, parameters->result);
}

CUresult cuGraphInstantiate(CUgraphExec* executable, CUgraph graph, CUgraphNode* error_node, char* log_buffer,
                            std::size_t buffer_size) {
  if (error_node != nullptr) *error_node = nullptr;
  if (log_buffer != nullptr && buffer_size != 0) *log_buffer = 0;
  return cuGraphInstantiateWithFlags(executable, graph, 0);
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

CUresult cuGraphNodeSetEnabled(CUgraphExec executable, CUgraphNode node, unsigned enabled) {
  return with_switch(executable, node, [&](Item& item) { item.enabled = enabled != 0; });
}

CUresult cuGraphNodeGetEnabled(CUgraphExec executable, CUgraphNode node, unsigned* enabled) {
  if (enabled == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_switch(executable, node, [&](const Item& item) { *enabled = item.enabled ? 1 : 0; });
}

}  // namespace api
}  // namespace vgpu::cuda
