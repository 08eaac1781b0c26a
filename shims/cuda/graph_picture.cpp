#include <fmt/format.h>

#include <fstream>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

// A graph as a text of the DOT language.
namespace vgpu::cuda {
namespace {

constexpr unsigned kVerbose = 1, kKernelParameters = 1 << 2, kCopyParameters = 1 << 3, kFillParameters = 1 << 4,
                   kHandles = 1 << 10, kAllFlags = (1 << 18) - 1;

const char* name_of(CUgraphNodeType type) {
  switch (type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
      return "KERNEL";
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      return "MEMCPY";
    case CU_GRAPH_NODE_TYPE_MEMSET:
      return "MEMSET";
    case CU_GRAPH_NODE_TYPE_HOST:
      return "HOST";
    case CU_GRAPH_NODE_TYPE_GRAPH:
      return "GRAPH";
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
      return "EVENT_WAIT";
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      return "EVENT_RECORD";
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
      return "MEM_ALLOC";
    case CU_GRAPH_NODE_TYPE_MEM_FREE:
      return "MEM_FREE";
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
      return "BATCH_MEM_OP";
    default:
      return "EMPTY";
  }
}

std::string label_of(const GraphNode& node, std::size_t index, unsigned flags) {
  const GraphNodeContent& content = node.content;
  std::string label = fmt::format("{}\\n{}", index, name_of(content.type));
  const auto wanted = [&](unsigned flag) { return (flags & (kVerbose | flag)) != 0; };
  if (const auto* const launch = std::get_if<gpu::LaunchWork>(&content.work)) {
    label += "\\n" + launch->kernel->name();
    if (wanted(kKernelParameters)) {
      label += fmt::format("\\ngrid {}, {}, {}\\nblock {}, {}, {}\\nshared {}", launch->grid[0], launch->grid[1],
                           launch->grid[2], launch->block[0], launch->block[1], launch->block[2],
                           launch->dynamic_shared_size);
    }
  }
  if (content.type == CU_GRAPH_NODE_TYPE_MEMCPY && wanted(kCopyParameters)) {
    const auto& copy = std::get<gpu::CopyWork>(content.work);
    label += fmt::format("\\n{:#x} to {:#x}\\n{} x {} x {}", copy.source, copy.destination, copy.width, copy.height,
                         copy.depth);
  }
  if (content.type == CU_GRAPH_NODE_TYPE_MEMSET && wanted(kFillParameters)) {
    const auto& fill = std::get<gpu::FillWork>(content.work);
    label += fmt::format("\\n{:#x}\\n{} x {} of {} bytes: {:#x}", fill.destination, fill.count, fill.height,
                         fill.element_size, fill.value);
  }
  if (wanted(kHandles)) label += fmt::format("\\n{}", static_cast<const void*>(&node));
  return label;
}

// A child graph is a box of its own; its nodes are named after the path to it.
void draw(const Graph& graph, const std::string& prefix, unsigned flags, std::string& text) {
  text += fmt::format("subgraph cluster_{} {{\nlabel=\"{}\"\n", prefix, prefix);
  std::map<const GraphNode*, std::string> names;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const GraphNode& node = *graph.nodes[index];
    const std::string& name = names[&node] = fmt::format("{}_node_{}", prefix, index);
    text += fmt::format("\"{}\" [shape=\"record\" label=\"{}\"];\n", name, label_of(node, index, flags));
    if (node.content.child != nullptr) draw(*node.content.child, name, flags, text);
  }
  for (const auto& node : graph.nodes) {
    for (const GraphEdge& edge : node->dependencies) {
      text += fmt::format("\"{}\" -> \"{}\";\n", names[edge.from], names[node.get()]);
    }
  }
  text += "}\n";
}

}  // namespace

namespace api {

CUresult cuGraphDebugDotPrint(CUgraph handle, const char* path, unsigned flags) {
  const auto graph = driver().graphs.find(handle);
  if (graph == nullptr || path == nullptr || flags > kAllFlags) return CUDA_ERROR_INVALID_VALUE;
  std::string text = "digraph dot {\n";
  {
    const std::lock_guard lock(capture_mutex());
    draw(*graph, "graph_1", flags, text);
  }
  text += "}\n";
  std::ofstream file(path);
  file << text << std::flush;
  return file ? CUDA_SUCCESS : CUDA_ERROR_OPERATING_SYSTEM;
}

}  // namespace api
}  // namespace vgpu::cuda
