#pragma once

#include <cstdint>
#include <span>

// The same work as a kernel's, as loops that a compiler vectorizes for this machine: what the kernels are compared
// with. One thread.
namespace vgpu::bench {

// y := a x + y
void native_saxpy(float a, std::span<const float> x, std::span<float> y);

// The sum of each run of `length` values.
void native_reduction(std::span<const float> values, std::size_t length, std::span<float> sums);

// The transpose of a square matrix of `size` rows.
void native_transpose(std::span<const float> matrix, std::size_t size, std::span<float> result);

// C := A B, square matrices of `size` rows, by rows.
void native_sgemm(std::span<const float> a, std::span<const float> b, std::size_t size, std::span<float> c);

// A matrix of bytes by a vector of bytes, both with a scale for each 32 of a row; `columns` is a multiple of 128.
struct Quantized {
  std::span<const std::int8_t> values;
  std::span<const float> scales;
};
void native_mat_vec(const Quantized& matrix, const Quantized& vector, std::size_t columns, std::span<float> result);

}  // namespace vgpu::bench
