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

// A block in a depth-first search.
struct Visited {
  std::uint32_t begin = 0;  // 0: not yet
  std::uint32_t least = 0;  // the earliest block, by `begin`, of its component that is reached
  std::uint32_t end = 0;
  bool is_open = false;
};

// One level of nesting, with each inner loop drawn together into its header.
class Level {
 public:
  Level(const Graph& graph, const ControlFlow& flow, std::uint32_t loop) : graph_(graph), flow_(flow), loop_(loop) {}

  // The level's blocks and, for inner loops, their headers, in reverse post-order; but blocks that reach one another
  // all the same, in a loop with several entries, follow one another, so that lanes leave it together. (Tarjan,
  // "Depth-first search and linear graph algorithms", 1972: components come in the order of their ends.)
  std::vector<std::uint32_t> order(std::vector<Visited>& visited) const {
    const std::uint32_t root = loop_ == kNoLoop ? 0 : flow_.loops[loop_].header;
    std::vector<std::uint32_t> order;
    std::vector<std::uint32_t> open;  // blocks whose component is not complete
    struct Visit {
      std::uint32_t node;
      std::vector<std::uint32_t> next;
    };
    std::vector<Visit> stack;
    std::uint32_t begun = 0;
    std::uint32_t ended = 0;
    const auto begin = [&](std::uint32_t node) {
      visited[node] = {.begin = ++begun, .least = begun, .end = 0, .is_open = true};
      open.push_back(node);
      stack.push_back({node, successors(node)});
    };
    begin(representative(root));
    while (!stack.empty()) {
      const std::uint32_t node = stack.back().node;
      if (!stack.back().next.empty()) {
        const std::uint32_t next = stack.back().next.back();
        stack.back().next.pop_back();
        if (visited[next].begin == 0) {
          begin(next);
        } else if (visited[next].is_open) {
          visited[node].least = std::min(visited[node].least, visited[next].begin);
        }
        continue;
      }
      visited[node].end = ++ended;
      stack.pop_back();
      if (!stack.empty()) {
        Visited& from = visited[stack.back().node];
        from.least = std::min(from.least, visited[node].least);
      }
      if (visited[node].least != visited[node].begin) continue;
      auto first = open.end() - 1;
      while (*first != node) --first;
      std::ranges::sort(first, open.end(), {}, [&](std::uint32_t member) { return visited[member].end; });
      for (auto member = first; member != open.end(); ++member) visited[*member].is_open = false;
      order.insert(order.end(), first, open.end());
      open.erase(first, open.end());
    }
    std::ranges::reverse(order);
    for (const std::uint32_t node : order) visited[node] = {};
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
  std::vector<Visited> visited(graph.size());
  std::vector<std::uint32_t> result;
  std::vector<Open> stack;
  const auto open = [&](std::uint32_t loop) {
    const Level level(graph, flow, loop);
    stack.push_back({level, level.order(visited), 0});
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
