#include "shims/cuda/graph.h"

#include <algorithm>
#include <unordered_map>

#include "shims/cuda/api.h"
#include "shims/cuda/copy.h"

namespace vgpu::cuda {

GraphNode& Graph::add(CUgraphNodeType type, std::vector<GraphNode*> dependencies) {
  auto node = std::make_shared<GraphNode>();
  node->graph = this;
  node->type = type;
  node->dependencies = std::move(dependencies);
  driver().nodes.insert(node);
  nodes.push_back(std::move(node));
  return *nodes.back();
}

Graph::~Graph() {
  for (const auto& node : nodes) driver().nodes.remove(reinterpret_cast<CUgraphNode>(node.get()));
}

std::shared_ptr<Graph> clone_graph(const Graph& graph) {
  auto clone = std::make_shared<Graph>();
  std::unordered_map<const GraphNode*, GraphNode*> copies;
  for (const auto& node : graph.nodes) {
    GraphNode& copy = clone->add(node->type, {});
    copy.work = node->work;
    copy.function = node->function;
    copy.event = node->event;
    if (node->child != nullptr) copy.child = clone_graph(*node->child);
    copies[node.get()] = &copy;
  }
  for (const auto& node : graph.nodes) {
    for (const GraphNode* before : node->dependencies) copies[node.get()]->dependencies.push_back(copies[before]);
  }
  return clone;
}

namespace {

CUgraphNode handle_of(const GraphNode& node) {
  return reinterpret_cast<CUgraphNode>(const_cast<GraphNode*>(&node));
}

// Adds a node to a graph that the program builds itself; `prepare(node)` fills it in.
template <class Prepare>
CUresult add_node(CUgraphNode* handle, CUgraph graph_handle, const CUgraphNode* dependencies, std::size_t count,
                  CUgraphNodeType type, const Prepare& prepare) {
  const auto graph = driver().graphs.find(graph_handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (handle == nullptr || (dependencies == nullptr && count != 0)) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphNode*> before;
  for (std::size_t index = 0; index < count; ++index) {
    const auto node = driver().nodes.find(dependencies[index]);
    if (node == nullptr || node->graph != graph.get()) return CUDA_ERROR_INVALID_VALUE;
    before.push_back(node.get());
  }
  GraphNode node;
  const CUresult result = prepare(node);
  if (result != CUDA_SUCCESS) return result;
  GraphNode& added = graph->add(type, std::move(before));
  added.work = std::move(node.work);
  added.function = node.function;
  added.event = std::move(node.event);
  added.child = std::move(node.child);
  *handle = handle_of(added);
  return CUDA_SUCCESS;
}

CUresult prepare_kernel(GraphNode& node, const CUDA_KERNEL_NODE_PARAMS_v1& parameters, CUfunction function) {
  gpu::LaunchWork work;
  const CUresult result = make_launch(function, {parameters.grid_x, parameters.grid_y, parameters.grid_z},
                                      {parameters.block_x, parameters.block_y, parameters.block_z},
                                      parameters.shared_size, parameters.parameters, parameters.extra, false, work);
  if (result != CUDA_SUCCESS) return result;
  node.work = std::move(work);
  node.function = function;
  return CUDA_SUCCESS;
}

// The second form may name a kernel instead of a function.
CUfunction function_of(const CUDA_KERNEL_NODE_PARAMS_v2& parameters) {
  return parameters.function != nullptr ? parameters.function : reinterpret_cast<CUfunction>(parameters.kernel);
}

std::shared_ptr<GraphNode> kernel_node(CUgraphNode handle) {
  auto node = driver().nodes.find(handle);
  if (node == nullptr || !std::holds_alternative<gpu::LaunchWork>(node->work)) return nullptr;
  return node;
}

CUresult describe_kernel(GraphNode& node, CUDA_KERNEL_NODE_PARAMS_v1& parameters) {
  auto& work = std::get<gpu::LaunchWork>(node.work);
  node.parameter_pointers.clear();
  for (const auto& parameter : work.kernel->parameters()) {
    node.parameter_pointers.push_back(work.parameters.data() + parameter.offset);
  }
  parameters = {.function = node.function,
                .grid_x = work.grid[0],
                .grid_y = work.grid[1],
                .grid_z = work.grid[2],
                .block_x = work.block[0],
                .block_y = work.block[1],
                .block_z = work.block[2],
                .shared_size = work.dynamic_shared_size,
                .parameters = node.parameter_pointers.data(),
                .extra = nullptr};
  return CUDA_SUCCESS;
}

// Copies a list to the program, or tells its length when the program gives no room.
CUresult give_nodes(const std::vector<GraphNode*>& nodes, CUgraphNode* to, std::size_t* count) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (to == nullptr) {
    *count = nodes.size();
    return CUDA_SUCCESS;
  }
  for (std::size_t index = 0; index < *count; ++index) {
    to[index] = index < nodes.size() ? handle_of(*nodes[index]) : nullptr;
  }
  *count = std::min(*count, nodes.size());
  return CUDA_SUCCESS;
}

CUresult set_event(GraphNode& node, CUevent handle) {
  node.event = driver().events.find(handle);
  return node.event != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

}  // namespace

namespace api {

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  if (graph == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  *graph = driver().graphs.insert(std::make_shared<Graph>());
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  const std::lock_guard lock(capture_mutex());
  return driver().graphs.remove(graph) != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGraphClone(CUgraph* clone, CUgraph original_graph) {
  const auto graph = driver().graphs.find(original_graph);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (clone == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  *clone = driver().graphs.insert(clone_graph(*graph));
  return CUDA_SUCCESS;
}

CUresult cuGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t dependency_count, const CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_KERNEL,
                  [&](GraphNode& made) { return prepare_kernel(made, *parameters, parameters->function); });
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                 std::size_t dependency_count, const CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_KERNEL,
                  [&](GraphNode& made) { return prepare_kernel(made, *parameters, function_of(*parameters)); });
}

CUresult cuGraphAddMemcpyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t dependency_count, const CUDA_MEMCPY3D* parameters, CUcontext) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_MEMCPY, [&](GraphNode& made) {
    gpu::CopyWork work;
    const CUresult result = make_copy(*parameters, work);
    made.work = work;
    return result;
  });
}

