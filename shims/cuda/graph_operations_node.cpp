#include "shims/cuda/api.h"
#include "shims/cuda/graph_executable.h"
#include "shims/cuda/graph_node.h"
#include "shims/cuda/stream_memory.h"

// Nodes of stream memory operations.
namespace vgpu::cuda {

CUresult prepare_operations(const CUDA_BATCH_MEM_OP_NODE_PARAMS& parameters, GraphNodeContent& content) {
  constexpr unsigned kMostOperations = 256;
  if (parameters.operations == nullptr || parameters.count == 0 || parameters.count > kMostOperations ||
      parameters.flags != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  auto operations = std::make_shared<MemoryOperations>(parameters.operations, parameters.operations + parameters.count);
  const CUresult result = check_operations(*operations);
  if (result != CUDA_SUCCESS) return result;
  content.type = CU_GRAPH_NODE_TYPE_BATCH_MEM_OP;
  content.work = operations_work(*current_context()->backend, *operations);
  content.operations = std::move(operations);
  return CUDA_SUCCESS;
}

namespace {

// In an executable, an operation's address, value and flags may change and what it is may not.
bool same_kinds(const MemoryOperations& left, const MemoryOperations& right) {
  return std::ranges::equal(left, right,
                            [](const auto& one, const auto& other) { return one.operation == other.operation; });
}

}  // namespace

namespace api {

CUresult cuGraphAddBatchMemOpNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                                  std::size_t dependency_count, const CUDA_BATCH_MEM_OP_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return add_node(node, graph, dependencies, dependency_count,
                  [&](GraphNodeContent& content) { return prepare_operations(*parameters, content); });
}

CUresult cuGraphBatchMemOpNodeGetParams(CUgraphNode handle, CUDA_BATCH_MEM_OP_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_node(handle, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP, [&](GraphNode& node) {
    MemoryOperations& operations = *node.content.operations;
    *parameters = {.context = current_context()->handle(),
                   .count = static_cast<unsigned>(operations.size()),
                   .operations = operations.data(),
                   .flags = 0};
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphBatchMemOpNodeSetParams(CUgraphNode node, const CUDA_BATCH_MEM_OP_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_node(node, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP,
                     [&](GraphNodeContent& content) { return prepare_operations(*parameters, content); });
}

CUresult cuGraphExecBatchMemOpNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                            const CUDA_BATCH_MEM_OP_NODE_PARAMS* parameters) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_item(executable, node, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP, [&](GraphNodeContent& content) {
    const auto before = content.operations;
    const CUresult result = prepare_operations(*parameters, content);
    if (result != CUDA_SUCCESS) return result;
    return same_kinds(*before, *content.operations) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  });
}

}  // namespace api
}  // namespace vgpu::cuda
