#include <algorithm>

#include "shims/cuda/api.h"
#include "shims/cuda/graph_node.h"

// Nodes that allocate and free memory.
namespace vgpu::cuda {
namespace {

std::size_t count_of(const Graph& graph, CUgraphNodeType type, const GraphMemory* memory) {
  return static_cast<std::size_t>(std::ranges::count_if(graph.nodes, [&](const std::shared_ptr<GraphNode>& node) {
    return node->content.type == type && node->content.memory.get() == memory;
  }));
}

// The nodes that are done before one with these dependencies begins.
std::vector<const GraphNode*> nodes_before(const std::vector<GraphEdge>& dependencies) {
  std::vector<const GraphNode*> before;
  const auto add = [&](const std::vector<GraphEdge>& edges) {
    for (const GraphEdge& edge : edges) {
      if (std::ranges::find(before, edge.from) == before.end()) before.push_back(edge.from);
    }
  };
  add(dependencies);
  for (std::size_t index = 0; index < before.size(); ++index) add(before[index]->dependencies);
  return before;
}

// Memory that the graph allocates and frees again before: so that a graph needs what it uses at once, and not the sum.
std::shared_ptr<GraphMemory> freed_before(const Graph& graph, const std::vector<GraphEdge>& dependencies,
                                          std::size_t size) {
  const auto before = nodes_before(dependencies);
  for (const GraphNode* node : before) {
    const auto& memory = node->content.memory;
    if (node->content.type != CU_GRAPH_NODE_TYPE_MEM_FREE || memory->size() < size || memory->size() / 2 > size) {
      continue;
    }
    const std::size_t allocations = count_of(graph, CU_GRAPH_NODE_TYPE_MEM_ALLOC, memory.get());
    const auto frees = std::ranges::count_if(before, [&](const GraphNode* other) {
      return other->content.type == CU_GRAPH_NODE_TYPE_MEM_FREE && other->content.memory == memory;
    });
    if (allocations != 0 && allocations == static_cast<std::size_t>(frees)) return memory;
  }
  return nullptr;
}

}  // namespace

CUresult prepare_allocation(const Graph& graph, const std::vector<GraphEdge>& dependencies,
                            CUDA_MEM_ALLOC_NODE_PARAMS& parameters, GraphNodeContent& content) {
  constexpr int kPinned = 1, kDeviceLocation = 1;
  const CUmemPoolProps& pool = parameters.pool;
  if (parameters.size == 0 || pool.allocation_type != kPinned || pool.handle_types != 0 ||
      (parameters.access == nullptr && parameters.access_count != 0)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (pool.location.type != kDeviceLocation) return CUDA_ERROR_NOT_SUPPORTED;
  if (find_device(pool.location.id) == nullptr) return CUDA_ERROR_INVALID_VALUE;
  // The memory of another device is not this context's to give.
  Context& context = *current_context();
  if (pool.location.id != context.device) return CUDA_ERROR_NOT_SUPPORTED;
  auto memory = freed_before(graph, dependencies, parameters.size);
  if (memory == nullptr) {
    const CUresult result = GraphMemory::make(context, parameters.size, memory);
    if (result != CUDA_SUCCESS) return result;
  }
  parameters.address = memory->address();
  auto description = std::make_shared<CUDA_MEM_ALLOC_NODE_PARAMS>(parameters);
  // The list is the caller's, and all devices reach all memory here.
  description->access = nullptr;
  description->access_count = 0;
  content.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC;
  content.memory = std::move(memory);
  content.allocation = std::move(description);
  return CUDA_SUCCESS;
}

CUresult prepare_free(const Graph& graph, CUdeviceptr address, GraphNodeContent& content) {
  auto memory = GraphMemory::find(address);
  if (memory == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::size_t allocations = count_of(graph, CU_GRAPH_NODE_TYPE_MEM_ALLOC, memory.get());
  const std::size_t frees = count_of(graph, CU_GRAPH_NODE_TYPE_MEM_FREE, memory.get());
  if (frees >= std::max<std::size_t>(allocations, 1)) return CUDA_ERROR_INVALID_VALUE;
  content.type = CU_GRAPH_NODE_TYPE_MEM_FREE;
  content.memory = std::move(memory);
  return CUDA_SUCCESS;
}

CUresult capture_allocation(Stream& stream, std::size_t size, CUdeviceptr& address) {
  CUDA_MEM_ALLOC_NODE_PARAMS parameters{};
  parameters.pool.allocation_type = 1;
  parameters.pool.location = {.type = 1, .id = stream.context->device};
  parameters.size = size;
  std::vector<GraphEdge> dependencies;
  for (GraphNode* node : stream.capture_dependencies) dependencies.push_back({.from = node});
  GraphNodeContent content;
  CUresult result = prepare_allocation(*stream.capture->graph, dependencies, parameters, content);
  if (result == CUDA_SUCCESS) result = capture_node(stream, std::move(content));
  if (result == CUDA_SUCCESS) address = parameters.address;
  return result;
}

CUresult capture_free(Stream& stream, CUdeviceptr address) {
  GraphNodeContent content;
  const CUresult result = prepare_free(*stream.capture->graph, address, content);
  return result == CUDA_SUCCESS ? capture_node(stream, std::move(content)) : result;
}

namespace api {

CUresult cuGraphAddMemAllocNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                std::size_t dependency_count, CUDA_MEM_ALLOC_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, nullptr, dependency_count,
                  [&](const Graph& within, const std::vector<GraphEdge>& before, GraphNodeContent& content) {
                    return prepare_allocation(within, before, *parameters, content);
                  });
}

CUresult cuGraphMemAllocNodeGetParams(CUgraphNode handle, CUDA_MEM_ALLOC_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_MEM_ALLOC, [&](GraphNode& node) {
    *parameters = *node.content.allocation;
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphAddMemFreeNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                               std::size_t dependency_count, CUdeviceptr address) {
  return add_node(node, graph, dependencies, nullptr, dependency_count,
                  [&](const Graph& within, const std::vector<GraphEdge>&, GraphNodeContent& content) {
                    return prepare_free(within, address, content);
                  });
}

CUresult cuGraphMemFreeNodeGetParams(CUgraphNode handle, CUdeviceptr* address) {
  if (address == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_MEM_FREE, [&](GraphNode& node) {
    *address = node.content.memory->address();
    return CUDA_SUCCESS;
  });
}

}  // namespace api
}  // namespace vgpu::cuda
