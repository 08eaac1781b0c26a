#pragma once

#include "shims/cuda/graph.h"

namespace vgpu::cuda {

struct GraphExecutable {
  struct Item {
    GraphNodeContent content;
    std::shared_ptr<GraphExecutable> child;
    GraphNode* source = nullptr;              // identity only: the node may be gone
    std::vector<std::uint32_t> dependencies;  // indices of items before this one
    bool enabled = true;
  };
  std::mutex mutex;
  std::uint64_t flags = 0;
  std::vector<Item> items;                             // each after those it depends on
  std::shared_ptr<UserObjectReferences> user_objects;  // null for none
  std::weak_ptr<Stream> last_stream;                   // that it was launched in

  // The item made of a node, also in the executables of child graphs; null for none.
  Item* find(CUgraphNode node);
};

// Puts the graph's nodes in an order that the dependencies allow. False when they form a circle. The caller holds
// capture_mutex().
bool arrange(const Graph& graph, GraphExecutable& executable);

// Changes what an executable's node does: `prepare(content)` begins with what it does now.
template <class Prepare>
CUresult change_item(CUgraphExec handle, CUgraphNode node, CUgraphNodeType type, const Prepare& prepare) {
  const auto executable = driver().executables.find(handle);
  if (executable == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::scoped_lock lock(capture_mutex(), executable->mutex);
  GraphExecutable::Item* item = executable->find(node);
  if (item == nullptr || item->content.type != type) return CUDA_ERROR_INVALID_VALUE;
  GraphNodeContent content = item->content;
  const CUresult result = prepare(content);
  if (result == CUDA_SUCCESS) item->content = std::move(content);
  return result;
}

// Puts another graph of the same shape into the executable. Tells what differs, and changes nothing, where it has
// another shape. The caller holds capture_mutex() and the executable's.
CUresult update_executable(GraphExecutable& executable, const Graph& graph, CUgraphExecUpdateResultInfo& info);

}  // namespace vgpu::cuda
