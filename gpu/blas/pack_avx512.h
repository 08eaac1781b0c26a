#pragma once

#include <cstddef>
#include <cstdint>

#include "gpu/blas/packed.h"

// Packing with AVX-512 (F, BW, DQ, VL); see PackedMethod.
namespace vgpu::blas::avx512 {

// BF16. False where a value is subnormal: AMX and AVX512-BF16 take those for zero.
bool pack_bfloats_left(const Panel& panel, std::byte* to);
bool pack_bfloats_right(const Panel& panel, std::byte* to);
bool no_bfloat_is_subnormal(const Panel& panel);

// F16 as two tiles a step: BF16 with the first 8 digits of each value, and BF16 with the 3 that are left. False where
// a value is not finite.
bool pack_halves_left(const Panel& panel, std::byte* to);
bool pack_halves_right(const Panel& panel, std::byte* to);

// I8. The unsigned ones have 128 added to them.
bool pack_bytes_left(const Panel& panel, std::byte* to);
bool pack_bytes_right(const Panel& panel, std::byte* to);
bool pack_unsigned_bytes_left(const Panel& panel, std::byte* to);

void transpose(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to, std::int64_t to_stride);

}  // namespace vgpu::blas::avx512
