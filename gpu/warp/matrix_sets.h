#pragma once

#include "gpu/warp/routines.h"

// The matrix products as compiled for each instruction set; each array is in the order of matrix.def.
namespace vgpu::warp {

const MultiplyFunction* baseline_matrix_functions();  // x86-64, f32 fma by libm
const MultiplyFunction* avx2_matrix_functions();      // AVX2, FMA, F16C
const MultiplyFunction* avx512_matrix_functions();    // AVX-512 F, BW, DQ, VL, VNNI

}  // namespace vgpu::warp
