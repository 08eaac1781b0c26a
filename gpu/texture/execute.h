#pragma once

#include <cstdint>

#include "gpu/texture/access.h"
#include "gpu/warp/context.h"

namespace vgpu::texture {

// Carries out an instruction for the lanes of `active`. `sources`: kSources times 32 values, `results`: as many times
// 32 as the instruction has elements; results of other lanes keep what they hold. None, or how a lane failed;
// a handle that means nothing is an illegal address. Memory that cannot be read faults as it does for any load.
FaultKind execute(const Access& access, std::uint64_t* results, const std::uint64_t* sources, std::uint32_t active);

}  // namespace vgpu::texture
