#include "gpu/ptx/control_flow.h"

#include <algorithm>

#include "gpu/ptx/dominators.h"
#include "gpu/ptx/loops.h"

namespace vgpu::ptx {
namespace {

Graph graph_of(const Function& function) {
  Graph graph(function.blocks.size());
  for (std::uint32_t b = 0; b < graph.size(); ++b) {
    std::vector<std::uint32_t> successors = function.blocks[b].successors;
    std::ranges::sort(successors);
    const auto repeated = std::ranges::unique(successors);
    successors.erase(repeated.begin(), repeated.end());
    for (const std::uint32_t successor : successors) graph.connect(b, successor);
  }
  return graph;
}

// True for ret, exit and trap, guarded ones too: some lanes may end here.
bool may_end(const Function& function, const Block& block) {
  const Opcode op = function.instructions[block.end - 1].op;
  return op == Opcode::Ret || op == Opcode::Exit || op == Opcode::Trap || block.successors.empty();
}

std::vector<std::uint32_t> post_dominators(const Function& function, const Graph& graph,
                                           const std::vector<std::uint32_t>& order) {
  const std::uint32_t exit = graph.size();
  Graph reversed(graph.size() + 1);
  for (const std::uint32_t b : order) {
    for (const std::uint32_t successor : graph.successors[b]) reversed.connect(successor, b);
    if (may_end(function, function.blocks[b])) reversed.connect(exit, b);
  }
  // Blocks of endless loops never reach the exit: an edge from the last of them makes them do so.
  std::vector<bool> reaches(reversed.size());
  const auto mark = [&](std::uint32_t root) {
    for (const std::uint32_t b : reverse_post_order(reversed, root)) reaches[b] = true;
  };
  mark(exit);
  for (auto b = order.rbegin(); b != order.rend(); ++b) {
    if (reaches[*b]) continue;
    reversed.connect(exit, *b);
    mark(*b);
  }
  std::vector<std::uint32_t> found = immediate_dominators(reversed, reverse_post_order(reversed, exit));
  found.pop_back();
  std::ranges::replace(found, exit, kNoBlock);
  return found;
}

}  // namespace

ControlFlow analyze_control_flow(const Function& function) {
  ControlFlow flow;
  const Graph graph = graph_of(function);
  const std::vector<std::uint32_t> order = reverse_post_order(graph, 0);
  flow.dominator = immediate_dominators(graph, order);
  flow.post_dominator = post_dominators(function, graph, order);
  find_loops(graph, order, flow);
  flow.order = order_with_contiguous_loops(graph, flow);
  flow.position.assign(graph.size(), kNoBlock);
  for (std::uint32_t i = 0; i < flow.order.size(); ++i) flow.position[flow.order[i]] = i;
  return flow;
}

}  // namespace vgpu::ptx
