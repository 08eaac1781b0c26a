#pragma once

namespace vgpu::warp {

enum class InstructionSet { Baseline, Avx2, Avx512 };

// The widest instruction set that this processor and operating system have and that VGPU_ISA (avx512, avx2, v2) allows.
InstructionSet best_instruction_set();

}  // namespace vgpu::warp
