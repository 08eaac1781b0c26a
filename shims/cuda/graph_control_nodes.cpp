#include "shims/cuda/api.h"
#include "shims/cuda/graph_executable.h"
#include "shims/cuda/graph_node.h"
#include "shims/cuda/host_function.h"

// Nodes that move no data of the device: host functions, events, child graphs, and empty ones.
namespace vgpu::cuda {

CUresult prepare_host(const CUDA_HOST_NODE_PARAMS& parameters, GraphNodeContent& content) {
  if (parameters.function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  content.type = CU_GRAPH_NODE_TYPE_HOST;
  content.work = gpu::HostWork{HostFunction{parameters}};
  return CUDA_SUCCESS;
}

CUresult prepare_event(CUgraphNodeType type, CUevent handle, GraphNodeContent& content) {
  auto event = driver().events.find(handle);
  if (event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  content.type = type;
  content.event = std::move(event);
  return CUDA_SUCCESS;
}

CUresult prepare_child(const CUDA_CHILD_GRAPH_NODE_PARAMS& parameters, GraphNodeContent& content) {
  const auto child = driver().graphs.find(parameters.graph);
  if (child == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  content.type = CU_GRAPH_NODE_TYPE_GRAPH;
  switch (parameters.ownership) {
    case CU_GRAPH_CHILD_GRAPH_OWNERSHIP_CLONE:
      if (child->has_memory_nodes()) return CUDA_ERROR_NOT_SUPPORTED;
      content.child = clone_graph(*child);
      return CUDA_SUCCESS;
    case CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE:
      if (child->owned) return CUDA_ERROR_INVALID_VALUE;
      content.child = child;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

namespace {

CUresult add_event_node(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, std::size_t count,
                        CUgraphNodeType type, CUevent event) {
  return add_node(node, graph, dependencies, count,
                  [&](GraphNodeContent& content) { return prepare_event(type, event, content); });
}

CUresult get_event(CUgraphNode handle, CUgraphNodeType type, CUevent* event) {
  if (event == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, type, [&](GraphNode& node) {
    *event = reinterpret_cast<CUevent>(node.content.event.get());
    return CUDA_SUCCESS;
  });
}

CUresult set_event(CUgraphNode node, CUgraphNodeType type, CUevent event) {
  return change_node(node, type, [&](GraphNodeContent& content) { return prepare_event(type, event, content); });
}

CUresult set_item_event(CUgraphExec executable, CUgraphNode node, CUgraphNodeType type, CUevent event) {
  return change_item(executable, node, type,
                     [&](GraphNodeContent& content) { return prepare_event(type, event, content); });
}

}  // namespace

namespace api {

CUresult cuGraphAddHostNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                            std::size_t dependency_count, const CUDA_HOST_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count,
                  [&](GraphNodeContent& content) { return prepare_host(*parameters, content); });
}

// A stream's callback is no function that a program could give to a node: it cannot be captured either.
CUresult cuGraphHostNodeGetParams(CUgraphNode handle, CUDA_HOST_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_HOST, [&](GraphNode& node) {
    const auto* const called = std::get<gpu::HostWork>(node.content.work).function.target<HostFunction>();
    if (called == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *parameters = called->parameters;
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphHostNodeSetParams(CUgraphNode node, const CUDA_HOST_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_node(node, CU_GRAPH_NODE_TYPE_HOST,
                     [&](GraphNodeContent& content) { return prepare_host(*parameters, content); });
}

CUresult cuGraphExecHostNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                      const CUDA_HOST_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_item(executable, node, CU_GRAPH_NODE_TYPE_HOST,
                     [&](GraphNodeContent& content) { return prepare_host(*parameters, content); });
}

CUresult cuGraphAddEmptyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                             std::size_t dependency_count) {
  return add_node(node, graph, dependencies, dependency_count, [](GraphNodeContent&) { return CUDA_SUCCESS; });
}

CUresult cuGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                  std::size_t dependency_count, CUgraph child_graph) {
  const CUDA_CHILD_GRAPH_NODE_PARAMS parameters{child_graph, CU_GRAPH_CHILD_GRAPH_OWNERSHIP_CLONE};
  return add_node(node, graph, dependencies, dependency_count,
                  [&](GraphNodeContent& content) { return prepare_child(parameters, content); });
}

CUresult cuGraphChildGraphNodeGetGraph(CUgraphNode handle, CUgraph* graph) {
  if (graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_GRAPH, [&](GraphNode& node) {
    *graph = node.content.child->handle();
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphExecChildGraphNodeSetParams(CUgraphExec handle, CUgraphNode node, CUgraph child_graph) {
  const auto executable = driver().executables.find(handle);
  const auto child = driver().graphs.find(child_graph);
  if (executable == nullptr || child == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::scoped_lock lock(capture_mutex(), executable->mutex);
  const GraphExecutable::Item* const item = executable->find(node);
  if (item == nullptr || item->child == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUgraphExecUpdateResultInfo info{};
  return update_executable(*item->child, *child, info) == CUDA_SUCCESS ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphAddEventRecordNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, CUevent event) {
  return add_event_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event);
}
CUresult cuGraphEventRecordNodeGetEvent(CUgraphNode node, CUevent* event) {
  return get_event(node, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event);
}
CUresult cuGraphEventRecordNodeSetEvent(CUgraphNode node, CUevent event) {
  return set_event(node, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event);
}
CUresult cuGraphExecEventRecordNodeSetEvent(CUgraphExec executable, CUgraphNode node, CUevent event) {
  return set_item_event(executable, node, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event);
}

CUresult cuGraphAddEventWaitNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                 std::size_t dependency_count, CUevent event) {
  return add_event_node(node, graph, dependencies, dependency_count, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event);
}
CUresult cuGraphEventWaitNodeGetEvent(CUgraphNode node, CUevent* event) {
  return get_event(node, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event);
}
CUresult cuGraphEventWaitNodeSetEvent(CUgraphNode node, CUevent event) {
  return set_event(node, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event);
}
CUresult cuGraphExecEventWaitNodeSetEvent(CUgraphExec executable, CUgraphNode node, CUevent event) {
  return set_item_event(executable, node, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event);
}

}  // namespace api
}  // namespace vgpu::cuda
