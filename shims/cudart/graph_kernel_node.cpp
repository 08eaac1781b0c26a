#include "shims/cudart/api.h"
#include "shims/cudart/graph_nodes.h"
#include "shims/cudart/registration.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart {

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

namespace api {

cudaError_t cudaGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, const cudaKernelNodeParams* node_parameters) {
  if (node_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_KERNEL_NODE_PARAMS_v2 parameters;
  const cudaError_t error = to_driver_kernel(*node_parameters, parameters);
  if (error != cudaSuccess) return error;
  return to_error(cuGraphAddKernelNode_v2(node, graph, dependencies, dependency_count, &parameters));
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

cudaError_t cudaGraphKernelNodeGetAttribute(CUgraphNode node, int attribute, CUstreamAttrValue* value) {
  return to_error(cuGraphKernelNodeGetAttribute(node, attribute, value));
}
cudaError_t cudaGraphKernelNodeSetAttribute(CUgraphNode node, int attribute, const CUstreamAttrValue* value) {
  return to_error(cuGraphKernelNodeSetAttribute(node, attribute, value));
}
cudaError_t cudaGraphKernelNodeCopyAttributes(CUgraphNode destination, CUgraphNode source) {
  return to_error(cuGraphKernelNodeCopyAttributes(destination, source));
}

}  // namespace api
}  // namespace vgpu::cudart
