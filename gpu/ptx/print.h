#pragma once

#include <string>

#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// An operation with its modifiers, in the manual's order: "mul.wide.s32". Hints are not in the IR, hence not printed.
std::string full_opcode(const Instruction& instruction);

// One instruction as PTX-like text for logs and tests: registers by number, immediates as integers, vectors opened.
std::string print(const Function& function, const Instruction& instruction);

}  // namespace vgpu::ptx
