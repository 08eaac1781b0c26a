#include <algorithm>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

// Which nodes a graph has and what they depend on.
namespace vgpu::cuda {
namespace {

bool equal(const CUgraphEdgeData& left, const CUgraphEdgeData& right) {
  return left.from_port == right.from_port && left.to_port == right.to_port && left.type == right.type;
}

// Only kernels know other than plain edges: the second begins before the first has ended. Here it never does, which
// such an edge permits.
bool possible(const CUgraphEdgeData& data, const GraphNode& from) {
  if (plain(data)) return true;
  return from.content.type == CU_GRAPH_NODE_TYPE_KERNEL && data.to_port == 0 &&
         data.from_port <= CU_GRAPH_KERNEL_NODE_PORT_LAUNCH_ORDER && data.type <= CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC;
}

std::shared_ptr<GraphNode> node_of(const Graph& graph, CUgraphNode handle) {
  auto node = driver().nodes.find(handle);
  return node != nullptr && node->graph == &graph ? node : nullptr;
}

// Copies a list to the program, or tells its length when the program gives no room.
CUresult give_nodes(const std::vector<GraphNode*>& nodes, CUgraphNode* to, std::size_t* count) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (to == nullptr) {
    *count = nodes.size();
    return CUDA_SUCCESS;
  }
  for (std::size_t index = 0; index < *count; ++index) {
    to[index] = index < nodes.size() ? nodes[index]->handle() : nullptr;
  }
  *count = std::min(*count, nodes.size());
  return CUDA_SUCCESS;
}

// The same with the data of the edges; where the program has no room for it, no edge may have any.
CUresult give_edges(const std::vector<GraphEdge>& edges, CUgraphNode* to, CUgraphEdgeData* data, std::size_t* count) {
  if (count == nullptr || (to == nullptr && data != nullptr)) return CUDA_ERROR_INVALID_VALUE;
  std::vector<GraphNode*> nodes;
  for (const GraphEdge& edge : edges) nodes.push_back(edge.from);
  if (to != nullptr) {
    for (std::size_t index = 0; index < std::min(*count, edges.size()); ++index) {
      if (data != nullptr) {
        data[index] = edges[index].data;
      } else if (!plain(edges[index].data)) {
        return CUDA_ERROR_LOSSY_QUERY;
      }
    }
  }
  return give_nodes(nodes, to, count);
}

// Calls `each(before, after, data)` for pairs of the graph's nodes, and changes nothing where one is not possible.
template <class Check, class Apply>
CUresult change_edges(CUgraph handle, const CUgraphNode* from, const CUgraphNode* to, const CUgraphEdgeData* data,
                      std::size_t count, const Check& check, const Apply& apply) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (count == 0) return CUDA_SUCCESS;
  if (from == nullptr || to == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  for (std::size_t index = 0; index < count; ++index) {
    const auto before = node_of(*graph, from[index]), after = node_of(*graph, to[index]);
    if (before == nullptr || after == nullptr) return CUDA_ERROR_INVALID_VALUE;
    const CUresult result = check(*before, *after, data != nullptr ? data[index] : CUgraphEdgeData{});
    if (result != CUDA_SUCCESS) return result;
  }
  for (std::size_t index = 0; index < count; ++index) {
    apply(*node_of(*graph, from[index]), *node_of(*graph, to[index]),
          data != nullptr ? data[index] : CUgraphEdgeData{});
  }
  return CUDA_SUCCESS;
}

std::vector<GraphEdge>::iterator find_edge(GraphNode& after, const GraphNode& before) {
  return std::ranges::find_if(after.dependencies, [&](const GraphEdge& edge) { return edge.from == &before; });
}

}  // namespace

bool plain(const CUgraphEdgeData& data) {
  return equal(data, {});
}

CUresult find_dependencies(const Graph& graph, const CUgraphNode* handles, const CUgraphEdgeData* data,
                           std::size_t count, std::vector<GraphEdge>& edges) {
  if (handles == nullptr && count != 0) return CUDA_ERROR_INVALID_VALUE;
  for (std::size_t index = 0; index < count; ++index) {
    const auto node = node_of(graph, handles[index]);
    if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
    const auto known = [&](const GraphEdge& edge) { return edge.from == node.get(); };
    if (std::ranges::any_of(edges, known)) return CUDA_ERROR_INVALID_VALUE;
    edges.push_back({.from = node.get(), .data = data != nullptr ? data[index] : CUgraphEdgeData{}});
    if (!possible(edges.back().data, *node)) return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

namespace api {

CUresult cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, std::size_t* node_count) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphNode*> all;
  for (const auto& node : graph->nodes) all.push_back(node.get());
  return give_nodes(all, nodes, node_count);
}

CUresult cuGraphGetRootNodes(CUgraph handle, CUgraphNode* nodes, std::size_t* node_count) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphNode*> roots;
  for (const auto& node : graph->nodes) {
    if (node->dependencies.empty()) roots.push_back(node.get());
  }
  return give_nodes(roots, nodes, node_count);
}