CUresult cuGraphAddMemsetNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t dependency_count, const CUDA_MEMSET_NODE_PARAMS* parameters, CUcontext) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const unsigned size = parameters->element_size;
  if (size != 1 && size != 2 && size != 4) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_MEMSET, [&](GraphNode& made) {
    made.work = gpu::FillWork{.destination = parameters->destination,
                              .value = parameters->value,
                              .element_size = static_cast<std::uint8_t>(size),
                              .count = parameters->width,
                              .height = parameters->height,
                              .pitch = parameters->pitch};
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphAddHostNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                            std::size_t dependency_count, const CUDA_HOST_NODE_PARAMS* parameters) {
  if (parameters == nullptr || parameters->function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_HOST, [&](GraphNode& made) {
    made.work = gpu::HostWork{[host = *parameters] { host.function(host.user_data); }};
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphAddEmptyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                             std::size_t dependency_count) {
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_EMPTY,
                  [](GraphNode&) { return CUDA_SUCCESS; });
}

CUresult cuGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                  std::size_t dependency_count, CUgraph child_graph) {
  const auto child = driver().graphs.find(child_graph);
  if (child == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_GRAPH, [&](GraphNode& made) {
    made.child = clone_graph(*child);
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphAddEventRecordNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, CUevent event) {
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_EVENT_RECORD,
                  [&](GraphNode& made) { return set_event(made, event); });
}

CUresult cuGraphAddEventWaitNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                 std::size_t dependency_count, CUevent event) {
  return add_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_WAIT_EVENT,
                  [&](GraphNode& made) { return set_event(made, event); });
}

CUresult cuGraphKernelNodeGetParams(CUgraphNode handle, CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  const auto node = kernel_node(handle);
  return node == nullptr ? CUDA_ERROR_INVALID_VALUE : describe_kernel(*node, *parameters);
}

CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode handle, CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  parameters->kernel = nullptr;
  parameters->context = nullptr;
  return cuGraphKernelNodeGetParams(handle, parameters);
}

CUresult cuGraphKernelNodeSetParams(CUgraphNode handle, const CUDA_KERNEL_NODE_PARAMS_v1* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  const auto node = kernel_node(handle);
  return node == nullptr ? CUDA_ERROR_INVALID_VALUE : prepare_kernel(*node, *parameters, parameters->function);
}

CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode handle, const CUDA_KERNEL_NODE_PARAMS_v2* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  const auto node = kernel_node(handle);
  return node == nullptr ? CUDA_ERROR_INVALID_VALUE : prepare_kernel(*node, *parameters, function_of(*parameters));
}

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

CUresult cuGraphGetEdges(CUgraph handle, CUgraphNode* from, CUgraphNode* to, std::size_t* edge_count) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (edge_count == nullptr || (from == nullptr) != (to == nullptr)) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphNode*> befores, afters;
  for (const auto& node : graph->nodes) {
    for (GraphNode* before : node->dependencies) {
      befores.push_back(before);
      afters.push_back(node.get());
    }
  }
  std::size_t count = *edge_count;
  give_nodes(befores, from, &count);
  return give_nodes(afters, to, edge_count);
}

CUresult cuGraphNodeGetType(CUgraphNode handle, CUgraphNodeType* type) {
  const auto node = driver().nodes.find(handle);
  if (node == nullptr || type == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *type = node->type;
  return CUDA_SUCCESS;
}

CUresult cuGraphNodeGetDependencies(CUgraphNode handle, CUgraphNode* dependencies, std::size_t* dependency_count) {
  const auto node = driver().nodes.find(handle);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  return give_nodes(node->dependencies, dependencies, dependency_count);
}

CUresult cuGraphNodeGetDependentNodes(CUgraphNode handle, CUgraphNode* nodes, std::size_t* node_count) {
  const auto node = driver().nodes.find(handle);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  std::vector<GraphNode*> after;
  for (const auto& other : node->graph->nodes) {
    if (std::ranges::find(other->dependencies, node.get()) != other->dependencies.end()) after.push_back(other.get());
  }
  return give_nodes(after, nodes, node_count);
}

CUresult cuGraphAddDependencies(CUgraph handle, const CUgraphNode* from, const CUgraphNode* to,
                                std::size_t dependency_count) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(capture_mutex());
  for (std::size_t index = 0; index < dependency_count; ++index) {
    const auto before = driver().nodes.find(from[index]);
    const auto after = driver().nodes.find(to[index]);
    if (before == nullptr || after == nullptr || before->graph != graph.get() || after->graph != graph.get() ||
        before == after) {
      return CUDA_ERROR_INVALID_VALUE;
    }
    after->dependencies.push_back(before.get());
  }
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroyNode(CUgraphNode handle) {
  const std::lock_guard lock(capture_mutex());
  const auto node = driver().nodes.remove(handle);
  if (node == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto& nodes = node->graph->nodes;
  std::erase(nodes, node);
  for (const auto& other : nodes) std::erase(other->dependencies, node.get());
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
