#pragma once

#include <cstdint>

namespace vgpu::blas {

// What products of 8-bit and 16-bit values are computed with; each includes those before it. Avx512 has VNNI.
enum class Instructions : std::uint8_t { Baseline, Avx2, Avx512, Amx };

// The best that the processor and the operating system have and that VGPU_ISA (amx, avx512, avx2, v2) and
// limit_instructions allow. The first call asks the kernel for AMX's tile registers; where it refuses, they are not
// used in this process.
Instructions instructions();

// Whether products of BF16 can be computed directly: with Amx, and with Avx512 where the processor has AVX512-BF16.
bool has_bfloat_products();

// For tests: nothing better than `most` is used from now on.
void limit_instructions(Instructions most);

}  // namespace vgpu::blas
