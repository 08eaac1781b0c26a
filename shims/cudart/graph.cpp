#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {

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

cudaError_t cudaGraphNodeGetType(CUgraphNode node, int* type) {
  return to_error(cuGraphNodeGetType(node, type));
}

cudaError_t cudaGraphNodeFindInClone(CUgraphNode* node, CUgraphNode original_node, CUgraph cloned_graph) {
  return to_error(cuGraphNodeFindInClone(node, original_node, cloned_graph));
}
cudaError_t cudaGraphDebugDotPrint(CUgraph graph, const char* path, unsigned flags) {
  return to_error(cuGraphDebugDotPrint(graph, path, flags));
}

cudaError_t cudaUserObjectCreate(CUuserObject* object, void* pointer, CUhostFn destroy, unsigned initial_count,
                                 unsigned flags) {
  return to_error(cuUserObjectCreate(object, pointer, destroy, initial_count, flags));
}
cudaError_t cudaUserObjectRetain(CUuserObject object, unsigned count) {
  return to_error(cuUserObjectRetain(object, count));
}
cudaError_t cudaUserObjectRelease(CUuserObject object, unsigned count) {
  return to_error(cuUserObjectRelease(object, count));
}
cudaError_t cudaGraphRetainUserObject(CUgraph graph, CUuserObject object, unsigned count, unsigned flags) {
  return to_error(cuGraphRetainUserObject(graph, object, count, flags));
}
cudaError_t cudaGraphReleaseUserObject(CUgraph graph, CUuserObject object, unsigned count) {
  return to_error(cuGraphReleaseUserObject(graph, object, count));
}

cudaError_t cudaGraphInstantiate(CUgraphExec* executable, CUgraph graph, std::uint64_t flags) {
  return to_error(cuGraphInstantiateWithFlags(executable, graph, flags));
}
cudaError_t cudaGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, std::uint64_t flags) {
  return to_error(cuGraphInstantiateWithFlags(executable, graph, flags));
}
cudaError_t cudaGraphInstantiateWithParams(CUgraphExec* executable, CUgraph graph,
                                           CUDA_GRAPH_INSTANTIATE_PARAMS* parameters) {
  return to_error(default_stream_form(cuGraphInstantiateWithParams, cuGraphInstantiateWithParams_ptsz)(
      executable, graph, parameters));
}
cudaError_t cudaGraphExecGetFlags(CUgraphExec executable, std::uint64_t* flags) {
  return to_error(cuGraphExecGetFlags(executable, flags));
}
cudaError_t cudaGraphNodeSetEnabled(CUgraphExec executable, CUgraphNode node, unsigned enabled) {
  return to_error(cuGraphNodeSetEnabled(executable, node, enabled));
}
cudaError_t cudaGraphNodeGetEnabled(CUgraphExec executable, CUgraphNode node, unsigned* enabled) {
  return to_error(cuGraphNodeGetEnabled(executable, node, enabled));
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
