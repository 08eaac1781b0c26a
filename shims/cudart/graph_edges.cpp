#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

// Which nodes a graph has and what they depend on. What 12 calls _v2 is the only form that 13 has.
namespace vgpu::cudart::api {

cudaError_t cudaGraphGetNodes(CUgraph graph, CUgraphNode* nodes, std::size_t* node_count) {
  return to_error(cuGraphGetNodes(graph, nodes, node_count));
}
cudaError_t cudaGraphGetRootNodes(CUgraph graph, CUgraphNode* nodes, std::size_t* node_count) {
  return to_error(cuGraphGetRootNodes(graph, nodes, node_count));
}

#if VGPU_CUDART_MAJOR < 13
#define WITH_DATA(name) name##_v2
cudaError_t cudaGraphGetEdges(CUgraph graph, CUgraphNode* from, CUgraphNode* to, std::size_t* edge_count) {
  return to_error(cuGraphGetEdges(graph, from, to, edge_count));
}
cudaError_t cudaGraphNodeGetDependencies(CUgraphNode node, CUgraphNode* dependencies, std::size_t* dependency_count) {
  return to_error(cuGraphNodeGetDependencies(node, dependencies, dependency_count));
}
cudaError_t cudaGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode* nodes, std::size_t* node_count) {
  return to_error(cuGraphNodeGetDependentNodes(node, nodes, node_count));
}
cudaError_t cudaGraphAddDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                     std::size_t dependency_count) {
  return to_error(cuGraphAddDependencies(graph, from, to, dependency_count));
}
cudaError_t cudaGraphRemoveDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                        std::size_t dependency_count) {
  return to_error(cuGraphRemoveDependencies(graph, from, to, dependency_count));
}
#else
#define WITH_DATA(name) name
#endif

cudaError_t WITH_DATA(cudaGraphGetEdges)(CUgraph graph, CUgraphNode* from, CUgraphNode* to, CUgraphEdgeData* edge_data,
                                         std::size_t* edge_count) {
  return to_error(cuGraphGetEdges_v2(graph, from, to, edge_data, edge_count));
}
cudaError_t WITH_DATA(cudaGraphNodeGetDependencies)(CUgraphNode node, CUgraphNode* dependencies,
                                                    CUgraphEdgeData* edge_data, std::size_t* dependency_count) {
  return to_error(cuGraphNodeGetDependencies_v2(node, dependencies, edge_data, dependency_count));
}
cudaError_t WITH_DATA(cudaGraphNodeGetDependentNodes)(CUgraphNode node, CUgraphNode* nodes, CUgraphEdgeData* edge_data,
                                                      std::size_t* node_count) {
  return to_error(cuGraphNodeGetDependentNodes_v2(node, nodes, edge_data, node_count));
}
cudaError_t WITH_DATA(cudaGraphAddDependencies)(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                                const CUgraphEdgeData* edge_data, std::size_t dependency_count) {
  return to_error(cuGraphAddDependencies_v2(graph, from, to, edge_data, dependency_count));
}
cudaError_t WITH_DATA(cudaGraphRemoveDependencies)(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to,
                                                   const CUgraphEdgeData* edge_data, std::size_t dependency_count) {
  return to_error(cuGraphRemoveDependencies_v2(graph, from, to, edge_data, dependency_count));
}

}  // namespace vgpu::cudart::api
