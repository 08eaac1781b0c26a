#pragma once

#include "base/error.h"
#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// Gives the shared, local and call-parameter variables of a function their offsets, in table order, and sets the
// function's sizes. Fails when a lane or a block would need more than 1 GiB.
Expected<void> lay_out(Function& function);

}  // namespace vgpu::ptx
