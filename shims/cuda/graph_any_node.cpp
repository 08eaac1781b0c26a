#include "shims/cuda/api.h"
#include "shims/cuda/graph_node.h"

// The functions that take nodes of every kind, by a structure that says which.
namespace vgpu::cuda {
namespace {

bool reserved_is_zero(const CUgraphNodeParams& parameters) {
  return parameters.reserved[0] == 0 && parameters.reserved[1] == 0 && parameters.reserved[2] == 0 &&
         parameters.reserved_end == 0;
}

CUresult prepare_any(const Graph& graph, const std::vector<GraphEdge>& dependencies, CUgraphNodeParams& parameters,
                     GraphNodeContent& content) {
  switch (parameters.type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
      return prepare_kernel(parameters.kernel, content);
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      return parameters.copy.flags == 0 ? prepare_copy(parameters.copy.copy, content) : CUDA_ERROR_INVALID_VALUE;
    case CU_GRAPH_NODE_TYPE_MEMSET:
      return prepare_fill(parameters.fill, content);
    case CU_GRAPH_NODE_TYPE_HOST:
      return prepare_host(parameters.host, content);
    case CU_GRAPH_NODE_TYPE_GRAPH: {
      const bool moves_itself =
          parameters.graph.graph == graph.handle() && parameters.graph.ownership == CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE;
      return moves_itself ? CUDA_ERROR_INVALID_VALUE : prepare_child(parameters.graph, content);
    }
    case CU_GRAPH_NODE_TYPE_EMPTY:
      return CUDA_SUCCESS;
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      return prepare_event(parameters.type, parameters.event, content);
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
      return prepare_allocation(graph, dependencies, parameters.allocation, content);
    case CU_GRAPH_NODE_TYPE_MEM_FREE:
      return prepare_free(graph, parameters.freed, content);
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
      return prepare_operations(parameters.operations, content);
    case CU_GRAPH_NODE_TYPE_EXT_SEMAS_SIGNAL:
    case CU_GRAPH_NODE_TYPE_EXT_SEMAS_WAIT:
    case CU_GRAPH_NODE_TYPE_CONDITIONAL:
      return CUDA_ERROR_NOT_SUPPORTED;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

// A node of a kind that cannot be changed, or parameters of another kind than the node.
CUresult refuse_change(CUgraphNode handle, CUgraphNodeType type) {
  const auto node = driver().nodes.find(handle);
  return node == nullptr || node->content.type != type ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_NOT_SUPPORTED;
}

}  // namespace

namespace api {

CUresult cuGraphAddNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                           const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                           CUgraphNodeParams* parameters) {
  if (parameters == nullptr || !reserved_is_zero(*parameters)) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_data, dependency_count,
                  [&](const Graph& within, const std::vector<GraphEdge>& before, GraphNodeContent& content) {
                    return prepare_any(within, before, *parameters, content);
                  });
}

CUresult cuGraphAddNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, std::size_t dependency_count,
                        CUgraphNodeParams* parameters) {
  return cuGraphAddNode_v2(node, graph, dependencies, nullptr, dependency_count, parameters);
}

CUresult cuGraphNodeSetParams(CUgraphNode node, CUgraphNodeParams* parameters) {
  if (parameters == nullptr || !reserved_is_zero(*parameters)) return CUDA_ERROR_INVALID_VALUE;
  switch (parameters->type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
      return cuGraphKernelNodeSetParams_v2(node, &parameters->kernel);
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      return cuGraphMemcpyNodeSetParams(node, &parameters->copy.copy);
    case CU_GRAPH_NODE_TYPE_MEMSET:
      return cuGraphMemsetNodeSetParams(node, &parameters->fill);
    case CU_GRAPH_NODE_TYPE_HOST:
      return cuGraphHostNodeSetParams(node, &parameters->host);
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
      return cuGraphEventWaitNodeSetEvent(node, parameters->event);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      return cuGraphEventRecordNodeSetEvent(node, parameters->event);
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
      return cuGraphBatchMemOpNodeSetParams(node, &parameters->operations);
    default:
      return refuse_change(node, parameters->type);
  }
}

CUresult cuGraphExecNodeSetParams(CUgraphExec executable, CUgraphNode node, CUgraphNodeParams* parameters) {
  if (parameters == nullptr || !reserved_is_zero(*parameters)) return CUDA_ERROR_INVALID_VALUE;
  switch (parameters->type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
      return cuGraphExecKernelNodeSetParams_v2(executable, node, &parameters->kernel);
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      return cuGraphExecMemcpyNodeSetParams(executable, node, &parameters->copy.copy, parameters->copy.context);
    case CU_GRAPH_NODE_TYPE_MEMSET:
      return cuGraphExecMemsetNodeSetParams(executable, node, &parameters->fill, nullptr);
    case CU_GRAPH_NODE_TYPE_HOST:
      return cuGraphExecHostNodeSetParams(executable, node, &parameters->host);
    case CU_GRAPH_NODE_TYPE_GRAPH:
      return cuGraphExecChildGraphNodeSetParams(executable, node, parameters->graph.graph);
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
      return cuGraphExecEventWaitNodeSetEvent(executable, node, parameters->event);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      return cuGraphExecEventRecordNodeSetEvent(executable, node, parameters->event);
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
      return cuGraphExecBatchMemOpNodeSetParams(executable, node, &parameters->operations);
    default:
      return refuse_change(node, parameters->type);
  }
}

}  // namespace api
}  // namespace vgpu::cuda
