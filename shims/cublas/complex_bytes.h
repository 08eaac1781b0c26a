#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "shims/cublas/arguments.h"

// Matrices of CUDA_C_8I, pairs of signed bytes, which only become factors of C32 results.
namespace vgpu::cublas {

// `columns` columns of `rows` numbers, `ld` apart at `bytes`, without the gaps.
std::vector<std::complex<float>> widen_complex_bytes(const void* bytes, std::int64_t rows, std::int64_t columns,
                                                     std::int64_t ld);

// A gemm in C32 whose A and B are of CUDA_C_8I; the call calls them C32.
cublasStatus_t enqueue_complex_byte_gemm(cublasHandle_t handle, const GemmCall& call);

}  // namespace vgpu::cublas
