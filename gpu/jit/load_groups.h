#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "gpu/jit/lane_shapes.h"
#include "gpu/ptx/ir.h"

namespace vgpu::jit {

// Loads of one block, of words that lie near each other by the same lane pattern, with no write between: all may be
// read where the first one stands.
struct LoadGroup {
  struct Member {
    std::uint32_t instruction = 0;
    std::int64_t displacement = 0;  // bytes from the first member's address
  };
  std::vector<Member> members;
};

// The groups of two loads or more, by the first one's instruction.
std::map<std::uint32_t, LoadGroup> find_load_groups(const ptx::Function& function, const LaneShapes& shapes);

}  // namespace vgpu::jit
