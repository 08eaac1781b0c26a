#include "shims/cuda/graph.h"

#include <algorithm>
#include <unordered_map>

#include "shims/cuda/api.h"

namespace vgpu::cuda {

GraphNode::~GraphNode() {
  if (content.child != nullptr) driver().graphs.remove(content.child->handle());
}

GraphNode& Graph::add(GraphNodeContent content, std::vector<GraphEdge> dependencies) {
  auto node = std::make_shared<GraphNode>();
  node->graph = this;
  node->content = std::move(content);
  node->dependencies = std::move(dependencies);
  if (const auto& child = node->content.child) {
    child->owned = true;
    driver().graphs.insert(child);
  }
  driver().nodes.insert(node);
  nodes.push_back(std::move(node));
  return *nodes.back();
}

bool Graph::has_memory_nodes() const {
  return std::ranges::any_of(nodes, [](const std::shared_ptr<GraphNode>& node) {
    const GraphNodeContent& content = node->content;
    return content.memory != nullptr || (content.child != nullptr && content.child->has_memory_nodes());
  });
}

Graph::~Graph() {
  for (const auto& node : nodes) driver().nodes.remove(node->handle());
}

std::shared_ptr<Graph> clone_graph(const Graph& graph) {
  auto clone = std::make_shared<Graph>();
  std::unordered_map<const GraphNode*, GraphNode*> copies;
  for (const auto& node : graph.nodes) {
    GraphNodeContent content = node->content;
    if (content.child != nullptr) content.child = clone_graph(*content.child);
    GraphNode& copy = clone->add(std::move(content), {});
    copy.original = node.get();
    copies[node.get()] = &copy;
  }
  for (const auto& node : graph.nodes) {
    for (const GraphEdge& edge : node->dependencies) {
      copies[node.get()]->dependencies.push_back({.from = copies[edge.from], .data = edge.data});
    }
  }
  clone->user_objects.take_all(graph.user_objects);
  return clone;
}

namespace {

GraphNode* find_copy(const Graph& clone, const GraphNode* original) {
  for (const auto& node : clone.nodes) {
    if (node->original == original) return node.get();
    if (node->content.child == nullptr) continue;
    if (GraphNode* inner = find_copy(*node->content.child, original)) return inner;
  }
  return nullptr;
}

}  // namespace

namespace api {

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  if (graph == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  *graph = driver().graphs.insert(std::make_shared<Graph>());
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph handle) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(capture_mutex());
  if (graph->owned) return CUDA_ERROR_INVALID_VALUE;
  driver().graphs.remove(handle);
  return CUDA_SUCCESS;
}

CUresult cuGraphClone(CUgraph* clone, CUgraph original_graph) {
  const auto graph = driver().graphs.find(original_graph);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (clone == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  if (graph->has_memory_nodes()) return CUDA_ERROR_NOT_SUPPORTED;
  *clone = driver().graphs.insert(clone_graph(*graph));
  return CUDA_SUCCESS;
}

CUresult cuGraphNodeFindInClone(CUgraphNode* node, CUgraphNode original, CUgraph clone) {
  const auto graph = driver().graphs.find(clone);
  if (node == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  const auto source = driver().nodes.find(original);
  if (source == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const GraphNode* copy = find_copy(*graph, source.get());
  if (copy == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *node = copy->handle();
  return CUDA_SUCCESS;
}

CUresult cuGraphNodeGetType(CUgraphNode handle, CUgraphNodeType* type) {
  const auto node = driver().nodes.find(handle);
  if (node == nullptr || type == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *type = node->content.type;
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroyNode(CUgraphNode handle) {
  const std::lock_guard lock(capture_mutex());
  const auto node = driver().nodes.find(handle);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (node->graph->has_memory_nodes()) return CUDA_ERROR_NOT_SUPPORTED;
  driver().nodes.remove(handle);
  auto& nodes = node->graph->nodes;
  std::erase(nodes, node);
  for (const auto& other : nodes) {
    std::erase_if(other->dependencies, [&](const GraphEdge& edge) { return edge.from == node.get(); });
  }
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
