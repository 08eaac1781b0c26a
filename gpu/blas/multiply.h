#pragma once

#include "gpu/blas/packed.h"

// Products of packed panels; see PackedMethod.
namespace vgpu::blas {

namespace amx {
void multiply_bfloats(const PackedBlock& block);
void multiply_split_halves(const PackedBlock& block);
void multiply_bytes(const PackedBlock& block);
}  // namespace amx

namespace avx512 {
void multiply_bfloats(const PackedBlock& block);  // with AVX512-BF16
// With VNNI, whose left values are unsigned: 128 more than they should be.
void multiply_unsigned_bytes(const PackedBlock& block);
}  // namespace avx512

namespace avx2 {
// Bytes as pairs of 16-bit values.
bool pack_bytes_left(const Panel& panel, std::byte* to);
bool pack_bytes_right(const Panel& panel, std::byte* to);
void multiply_bytes(const PackedBlock& block);
void transpose(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to, std::int64_t to_stride);
}  // namespace avx2

}  // namespace vgpu::blas
