#include "shims/cudart/api.h"
#include "shims/cudart/copy.h"
#include "shims/cudart/graph_nodes.h"
#include "shims/cudart/state.h"

// Copy and memset nodes.
namespace vgpu::cudart {

CUDA_MEMSET_NODE_PARAMS to_driver_fill(const cudaMemsetParams& parameters) {
  return {.destination = address_of(parameters.destination),
          .pitch = parameters.pitch,
          .value = parameters.value,
          .element_size = parameters.element_size,
          .width = parameters.width,
          .height = parameters.height};
}

namespace {

int kind_of(const CUDA_MEMCPY3D& copy) {
  const auto on_host = [](CUmemorytype type) { return type == CU_MEMORYTYPE_HOST; };
  if (copy.source_type == CU_MEMORYTYPE_UNIFIED || copy.destination_type == CU_MEMORYTYPE_UNIFIED) {
    return cudaMemcpyDefault;
  }
  if (on_host(copy.source_type)) return on_host(copy.destination_type) ? cudaMemcpyHostToHost : cudaMemcpyHostToDevice;
  return on_host(copy.destination_type) ? cudaMemcpyDeviceToHost : cudaMemcpyDeviceToDevice;
}

void* pointer_of(CUmemorytype type, const void* host, CUdeviceptr device) {
  if (type == CU_MEMORYTYPE_ARRAY) return nullptr;
  return type == CU_MEMORYTYPE_HOST ? const_cast<void*>(host) : reinterpret_cast<void*>(device);
}

// The other way round than to_driver_copy(). With an array, widths count its elements.
cudaError_t from_driver_copy(const CUDA_MEMCPY3D& copy, cudaMemcpy3DParms& parameters) {
  const bool from_array = copy.source_type == CU_MEMORYTYPE_ARRAY;
  const bool to_array = copy.destination_type == CU_MEMORYTYPE_ARRAY;
  std::size_t element = 1;
  if (from_array || to_array) {
    const cudaError_t error = element_size(from_array ? copy.source_array : copy.destination_array, element);
    if (error != cudaSuccess) return error;
  }
  const std::size_t width = copy.width / element;
  parameters = {
      .source_array = from_array ? copy.source_array : nullptr,
      .source_position = {copy.source_x / (from_array ? element : 1), copy.source_y, copy.source_z},
      .source = {pointer_of(copy.source_type, copy.source_host, copy.source_device), copy.source_pitch, width,
                 copy.source_height},
      .destination_array = to_array ? copy.destination_array : nullptr,
      .destination_position = {copy.destination_x / (to_array ? element : 1), copy.destination_y, copy.destination_z},
      .destination = {pointer_of(copy.destination_type, copy.destination_host, copy.destination_device),
                      copy.destination_pitch, width, copy.destination_height},
      .extent = {width, copy.height, copy.depth},
      .kind = kind_of(copy)};
  return cudaSuccess;
}

}  // namespace

namespace api {

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

cudaError_t cudaGraphAddMemcpyNodeToSymbol(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                           std::size_t dependency_count, const void* symbol, const void* source,
                                           std::size_t count, std::size_t offset, int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  if (error != cudaSuccess) return error;
  return cudaGraphAddMemcpyNode1D(node, graph, dependencies, dependency_count, address, source, count, kind);
}

cudaError_t cudaGraphAddMemcpyNodeFromSymbol(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                             std::size_t dependency_count, void* destination, const void* symbol,
                                             std::size_t count, std::size_t offset, int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  if (error != cudaSuccess) return error;
  return cudaGraphAddMemcpyNode1D(node, graph, dependencies, dependency_count, destination, address, count, kind);
}

cudaError_t cudaGraphMemcpyNodeGetParams(CUgraphNode node, cudaMemcpy3DParms* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMCPY3D copy;
  const CUresult result = cuGraphMemcpyNodeGetParams(node, &copy);
  return result == CUDA_SUCCESS ? from_driver_copy(copy, *parameters) : to_error(result);
}

cudaError_t cudaGraphMemcpyNodeSetParams(CUgraphNode node, const cudaMemcpy3DParms* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMCPY3D copy;
  const cudaError_t error = to_driver_copy(*parameters, copy);
  return error != cudaSuccess ? error : to_error(cuGraphMemcpyNodeSetParams(node, &copy));
}

cudaError_t cudaGraphMemcpyNodeSetParams1D(CUgraphNode node, void* destination, const void* source, std::size_t count,
                                           int kind) {
  const cudaMemcpy3DParms copy = linear_copy(destination, source, count, kind);
  return cudaGraphMemcpyNodeSetParams(node, &copy);
}

cudaError_t cudaGraphMemcpyNodeSetParamsToSymbol(CUgraphNode node, const void* symbol, const void* source,
                                                 std::size_t count, std::size_t offset, int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  return error != cudaSuccess ? error : cudaGraphMemcpyNodeSetParams1D(node, address, source, count, kind);
}

cudaError_t cudaGraphMemcpyNodeSetParamsFromSymbol(CUgraphNode node, void* destination, const void* symbol,
                                                   std::size_t count, std::size_t offset, int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  return error != cudaSuccess ? error : cudaGraphMemcpyNodeSetParams1D(node, destination, address, count, kind);
}

cudaError_t cudaGraphExecMemcpyNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                             const cudaMemcpy3DParms* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMCPY3D copy;
  const cudaError_t error = to_driver_copy(*parameters, copy);
  return error != cudaSuccess ? error : to_error(cuGraphExecMemcpyNodeSetParams(executable, node, &copy, nullptr));
}

cudaError_t cudaGraphExecMemcpyNodeSetParams1D(CUgraphExec executable, CUgraphNode node, void* destination,
                                               const void* source, std::size_t count, int kind) {
  const cudaMemcpy3DParms copy = linear_copy(destination, source, count, kind);
  return cudaGraphExecMemcpyNodeSetParams(executable, node, &copy);
}

cudaError_t cudaGraphExecMemcpyNodeSetParamsToSymbol(CUgraphExec executable, CUgraphNode node, const void* symbol,
                                                     const void* source, std::size_t count, std::size_t offset,
                                                     int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  if (error != cudaSuccess) return error;
  return cudaGraphExecMemcpyNodeSetParams1D(executable, node, address, source, count, kind);
}

cudaError_t cudaGraphExecMemcpyNodeSetParamsFromSymbol(CUgraphExec executable, CUgraphNode node, void* destination,
                                                       const void* symbol, std::size_t count, std::size_t offset,
                                                       int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  if (error != cudaSuccess) return error;
  return cudaGraphExecMemcpyNodeSetParams1D(executable, node, destination, address, count, kind);
}

cudaError_t cudaGraphAddMemsetNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                   std::size_t dependency_count, const cudaMemsetParams* memset_parameters) {
  if (memset_parameters == nullptr) return cudaErrorInvalidValue;
  const CUDA_MEMSET_NODE_PARAMS parameters = to_driver_fill(*memset_parameters);
  return to_error(cuGraphAddMemsetNode(node, graph, dependencies, dependency_count, &parameters, nullptr));
}

