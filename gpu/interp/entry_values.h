#pragma once

#include "gpu/interp/kernel.h"

namespace vgpu::interp {

// Writes the special registers and addresses that the kernel reads into a fresh frame.
void set_entry_values(const InterpretedKernel& kernel, Machine& machine);

}  // namespace vgpu::interp
