#pragma once

#include <algorithm>

#include "shims/cuda/graph.h"

// What the files of the kinds of nodes share: each kind is made from the program's parameters by one function, which
// serves a new node, a node that is changed, and a node of an executable.
namespace vgpu::cuda {

CUresult prepare_kernel(const CUDA_KERNEL_NODE_PARAMS_v1& parameters, CUfunction function, GraphNodeContent& content);
CUresult prepare_kernel(const CUDA_KERNEL_NODE_PARAMS_v2& parameters, GraphNodeContent& content);
CUresult prepare_copy(const CUDA_MEMCPY3D& parameters, GraphNodeContent& content);
CUresult prepare_fill(const CUDA_MEMSET_NODE_PARAMS& parameters, GraphNodeContent& content);
CUresult prepare_host(const CUDA_HOST_NODE_PARAMS& parameters, GraphNodeContent& content);
CUresult prepare_event(CUgraphNodeType type, CUevent event, GraphNodeContent& content);
CUresult prepare_child(const CUDA_CHILD_GRAPH_NODE_PARAMS& parameters, GraphNodeContent& content);
CUresult prepare_operations(const CUDA_BATCH_MEM_OP_NODE_PARAMS& parameters, GraphNodeContent& content);
// Allocation and free nodes depend on what stands before them in the graph.
CUresult prepare_allocation(const Graph& graph, const std::vector<GraphEdge>& dependencies,
                            CUDA_MEM_ALLOC_NODE_PARAMS& parameters, GraphNodeContent& content);
CUresult prepare_free(const Graph& graph, CUdeviceptr address, GraphNodeContent& content);
// The same in a stream that is capturing; the caller holds capture_mutex() and has seen the capture.
CUresult capture_allocation(Stream& stream, std::size_t size, CUdeviceptr& address);
CUresult capture_free(Stream& stream, CUdeviceptr address);

// True for a copy or fill of one row, the only ones that can be changed in an executable.
bool one_row(const gpu::Work& work);

// Adds a node to a graph that the program builds itself; `prepare(graph, dependencies, content)` fills it in.
template <class Prepare>
CUresult add_node(CUgraphNode* handle, CUgraph graph_handle, const CUgraphNode* dependencies,
                  const CUgraphEdgeData* data, std::size_t count, const Prepare& prepare) {
  const auto graph = driver().graphs.find(graph_handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphEdge> before;
  CUresult result = find_dependencies(*graph, dependencies, data, count, before);
  if (result != CUDA_SUCCESS) return result;
  GraphNodeContent content;
  result = prepare(*graph, before, content);
  if (result != CUDA_SUCCESS) return result;
  // A node that waits for part of a kernel is a kernel.
  const bool kernel = content.type == CU_GRAPH_NODE_TYPE_KERNEL;
  if (!kernel && !std::ranges::all_of(before, [](const GraphEdge& edge) { return plain(edge.data); })) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *handle = graph->add(std::move(content), std::move(before)).handle();
  return CUDA_SUCCESS;
}

// The same where the kind needs to know nothing of the graph: `prepare(content)`.
template <class Prepare>
CUresult add_node(CUgraphNode* handle, CUgraph graph, const CUgraphNode* dependencies, std::size_t count,
                  const Prepare& prepare) {
  return add_node(
      handle, graph, dependencies, nullptr, count,
      [&](const Graph&, const std::vector<GraphEdge>&, GraphNodeContent& content) { return prepare(content); });
}

// Calls `use(node)` with the node of this type that the handle means.
template <class Use>
CUresult with_node(CUgraphNode handle, CUgraphNodeType type, const Use& use) {
  const std::lock_guard lock(capture_mutex());
  const auto node = driver().nodes.find(handle);
  if (node == nullptr || node->content.type != type) return CUDA_ERROR_INVALID_VALUE;
  return use(*node);
}

// Changes what a node does: `prepare(content)` begins with what it does now.
template <class Prepare>
CUresult change_node(CUgraphNode handle, CUgraphNodeType type, const Prepare& prepare) {
  return with_node(handle, type, [&](GraphNode& node) {
    GraphNodeContent content = node.content;
    const CUresult result = prepare(content);
    if (result == CUDA_SUCCESS) node.content = std::move(content);
    return result;
  });
}

}  // namespace vgpu::cuda
