#pragma once

#include <cstdint>
#include <vector>

#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/dominators.h"

namespace vgpu::ptx {

// Fills loops, innermost_loop and reducible. `order` is a reverse post-order of the graph, flow.dominator its
// dominators.
void find_loops(const Graph& graph, const std::vector<std::uint32_t>& order, ControlFlow& flow);

// A reverse post-order in which the blocks of each loop of `flow` are contiguous, the header first.
std::vector<std::uint32_t> order_with_contiguous_loops(const Graph& graph, const ControlFlow& flow);

}  // namespace vgpu::ptx
