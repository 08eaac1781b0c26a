#pragma once

#include "gpu/ptx/ir.h"

namespace vgpu::jit {

// True when memory may hold something else after the instruction, as another thread's write seen by way of it.
bool may_write_memory(const ptx::Instruction& instruction);
// An unguarded load of memory that threads share, without an order of its own, from the address in a register.
bool is_plain_load(const ptx::Function& function, const ptx::Instruction& instruction);

// Makes one load of loads of neighbouring parts that a `mov` puts together, as in
//   ld.u16 %a, [%p];  ld.u16 %b, [%p+2];  mov.b32 %r, {%a, %b}
// where no write to memory lies between. The narrow loads stay, for other uses of their registers.
void merge_loads(ptx::Function& function);

}  // namespace vgpu::jit