CUresult cuGraphGetEdges_v2(CUgraph handle, CUgraphNode* from, CUgraphNode* to, CUgraphEdgeData* edge_data,
                            std::size_t* edge_count) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (edge_count == nullptr || (from == nullptr) != (to == nullptr)) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphEdge> edges;
  std::vector<GraphNode*> afters;
  for (const auto& node : graph->nodes) {
    for (const GraphEdge& edge : node->dependencies) {
      edges.push_back(edge);
      afters.push_back(node.get());
    }
  }
  std::size_t count = *edge_count;
  const CUresult result = give_edges(edges, from, edge_data, &count);
  return result == CUDA_SUCCESS ? give_nodes(afters, to, edge_count) : result;
}

CUresult cuGraphGetEdges(CUgraph graph, CUgraphNode* from, CUgraphNode* to, std::size_t* edge_count) {
  return cuGraphGetEdges_v2(graph, from, to, nullptr, edge_count);
}

CUresult cuGraphNodeGetDependencies_v2(CUgraphNode handle, CUgraphNode* dependencies, CUgraphEdgeData* edge_data,
                                       std::size_t* dependency_count) {
  const std::lock_guard lock(capture_mutex());
  const auto node = driver().nodes.find(handle);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return give_edges(node->dependencies, dependencies, edge_data, dependency_count);
}

CUresult cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode* dependencies, std::size_t* dependency_count) {
  return cuGraphNodeGetDependencies_v2(node, dependencies, nullptr, dependency_count);
}

CUresult cuGraphNodeGetDependentNodes_v2(CUgraphNode handle, CUgraphNode* nodes, CUgraphEdgeData* edge_data,
                                         std::size_t* node_count) {
  const std::lock_guard lock(capture_mutex());
  const auto node = driver().nodes.find(handle);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::vector<GraphEdge> after;
  for (const auto& other : node->graph->nodes) {
    const auto edge = find_edge(*other, *node);
    if (edge != other->dependencies.end()) after.push_back({.from = other.get(), .data = edge->data});
  }
  return give_edges(after, nodes, edge_data, node_count);
}

CUresult cuGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode* nodes, std::size_t* node_count) {
  return cuGraphNodeGetDependentNodes_v2(node, nodes, nullptr, node_count);
}

CUresult cuGraphAddDependencies_v2(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                   const CUgraphEdgeData* edge_data, std::size_t dependency_count) {
  return change_edges(
      graph, from, to, edge_data, dependency_count,
      [](GraphNode& before, GraphNode& after, const CUgraphEdgeData& data) {
        const bool kernels = plain(data) || after.content.type == CU_GRAPH_NODE_TYPE_KERNEL;
        const bool fresh = find_edge(after, before) == after.dependencies.end();
        return &before != &after && kernels && fresh && possible(data, before) ? CUDA_SUCCESS
                                                                               : CUDA_ERROR_INVALID_VALUE;
      },
      [](GraphNode& before, GraphNode& after, const CUgraphEdgeData& data) {
        after.dependencies.push_back({.from = &before, .data = data});
      });
}

CUresult cuGraphAddDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                std::size_t dependency_count) {
  return cuGraphAddDependencies_v2(graph, from, to, nullptr, dependency_count);
}

CUresult cuGraphRemoveDependencies_v2(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                      const CUgraphEdgeData* edge_data, std::size_t dependency_count) {
  return change_edges(
      graph, from, to, edge_data, dependency_count,
      [](GraphNode& before, GraphNode& after, const CUgraphEdgeData& data) {
        if (after.graph->has_memory_nodes()) return CUDA_ERROR_NOT_SUPPORTED;
        const auto edge = find_edge(after, before);
        return edge != after.dependencies.end() && equal(edge->data, data) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
      },
      [](GraphNode& before, GraphNode& after, const CUgraphEdgeData&) {
        std::erase_if(after.dependencies, [&](const GraphEdge& edge) { return edge.from == &before; });
      });
}

CUresult cuGraphRemoveDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                   std::size_t dependency_count) {
  return cuGraphRemoveDependencies_v2(graph, from, to, nullptr, dependency_count);
}

}  // namespace api
}  // namespace vgpu::cuda
