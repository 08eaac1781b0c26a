#pragma once

#include <cstdint>

#include "gpu/warp/approximations.h"

// The approximations on all lanes of a register.
namespace vgpu::warp {

template <float (*Function)(float), bool Ftz>
void approximate(std::uint32_t* d, const std::uint32_t* a) {
  for (int lane = 0; lane < 32; ++lane) {
    const float x = std::bit_cast<float>(a[lane]);
    const float result = Ftz ? flush_subnormal(Function(flush_subnormal(x))) : Function(x);
    d[lane] = std::bit_cast<std::uint32_t>(result);
  }
}

}  // namespace vgpu::warp