cudaError_t cudaGraphMemsetNodeGetParams(CUgraphNode node, cudaMemsetParams* memset_parameters) {
  if (memset_parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMSET_NODE_PARAMS parameters{};
  const CUresult result = cuGraphMemsetNodeGetParams(node, &parameters);
  if (result != CUDA_SUCCESS) return to_error(result);
  *memset_parameters = {.destination = reinterpret_cast<void*>(parameters.destination),
                        .pitch = parameters.pitch,
                        .value = parameters.value,
                        .element_size = parameters.element_size,
                        .width = parameters.width,
                        .height = parameters.height};
  return cudaSuccess;
}

cudaError_t cudaGraphMemsetNodeSetParams(CUgraphNode node, const cudaMemsetParams* memset_parameters) {
  if (memset_parameters == nullptr) return cudaErrorInvalidValue;
  const CUDA_MEMSET_NODE_PARAMS parameters = to_driver_fill(*memset_parameters);
  return to_error(cuGraphMemsetNodeSetParams(node, &parameters));
}

cudaError_t cudaGraphExecMemsetNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                             const cudaMemsetParams* memset_parameters) {
  if (memset_parameters == nullptr) return cudaErrorInvalidValue;
  const CUDA_MEMSET_NODE_PARAMS parameters = to_driver_fill(*memset_parameters);
  return to_error(cuGraphExecMemsetNodeSetParams(executable, node, &parameters, nullptr));
}

}  // namespace api
}  // namespace vgpu::cudart
