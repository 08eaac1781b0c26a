#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

// Host functions, child graphs, events, memory of graphs, and empty nodes: what the driver's functions do as they are.
namespace vgpu::cudart::api {

cudaError_t cudaGraphAddHostNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                 std::size_t dependency_count, const CUDA_HOST_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphAddHostNode(node, graph, dependencies, dependency_count, node_parameters));
}
cudaError_t cudaGraphHostNodeGetParams(CUgraphNode node, CUDA_HOST_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphHostNodeGetParams(node, node_parameters));
}
cudaError_t cudaGraphHostNodeSetParams(CUgraphNode node, const CUDA_HOST_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphHostNodeSetParams(node, node_parameters));
}
cudaError_t cudaGraphExecHostNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                           const CUDA_HOST_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphExecHostNodeSetParams(executable, node, node_parameters));
}

cudaError_t cudaGraphAddEmptyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                  std::size_t dependency_count) {
  return to_error(cuGraphAddEmptyNode(node, graph, dependencies, dependency_count));
}

cudaError_t cudaGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                       std::size_t dependency_count, CUgraph child_graph) {
  return to_error(cuGraphAddChildGraphNode(node, graph, dependencies, dependency_count, child_graph));
}
cudaError_t cudaGraphChildGraphNodeGetGraph(CUgraphNode node, CUgraph* graph) {
  return to_error(cuGraphChildGraphNodeGetGraph(node, graph));
}
cudaError_t cudaGraphExecChildGraphNodeSetParams(CUgraphExec executable, CUgraphNode node, CUgraph child_graph) {
  return to_error(cuGraphExecChildGraphNodeSetParams(executable, node, child_graph));
}

cudaError_t cudaGraphAddEventRecordNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                        std::size_t dependency_count, CUevent event) {
  return to_error(cuGraphAddEventRecordNode(node, graph, dependencies, dependency_count, event));
}
cudaError_t cudaGraphEventRecordNodeGetEvent(CUgraphNode node, CUevent* event) {
  return to_error(cuGraphEventRecordNodeGetEvent(node, event));
}
cudaError_t cudaGraphEventRecordNodeSetEvent(CUgraphNode node, CUevent event) {
  return to_error(cuGraphEventRecordNodeSetEvent(node, event));
}
cudaError_t cudaGraphExecEventRecordNodeSetEvent(CUgraphExec executable, CUgraphNode node, CUevent event) {
  return to_error(cuGraphExecEventRecordNodeSetEvent(executable, node, event));
}

cudaError_t cudaGraphAddEventWaitNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                      std::size_t dependency_count, CUevent event) {
  return to_error(cuGraphAddEventWaitNode(node, graph, dependencies, dependency_count, event));
}
cudaError_t cudaGraphEventWaitNodeGetEvent(CUgraphNode node, CUevent* event) {
  return to_error(cuGraphEventWaitNodeGetEvent(node, event));
}
cudaError_t cudaGraphEventWaitNodeSetEvent(CUgraphNode node, CUevent event) {
  return to_error(cuGraphEventWaitNodeSetEvent(node, event));
}
cudaError_t cudaGraphExecEventWaitNodeSetEvent(CUgraphExec executable, CUgraphNode node, CUevent event) {
  return to_error(cuGraphExecEventWaitNodeSetEvent(executable, node, event));
}

cudaError_t cudaGraphAddMemAllocNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                     std::size_t dependency_count, CUDA_MEM_ALLOC_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphAddMemAllocNode(node, graph, dependencies, dependency_count, node_parameters));
}
cudaError_t cudaGraphMemAllocNodeGetParams(CUgraphNode node, CUDA_MEM_ALLOC_NODE_PARAMS* node_parameters) {
  return to_error(cuGraphMemAllocNodeGetParams(node, node_parameters));
}
cudaError_t cudaGraphAddMemFreeNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                    std::size_t dependency_count, void* pointer) {
  return to_error(cuGraphAddMemFreeNode(node, graph, dependencies, dependency_count, address_of(pointer)));
}
cudaError_t cudaGraphMemFreeNodeGetParams(CUgraphNode node, void* pointer) {
  return to_error(cuGraphMemFreeNodeGetParams(node, static_cast<CUdeviceptr*>(pointer)));
}
cudaError_t cudaDeviceGetGraphMemAttribute(int device, int attribute, void* value) {
  return to_error(cuDeviceGetGraphMemAttribute(device, attribute, value));
}
cudaError_t cudaDeviceSetGraphMemAttribute(int device, int attribute, void* value) {
  return to_error(cuDeviceSetGraphMemAttribute(device, attribute, value));
}
cudaError_t cudaDeviceGraphMemTrim(int device) {
  return to_error(cuDeviceGraphMemTrim(device));
}

}  // namespace vgpu::cudart::api
