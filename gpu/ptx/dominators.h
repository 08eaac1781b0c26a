#pragma once

#include <cstdint>
#include <vector>

namespace vgpu::ptx {

// A directed graph by the neighbours of each node; what cannot be reached from the root is left out of all results.
struct Graph {
  std::vector<std::vector<std::uint32_t>> successors;
  std::vector<std::vector<std::uint32_t>> predecessors;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(successors.size()); }
  void connect(std::uint32_t from, std::uint32_t to) {
    successors[from].push_back(to);
    predecessors[to].push_back(from);
  }
  explicit Graph(std::size_t nodes) : successors(nodes), predecessors(nodes) {}
};

// Depth-first, the last successor first, so that nodes come in the order of their numbers where edges leave the choice.
std::vector<std::uint32_t> reverse_post_order(const Graph& graph, std::uint32_t root);

// Immediate dominator of each node; kNoBlock for the root and for nodes that cannot be reached. `order` is the
// graph's reverse post-order. (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm.)
std::vector<std::uint32_t> immediate_dominators(const Graph& graph, const std::vector<std::uint32_t>& order);

}  // namespace vgpu::ptx
