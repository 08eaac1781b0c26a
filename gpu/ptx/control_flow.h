#pragma once

#include <cstdint>
#include <vector>

#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

inline constexpr std::uint32_t kNoBlock = ~0u;

struct Loop {
  std::uint32_t header = 0;
  std::uint32_t parent = ~0u;         // index of the enclosing loop, ~0u for none
  std::vector<std::uint32_t> blocks;  // all blocks of the loop, those of inner loops included
  std::vector<std::uint32_t> exits;   // blocks outside that are successors of blocks inside
};

// Facts about the graph of a function's blocks that both engines use.
struct ControlFlow {
  // Reverse post-order of the reachable blocks in which the blocks of each loop are contiguous and start with its
  // header: the order in which divergent lanes are run, lowest position first.
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> position;        // block -> position in `order`, kNoBlock when unreachable
  std::vector<std::uint32_t> dominator;       // immediate; kNoBlock for block 0
  std::vector<std::uint32_t> post_dominator;  // immediate; kNoBlock where it is the virtual exit
  std::vector<Loop> loops;                    // outer before inner
  std::vector<std::uint32_t> innermost_loop;  // block -> index in `loops`, ~0u for none
  bool reducible = true;                      // false when a loop is entered elsewhere than at its header
};

ControlFlow analyze_control_flow(const Function& function);

// Registers live at the start of each block: one bit vector of function.registers.size() bits a block.
struct Liveness {
  std::vector<std::vector<bool>> live_in;
  std::vector<std::vector<bool>> live_out;
};

// A guarded write does not end a register's life (the old value stays in lanes whose guard is false).
Liveness analyze_liveness(const Function& function, const ControlFlow& flow);

}  // namespace vgpu::ptx
