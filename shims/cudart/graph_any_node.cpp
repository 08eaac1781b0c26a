#include "shims/cudart/api.h"
#include "shims/cudart/copy.h"
#include "shims/cudart/graph_nodes.h"
#include "shims/cudart/state.h"

// The functions that take nodes of every kind, by a structure that says which.
namespace vgpu::cudart {
namespace {

cudaError_t to_driver(const cudaGraphNodeParams& parameters, CUgraphNodeParams& driver_parameters) {
  driver_parameters = {};
  driver_parameters.type = parameters.type;
  for (const int word : parameters.reserved) {
    if (word != 0) return cudaErrorInvalidValue;
  }
  if (parameters.reserved_end != 0) return cudaErrorInvalidValue;
  switch (parameters.type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
      return to_driver_kernel(parameters.kernel, driver_parameters.kernel);
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      driver_parameters.copy.flags = parameters.copy.flags;
      return to_driver_copy(parameters.copy.copy, driver_parameters.copy.copy);
    case CU_GRAPH_NODE_TYPE_MEMSET:
      driver_parameters.fill = to_driver_fill(parameters.fill);
      return cudaSuccess;
    case CU_GRAPH_NODE_TYPE_HOST:
      driver_parameters.host = parameters.host;
      return cudaSuccess;
    case CU_GRAPH_NODE_TYPE_GRAPH:
      driver_parameters.graph = parameters.graph;
      return cudaSuccess;
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      driver_parameters.event = parameters.event;
      return cudaSuccess;
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
      driver_parameters.allocation = parameters.allocation;
      return cudaSuccess;
    case CU_GRAPH_NODE_TYPE_MEM_FREE:
      driver_parameters.freed = address_of(parameters.freed);
      return cudaSuccess;
    default:
      return cudaSuccess;
  }
}

cudaError_t add(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, const CUgraphEdgeData* data,
                std::size_t count, cudaGraphNodeParams* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUgraphNodeParams driver_parameters;
  const cudaError_t error = to_driver(*parameters, driver_parameters);
  if (error != cudaSuccess) return error;
  const CUresult result = cuGraphAddNode_v2(node, graph, dependencies, data, count, &driver_parameters);
  if (result == CUDA_SUCCESS && parameters->type == CU_GRAPH_NODE_TYPE_MEM_ALLOC) {
    parameters->allocation.address = driver_parameters.allocation.address;
  }
  return to_error(result);
}

}  // namespace

namespace api {

#if VGPU_CUDART_MAJOR < 13
cudaError_t cudaGraphAddNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                             std::size_t dependency_count, cudaGraphNodeParams* parameters) {
  return add(node, graph, dependencies, nullptr, dependency_count, parameters);
}
cudaError_t cudaGraphAddNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                                cudaGraphNodeParams* parameters) {
  return add(node, graph, dependencies, dependency_data, dependency_count, parameters);
}
#else
cudaError_t cudaGraphAddNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                             const CUgraphEdgeData* dependency_data, std::size_t dependency_count,
                             cudaGraphNodeParams* parameters) {
  return add(node, graph, dependencies, dependency_data, dependency_count, parameters);
}
#endif

cudaError_t cudaGraphNodeSetParams(CUgraphNode node, cudaGraphNodeParams* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUgraphNodeParams driver_parameters;
  const cudaError_t error = to_driver(*parameters, driver_parameters);
  return error != cudaSuccess ? error : to_error(cuGraphNodeSetParams(node, &driver_parameters));
}

cudaError_t cudaGraphExecNodeSetParams(CUgraphExec executable, CUgraphNode node, cudaGraphNodeParams* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUgraphNodeParams driver_parameters;
  const cudaError_t error = to_driver(*parameters, driver_parameters);
  return error != cudaSuccess ? error : to_error(cuGraphExecNodeSetParams(executable, node, &driver_parameters));
}

}  // namespace api
}  // namespace vgpu::cudart
