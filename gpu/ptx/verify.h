#pragma once

#include "base/error.h"
#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// Checks what the engines rely on without looking again: destinations are registers or `_`, and vectors have as many
// elements as the operation says, textures and surfaces a geometry that there is code for.
Expected<void> verify(const Function& function, const Instruction& instruction);

// Coordinates that a texture or surface instruction needs, a layer included; PTX may pad three to four.
unsigned coordinate_count(const Instruction& instruction);

}  // namespace vgpu::ptx
