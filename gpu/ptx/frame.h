#pragma once

#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// Gives the shared, local and call-parameter variables of a function their offsets, in table order, and sets the
// function's sizes.
void lay_out(Function& function);

}  // namespace vgpu::ptx
