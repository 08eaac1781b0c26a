#include "gpu/jit/schedule.h"

#include <algorithm>

namespace vgpu::jit {
namespace {

// True when the blocks of each loop follow each other from its header on, and each edge back leads to the header of a
// loop around its source: what the end nodes of loops need.
bool is_structured(const ptx::Function& function, const ptx::ControlFlow& flow) {
  if (!flow.reducible) return false;
  for (const ptx::Loop& loop : flow.loops) {
    const std::uint32_t first = flow.position[loop.header];
    for (std::uint32_t block : loop.blocks) {
      if (flow.position[block] < first || flow.position[block] >= first + loop.blocks.size()) return false;
    }
  }
  for (std::uint32_t block : flow.order) {
    for (std::uint32_t successor : function.blocks[block].successors) {
      if (flow.position[successor] > flow.position[block]) continue;
      bool found = false;
      for (std::uint32_t l = flow.innermost_loop[block]; l != ~0u; l = flow.loops[l].parent) {
        found |= flow.loops[l].header == successor;
      }
      if (!found) return false;
    }
  }
  return true;
}

// Loops whose last block is `block`, inner ones first.
std::vector<std::uint32_t> loops_that_end_at(const ptx::ControlFlow& flow, std::uint32_t block) {
  std::vector<std::uint32_t> ended;
  for (std::uint32_t l = flow.innermost_loop[block]; l != ~0u; l = flow.loops[l].parent) {
    const ptx::Loop& loop = flow.loops[l];
    if (flow.position[block] + 1 == flow.position[loop.header] + loop.blocks.size()) ended.push_back(l);
  }
  return ended;
}

}  // namespace

Exit block_exit(const ptx::Function& function, const ptx::Block& block) {
  if (block.begin == block.end) return block.successors.empty() ? Exit::None : Exit::Jump;
  const ptx::Instruction& last = function.instructions[block.end - 1];
  const bool guarded = last.guard != ptx::kNoRegister;
  switch (last.op) {
    case ptx::Opcode::Bra:
      if (!guarded || block.successors.size() < 2) return Exit::Jump;
      return block.successors[0] == block.successors[1] ? Exit::Jump : Exit::Branch;
    case ptx::Opcode::Brx:
      return Exit::Switch;
    case ptx::Opcode::Ret:
    case ptx::Opcode::Exit:
    case ptx::Opcode::Trap:
      return guarded && !block.successors.empty() ? Exit::Leave : Exit::None;
    default:
      return block.successors.empty() ? Exit::None : Exit::Jump;
  }
}

Schedule make_schedule(const ptx::Function& function, const ptx::ControlFlow& flow) {
  Schedule schedule;
  schedule.dispatched = !is_structured(function, flow);
  schedule.node_of_block.assign(function.blocks.size(), kNoNode);
  std::vector<std::uint32_t> end_of_loop(flow.loops.size(), kNoNode);
  for (std::uint32_t block : flow.order) {
    Node node;
    node.block = block;
    node.exit = block_exit(function, function.blocks[block]);
    schedule.node_of_block[block] = static_cast<std::uint32_t>(schedule.nodes.size());
    schedule.nodes.push_back(node);
    if (schedule.dispatched) continue;
    for (std::uint32_t l : loops_that_end_at(flow, block)) {
      Node end;
      end.block = flow.loops[l].header;
      end.loop = l;
      end_of_loop[l] = static_cast<std::uint32_t>(schedule.nodes.size());
      schedule.nodes.push_back(end);
    }
  }
  for (Node& node : schedule.nodes) {
    if (node.is_loop_end()) {
      node.targets = {schedule.node_of_block[node.block]};
      continue;
    }
    for (std::uint32_t successor : function.blocks[node.block].successors) {
      std::uint32_t target = schedule.node_of_block[successor];
      if (!schedule.dispatched && flow.position[successor] <= flow.position[node.block]) {
        std::uint32_t l = flow.innermost_loop[node.block];
        while (flow.loops[l].header != successor) l = flow.loops[l].parent;
        target = end_of_loop[l];
      }
      node.targets.push_back(target);
      if (node.exit == Exit::Jump) break;
    }
  }
  return schedule;
}

BitSet meeting_points(const Schedule& schedule, const ptx::ControlFlow& flow) {
  BitSet points(schedule.nodes.size());
  for (const Node& node : schedule.nodes) {
    if (node.is_loop_end() || node.exit != Exit::Branch || node.uniform_exit) continue;
    std::uint32_t block = flow.post_dominator[node.block];
    while (block != ptx::kNoBlock && flow.innermost_loop[block] != ~0u) block = flow.post_dominator[block];
    if (block != ptx::kNoBlock) points.insert(schedule.node_of_block[block]);
  }
  return points;
}

namespace {

// One pass over the nodes: passes the sets of waiting nodes along the edges.
class Linearizer {
 public:
  explicit Linearizer(Schedule& schedule) : nodes_(schedule.nodes), size_(schedule.nodes.size()) {}

