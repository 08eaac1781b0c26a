#pragma once

#include <cstdint>

#include "gpu/ptx/ir.h"

namespace vgpu::jit {

// How the .ftz operations of a kernel flush subnormals.
enum class FlushMode : std::uint8_t {
  None,      // there are none
  Hardware,  // MXCSR has FTZ and DAZ while the kernel runs: every operation that a flush could change is .ftz
  Explicit,  // .ftz and other operations are mixed: .ftz ones flush their operands and results by themselves
};

FlushMode flush_mode(const ptx::Function& function);

}  // namespace vgpu::jit
