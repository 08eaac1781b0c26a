#include <algorithm>

#include "shims/cuda/api.h"
#include "shims/cuda/graph_executable.h"

// Putting another graph of the same shape into an executable.
namespace vgpu::cuda {
namespace {

using Item = GraphExecutable::Item;

CUresult fail(CUgraphExecUpdateResultInfo& info, CUgraphExecUpdateResult why, const GraphNode* node,
              const GraphNode* from = nullptr) {
  info = {why, node != nullptr ? node->handle() : nullptr, from != nullptr ? from->handle() : nullptr};
  return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
}

bool same_operations(const GraphNodeContent& now, const GraphNodeContent& next) {
  if (now.operations == nullptr) return true;
  return std::ranges::equal(*now.operations, *next.operations,
                            [](const auto& one, const auto& other) { return one.operation == other.operation; });
}

// Nodes are paired in the order that both graphs are arranged in.
CUresult compare(const GraphExecutable& now, const GraphExecutable& next, CUgraphExecUpdateResultInfo& info) {
  if (now.items.size() != next.items.size()) return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, nullptr);
  for (std::size_t index = 0; index < next.items.size(); ++index) {
    const Item& before = now.items[index];
    const Item& after = next.items[index];
    if (before.content.type != after.content.type) {
      return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED, after.source);
    }
    if (before.dependencies.size() != after.dependencies.size()) {
      return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, after.source);
    }
    const auto [expected, found] = std::ranges::mismatch(before.dependencies, after.dependencies);
    if (found != after.dependencies.end()) {
      return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, after.source, next.items[*found].source);
    }
    if (!same_operations(before.content, after.content)) {
      return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_PARAMETERS_CHANGED, after.source);
    }
    if (before.child == nullptr) continue;
    const CUresult result = compare(*before.child, *after.child, info);
    if (result != CUDA_SUCCESS) return result;
  }
  return CUDA_SUCCESS;
}

// Nodes of the graph that was instantiated stay the names by which single nodes are updated, and a node that was
// switched off stays so.
void adopt(GraphExecutable& now, GraphExecutable& next) {
  for (std::size_t index = 0; index < now.items.size(); ++index) {
    now.items[index].content = std::move(next.items[index].content);
    if (now.items[index].child != nullptr) adopt(*now.items[index].child, *next.items[index].child);
  }
  now.user_objects = std::move(next.user_objects);
}

}  // namespace

CUresult update_executable(GraphExecutable& executable, const Graph& graph, CUgraphExecUpdateResultInfo& info) {
  info = {CU_GRAPH_EXEC_UPDATE_SUCCESS, nullptr, nullptr};
  GraphExecutable next;
  if (!arrange(graph, next)) return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR, nullptr);
  const CUresult result = compare(executable, next, info);
  if (result == CUDA_SUCCESS) adopt(executable, next);
  return result;
}

namespace api {

CUresult cuGraphExecUpdate_v2(CUgraphExec handle, CUgraph graph_handle, CUgraphExecUpdateResultInfo* result) {
  if (result == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *result = {CU_GRAPH_EXEC_UPDATE_ERROR, nullptr, nullptr};
  const auto executable = driver().executables.find(handle);
  const auto graph = driver().graphs.find(graph_handle);
  if (executable == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::scoped_lock lock(capture_mutex(), executable->mutex);
  return update_executable(*executable, *graph, *result);
}

CUresult cuGraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphNode* error_node,
                           CUgraphExecUpdateResult* result) {
  CUgraphExecUpdateResultInfo info{};
  const CUresult status = cuGraphExecUpdate_v2(executable, graph, &info);
  if (error_node != nullptr) *error_node = info.error_node;
  if (result != nullptr) *result = info.result;
  return status;
}

}  // namespace api
}  // namespace vgpu::cuda
