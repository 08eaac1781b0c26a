#include "gpu/ptx/loops.h"

#include <algorithm>

namespace vgpu::ptx {
namespace {

constexpr std::uint32_t kNoLoop = ~0u;

// The blocks that reach `sources` without passing the header, and the header: the natural loop of these back edges.
std::vector<std::uint32_t> natural_loop(const Graph& graph, const std::vector<std::uint32_t>& position,
                                        std::uint32_t header, const std::vector<std::uint32_t>& sources) {
  std::vector<std::uint32_t> blocks{header};
  std::vector<bool> inside(graph.size());
  inside[header] = true;
  const auto visit = [&](std::uint32_t block) {
    if (inside[block] || position[block] == kNoBlock) return;
    inside[block] = true;
    blocks.push_back(block);
  };
  for (const std::uint32_t source : sources) visit(source);
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    for (const std::uint32_t predecessor : graph.predecessors[blocks[i]]) visit(predecessor);
  }
  std::ranges::sort(blocks, {}, [&](std::uint32_t block) { return position[block]; });
  return blocks;
}

// True when `loop` is `block`'s innermost one or encloses it.
bool contains(const ControlFlow& flow, std::uint32_t loop, std::uint32_t block) {
  std::uint32_t at = flow.innermost_loop[block];
  while (at != loop && at != kNoLoop) at = flow.loops[at].parent;
  return at == loop;
}

void find_exits(const Graph& graph, ControlFlow& flow) {
  for (std::uint32_t number = 0; number < flow.loops.size(); ++number) {
    Loop& loop = flow.loops[number];
    for (const std::uint32_t block : loop.blocks) {
      for (const std::uint32_t successor : graph.successors[block]) {
        if (!contains(flow, number, successor)) loop.exits.push_back(successor);
      }
    }
    std::ranges::sort(loop.exits);
    const auto repeated = std::ranges::unique(loop.exits);
    loop.exits.erase(repeated.begin(), repeated.end());
  }
}

// One level of nesting, with each inner loop drawn together into its header.
class Level {
 public:
  Level(const Graph& graph, const ControlFlow& flow, std::uint32_t loop) : graph_(graph), flow_(flow), loop_(loop) {}

  // The level's blocks and, for inner loops, their headers, in reverse post-order.
  std::vector<std::uint32_t> order(std::vector<bool>& seen) const {
    const std::uint32_t root = loop_ == kNoLoop ? 0 : flow_.loops[loop_].header;
    std::vector<std::uint32_t> order;
    struct Visit {
      std::uint32_t node;
      std::vector<std::uint32_t> next;
    };
    const std::uint32_t start = representative(root);
    std::vector<Visit> stack;
    stack.push_back({start, successors(start)});
    seen[start] = true;
    while (!stack.empty()) {
      if (stack.back().next.empty()) {
        order.push_back(stack.back().node);
        stack.pop_back();
        continue;
      }
      const std::uint32_t next = stack.back().next.back();
      stack.back().next.pop_back();
      if (seen[next]) continue;
      seen[next] = true;
      stack.push_back({next, successors(next)});
    }
    std::ranges::reverse(order);
    for (const std::uint32_t node : order) seen[node] = false;
    return order;
  }

  // The inner loop that the block stands for on this level; kNoLoop when it stands for itself.
  [[nodiscard]] std::uint32_t inner_loop(std::uint32_t block) const {
    std::uint32_t at = flow_.innermost_loop[block];
    if (at == loop_) return kNoLoop;
    while (flow_.loops[at].parent != loop_) at = flow_.loops[at].parent;
    return at;
  }

 private:
  [[nodiscard]] std::uint32_t representative(std::uint32_t block) const {
    const std::uint32_t inner = inner_loop(block);
    return inner == kNoLoop ? block : flow_.loops[inner].header;
  }

  [[nodiscard]] std::vector<std::uint32_t> successors(std::uint32_t node) const {
    const std::uint32_t inner = inner_loop(node);
    std::vector<std::uint32_t> found;
    for (const std::uint32_t next : inner == kNoLoop ? graph_.successors[node] : flow_.loops[inner].exits) {
      if (loop_ == kNoLoop || contains(flow_, loop_, next)) found.push_back(representative(next));
    }
    return found;
  }

  const Graph& graph_;
  const ControlFlow& flow_;
  std::uint32_t loop_;
};

}  // namespace

void find_loops(const Graph& graph, const std::vector<std::uint32_t>& order, ControlFlow& flow) {
  std::vector<std::uint32_t> position(graph.size(), kNoBlock);
  for (std::uint32_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  const auto dominates = [&](std::uint32_t a, std::uint32_t b) {
    while (b != kNoBlock && position[b] > position[a]) b = flow.dominator[b];
    return a == b;
  };
  flow.innermost_loop.assign(graph.size(), kNoLoop);
  for (const std::uint32_t header : order) {
    std::vector<std::uint32_t> sources;
    for (const std::uint32_t predecessor : graph.predecessors[header]) {
      if (position[predecessor] == kNoBlock || position[predecessor] < position[header]) continue;
      if (dominates(header, predecessor)) {
        sources.push_back(predecessor);
      } else {
        flow.reducible = false;
      }
    }
    if (sources.empty()) continue;
    Loop loop{.header = header, .parent = flow.innermost_loop[header], .blocks = {}, .exits = {}};
    loop.blocks = natural_loop(graph, position, header, sources);
    const auto number = static_cast<std::uint32_t>(flow.loops.size());
    for (const std::uint32_t block : loop.blocks) flow.innermost_loop[block] = number;
    flow.loops.push_back(std::move(loop));
  }
  find_exits(graph, flow);
}

std::vector<std::uint32_t> order_with_contiguous_loops(const Graph& graph, const ControlFlow& flow) {
  struct Open {
    Level level;
    std::vector<std::uint32_t> order;
    std::size_t next = 0;
  };
  std::vector<bool> seen(graph.size());
  std::vector<std::uint32_t> result;
  std::vector<Open> stack;
  const auto open = [&](std::uint32_t loop) {
    const Level level(graph, flow, loop);
    stack.push_back({level, level.order(seen), 0});
  };
  open(kNoLoop);
  while (!stack.empty()) {
    Open& top = stack.back();
    if (top.next == top.order.size()) {
      stack.pop_back();
      continue;
    }
    const std::uint32_t node = top.order[top.next++];
    const std::uint32_t inner = top.level.inner_loop(node);
    if (inner == kNoLoop) {
      result.push_back(node);
    } else {
      open(inner);
    }
  }
  return result;
}

}  // namespace vgpu::ptx
