#include "gpu/ptx/dominators.h"

#include <algorithm>
#include <ranges>

#include "gpu/ptx/control_flow.h"

namespace vgpu::ptx {

std::vector<std::uint32_t> reverse_post_order(const Graph& graph, std::uint32_t root) {
  struct Visit {
    std::uint32_t node;
    std::size_t left;  // successors still to be looked at
  };
  std::vector<std::uint32_t> order;
  std::vector<bool> seen(graph.size());
  std::vector<Visit> stack{{root, graph.successors[root].size()}};
  seen[root] = true;
  while (!stack.empty()) {
    Visit& visit = stack.back();
    if (visit.left == 0) {
      order.push_back(visit.node);
      stack.pop_back();
      continue;
    }
    const std::uint32_t next = graph.successors[visit.node][--visit.left];
    if (seen[next]) continue;
    seen[next] = true;
    stack.push_back({next, graph.successors[next].size()});
  }
  std::ranges::reverse(order);
  return order;
}

std::vector<std::uint32_t> immediate_dominators(const Graph& graph, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> position(graph.size(), kNoBlock);
  for (std::uint32_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  const std::uint32_t root = order.front();
  std::vector<std::uint32_t> dominator(graph.size(), kNoBlock);
  dominator[root] = root;
  const auto common = [&](std::uint32_t a, std::uint32_t b) {
    while (a != b) {
      while (position[a] > position[b]) a = dominator[a];
      while (position[b] > position[a]) b = dominator[b];
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::uint32_t node : order | std::views::drop(1)) {
      std::uint32_t found = kNoBlock;
      for (const std::uint32_t predecessor : graph.predecessors[node]) {
        if (position[predecessor] == kNoBlock || dominator[predecessor] == kNoBlock) continue;
        found = found == kNoBlock ? predecessor : common(found, predecessor);
      }
      if (dominator[node] == found) continue;
      dominator[node] = found;
      changed = true;
    }
  }
  dominator[root] = kNoBlock;
  return dominator;
}

}  // namespace vgpu::ptx
