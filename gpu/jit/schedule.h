#pragma once

#include <cstdint>
#include <vector>

#include "gpu/jit/bit_set.h"
#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/ir.h"

// The order in which a warp's lanes are run through a function's blocks: partial linearisation (Moll and Hack,
// "Partial control-flow linearization", PLDI 2018) with run-time pending masks.
//
// Every node has a mask of pending lanes. A divergent branch hands its lanes to both successors and goes on with the
// least node that may hold lanes; a branch on a uniform condition goes straight to its successor unless other lanes
// may wait at a lesser node. Lanes that reach a loop's latch wait at the loop's end node, which follows the loop's last
// block, until all lanes of the iteration are there or have left.
namespace vgpu::jit {

inline constexpr std::uint32_t kNoNode = ~0u;

// How a block passes its lanes on.
enum class Exit : std::uint8_t {
  None,    // ret, exit, trap: the lanes are done
  Jump,    // all lanes to one successor
  Branch,  // lanes whose guard holds to successor 0, the others to successor 1
  Leave,   // guarded ret, exit or trap: lanes whose guard holds are done, the others go to successor 0
  Switch,  // brx: each lane to the successor that its index names
};

Exit block_exit(const ptx::Function& function, const ptx::Block& block);

struct Node {
  std::uint32_t block = 0;   // for a loop's end: the loop's header
  std::uint32_t loop = ~0u;  // for a loop's end: index in ControlFlow::loops
  Exit exit = Exit::Jump;
  bool uniform_exit = true;            // all lanes of a Branch or Leave agree
  std::vector<std::uint32_t> targets;  // node that receives the lanes of each successor
  BitSet waiting;                      // nodes at which other lanes may be pending while this one runs
  bool all_lanes = false;              // every lane that the warp began with runs here together
  bool may_be_empty = false;           // the node can be reached with no lanes pending
  std::uint32_t next_if_empty = kNoNode;
  // Node that runs next. Branch and Leave with a uniform exit: [0] where the guard holds, [1] where not. Else [0].
  std::uint32_t next[2] = {kNoNode, kNoNode};

  [[nodiscard]] bool is_loop_end() const { return loop != ~0u; }
};

struct Schedule {
  std::vector<Node> nodes;                   // in running order
  std::vector<std::uint32_t> node_of_block;  // kNoNode when unreachable
  // The graph is not reducible: after each node a dispatcher runs the least node with pending lanes.
  bool dispatched = false;
};

// The nodes, without the facts that depend on which exits are uniform.
Schedule make_schedule(const ptx::Function& function, const ptx::ControlFlow& flow);

// Nodes outside of loops where lanes come together again that may have parted before: the places where code can go
// back to a version that takes all lanes to agree.
BitSet meeting_points(const Schedule& schedule, const ptx::ControlFlow& flow);

// Fills `waiting`, `all_lanes`, `may_be_empty` and the `next` fields from each node's `uniform_exit`.
void linearize(Schedule& schedule);

}  // namespace vgpu::jit
