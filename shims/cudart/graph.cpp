#include "shims/cudart/api.h"
#include "shims/cudart/copy.h"
#include "shims/cudart/registration.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {
namespace {

cudaError_t to_driver_kernel(const cudaKernelNodeParams& parameters, CUDA_KERNEL_NODE_PARAMS_v2& driver_parameters) {
  driver_parameters = {};
  driver_parameters.grid_x = parameters.grid.x;
  driver_parameters.grid_y = parameters.grid.y;
  driver_parameters.grid_z = parameters.grid.z;
  driver_parameters.block_x = parameters.block.x;
  driver_parameters.block_y = parameters.block.y;
  driver_parameters.block_z = parameters.block.z;
  driver_parameters.shared_size = parameters.shared_size;
  driver_parameters.parameters = parameters.parameters;
  driver_parameters.extra = parameters.extra;
  return find_function(parameters.function, driver_parameters.function);
}

}  // namespace

cudaError_t cudaGraphCreate(CUgraph* graph, unsigned flags) {
  return to_error(cuGraphCreate(graph, flags));
}
cudaError_t cudaGraphDestroy(CUgraph graph) {
  return to_error(cuGraphDestroy(graph));
}
cudaError_t cudaGraphClone(CUgraph* clone, CUgraph original_graph) {
  return to_error(cuGraphClone(clone, original_graph));
}
cudaError_t cudaGraphDestroyNode(CUgraphNode node) {
  return to_error(cuGraphDestroyNode(node));
}

cudaError_t cudaGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, const cudaKernelNodeParams* node_parameters) {
  if (node_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_KERNEL_NODE_PARAMS_v2 parameters;
  const cudaError_t error = to_driver_kernel(*node_parameters, parameters);
  if (error != cudaSuccess) return error;
  return to_error(cuGraphAddKernelNode_v2(node, graph, dependencies, dependency_count, &parameters));
}

cudaError_t cudaGraphAddMemcpyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, const cudaMemcpy3DParms* copy_parameters) {
  if (copy_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMCPY3D copy;
  const cudaError_t error = to_driver_copy(*copy_parameters, copy);
  if (error != cudaSuccess) return error;
  return to_error(cuGraphAddMemcpyNode(node, graph, dependencies, dependency_count, &copy, nullptr));
}

cudaError_t cudaGraphAddMemcpyNode1D(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                     std::size_t dependency_count, void* destination, const void* source,
                                     std::size_t count, int kind) {
  const cudaMemcpy3DParms copy = linear_copy(destination, source, count, kind);
  return cudaGraphAddMemcpyNode(node, graph, dependencies, dependency_count, &copy);
}

cudaError_t cudaGraphAddMemsetNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, const cudaMemsetParams* memset_parameters) {
  if (memset_parameters == nullptr) return cudaErrorInvalidValue;
  const CUDA_MEMSET_NODE_PARAMS parameters{.destination = address_of(memset_parameters->destination),
                                           .pitch = memset_parameters->pitch,
                                           .value = memset_parameters->value,
                                           .element_size = memset_parameters->element_size,
                                           .width = memset_parameters->width,
                                           .height = memset_parameters->height};
  return to_error(cuGraphAddMemsetNode(node, graph, dependencies, dependency_count, &parameters, nullptr));
}

cudaError_t cudaGraphAddHostNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                 std::size_t dependency_count, const CUDA_HOST_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphAddHostNode(node, graph, dependencies, dependency_count, node_parameters));
}

cudaError_t cudaGraphAddEmptyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                  std::size_t dependency_count) {
  return to_error(cuGraphAddEmptyNode(node, graph, dependencies, dependency_count));
}

cudaError_t cudaGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                       std::size_t dependency_count, CUgraph child_graph) {
  return to_error(cuGraphAddChildGraphNode(node, graph, dependencies, dependency_count, child_graph));
}

cudaError_t cudaGraphGetNodes(CUgraph graph, CUgraphNode* nodes, std::size_t* node_count) {
  return to_error(cuGraphGetNodes(graph, nodes, node_count));
}
cudaError_t cudaGraphGetRootNodes(CUgraph graph, CUgraphNode* nodes, std::size_t* node_count) {
  return to_error(cuGraphGetRootNodes(graph, nodes, node_count));
}
cudaError_t cudaGraphNodeGetType(CUgraphNode node, int* type) {
  return to_error(cuGraphNodeGetType(node, type));
}

cudaError_t cudaGraphKernelNodeGetParams(CUgraphNode node, cudaKernelNodeParams* node_parameters) {
  if (node_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_KERNEL_NODE_PARAMS_v2 parameters;
  const CUresult result = cuGraphKernelNodeGetParams_v2(node, &parameters);
  if (result != CUDA_SUCCESS) return to_error(result);
  *node_parameters = {.function = parameters.function,
                      .grid = {parameters.grid_x, parameters.grid_y, parameters.grid_z},
                      .block = {parameters.block_x, parameters.block_y, parameters.block_z},
                      .shared_size = parameters.shared_size,
                      .parameters = parameters.parameters,
                      .extra = parameters.extra};
  // Programs compare this with the stub's address.
  if (const void* symbol = symbol_of(parameters.function)) node_parameters->function = const_cast<void*>(symbol);
  return cudaSuccess;
}

cudaError_t cudaGraphKernelNodeSetParams(CUgraphNode node, const cudaKernelNodeParams* node_parameters) {
  if (node_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_KERNEL_NODE_PARAMS_v2 parameters;
  const cudaError_t error = to_driver_kernel(*node_parameters, parameters);
  return error != cudaSuccess ? error : to_error(cuGraphKernelNodeSetParams_v2(node, &parameters));
}

cudaError_t cudaGraphExecKernelNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                             const cudaKernelNodeParams* node_parameters) {
  if (node_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_KERNEL_NODE_PARAMS_v2 parameters;
  const cudaError_t error = to_driver_kernel(*node_parameters, parameters);
  return error != cudaSuccess ? error : to_error(cuGraphExecKernelNodeSetParams_v2(executable, node, &parameters));
}

cudaError_t cudaGraphInstantiate(CUgraphExec* executable, CUgraph graph, std::uint64_t flags) {
  return to_error(cuGraphInstantiateWithFlags(executable, graph, flags));
}
cudaError_t cudaGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, std::uint64_t flags) {
  return to_error(cuGraphInstantiateWithFlags(executable, graph, flags));
}
cudaError_t cudaGraphExecDestroy(CUgraphExec executable) {
  return to_error(cuGraphExecDestroy(executable));
}
cudaError_t cudaGraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* result) {
  return to_error(cuGraphExecUpdate_v2(executable, graph, result));
}
cudaError_t cudaGraphLaunch(CUgraphExec executable, CUstream stream) {
  return to_error(cuGraphLaunch(executable, stream_of(stream)));
}
cudaError_t cudaGraphUpload(CUgraphExec executable, CUstream stream) {
  return to_error(cuGraphUpload(executable, stream_of(stream)));
}

}  // namespace vgpu::cudart::api
