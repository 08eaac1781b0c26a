#pragma once

#include <cstdint>

#include "gpu/blas/types.h"

namespace vgpu::blas {

// One value of 16 bits to F32 and back, rounded to nearest even; NaN stays NaN.
float half_to_float(std::uint16_t bits);
std::uint16_t float_to_half(float value);
float bfloat_to_float(std::uint16_t bits);
std::uint16_t float_to_bfloat(float value);

// `count` values of F16, BF16, F32 or I8 at `source` to F32, with the widest instructions that the CPU has.
void to_float(DataType type, const void* source, float* destination, std::int64_t count);
// F32 to `count` values of F16, BF16 or F32 at `destination`.
void from_float(DataType type, const float* source, void* destination, std::int64_t count);

}  // namespace vgpu::blas