  void run() {
    for (Node& node : nodes_) node.waiting = BitSet(size_);
    do {
      changed_ = false;
      for (Node& node : nodes_) node.may_be_empty = false;
      for (std::uint32_t n = 0; n < size_; ++n) visit(n);
    } while (changed_);
  }

 private:
  // Hands lanes to `targets` after a node with `waiting`, and returns the node that runs next. `sure`: the only
  // target certainly receives lanes.
  std::uint32_t advance(const BitSet& waiting, std::initializer_list<std::uint32_t> targets, bool sure) {
    BitSet pending = waiting;
    for (std::uint32_t target : targets) pending.insert(target);
    const std::uint32_t next = pending.least(kNoNode);
    if (next == kNoNode) return kNoNode;
    pending.erase(next);
    changed_ |= nodes_[next].waiting.merge(pending);
    const bool certain = sure && targets.size() == 1 && *targets.begin() == next;
    if (!certain && !nodes_[next].may_be_empty) nodes_[next].may_be_empty = true;
    return next;
  }

  void visit(std::uint32_t n) {
    Node& node = nodes_[n];
    const BitSet waiting = node.waiting;
    if (node.may_be_empty) node.next_if_empty = advance(waiting, {}, false);
    switch (node.exit) {
      case Exit::None:
        node.next[0] = advance(waiting, {}, false);
        break;
      case Exit::Jump:
        node.next[0] = advance(waiting, {node.targets[0]}, true);
        break;
      case Exit::Leave:
        if (node.uniform_exit) {
          node.next[0] = advance(waiting, {}, false);
          node.next[1] = advance(waiting, {node.targets[0]}, true);
        } else {
          node.next[0] = advance(waiting, {node.targets[0]}, false);
        }
        break;
      case Exit::Branch:
        if (node.uniform_exit) {
          node.next[0] = advance(waiting, {node.targets[0]}, true);
          node.next[1] = advance(waiting, {node.targets[1]}, true);
        } else {
          node.next[0] = advance(waiting, {node.targets[0], node.targets[1]}, false);
        }
        break;
      case Exit::Switch: {
        BitSet pending = waiting;
        for (std::uint32_t target : node.targets) pending.insert(target);
        node.next[0] = advance(pending, {}, false);
        break;
      }
    }
  }

  std::vector<Node>& nodes_;
  std::size_t size_;
  bool changed_ = false;
};

// Marks the nodes that run with every lane: no others wait, and none can have left the function before.
void find_full_nodes(Schedule& schedule) {
  std::vector<bool> lanes_left(schedule.nodes.size());
  bool changed = true;
  const auto pass = [&](std::uint32_t to, bool left) {
    if (to == kNoNode || !left || lanes_left[to]) return;
    lanes_left[to] = true;
    changed = true;
  };
  while (changed) {
    changed = false;
    for (std::size_t n = 0; n < schedule.nodes.size(); ++n) {
      const Node& node = schedule.nodes[n];
      const bool left = lanes_left[n];
      pass(node.may_be_empty ? node.next_if_empty : kNoNode, left);
      pass(node.next[0], left || node.exit == Exit::None || node.exit == Exit::Leave);
      pass(node.next[1], left);
    }
  }
  for (std::size_t n = 0; n < schedule.nodes.size(); ++n) {
    schedule.nodes[n].all_lanes = !lanes_left[n] && schedule.nodes[n].waiting.empty();
  }
}

}  // namespace

void linearize(Schedule& schedule) {
  if (!schedule.dispatched) {
    Linearizer(schedule).run();
    find_full_nodes(schedule);
    return;
  }
  for (std::size_t n = 0; n < schedule.nodes.size(); ++n) {
    Node& node = schedule.nodes[n];
    node.waiting = BitSet(schedule.nodes.size());
    for (std::size_t other = 0; other < schedule.nodes.size(); ++other) node.waiting.insert(other);
    node.may_be_empty = false;
  }
}

}  // namespace vgpu::jit
