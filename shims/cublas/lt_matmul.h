#pragma once

#include "shims/cublas/lt_epilogue.h"

namespace vgpu::cublas {

// A checked call of cublasLtMatmul, by columns: a D in row order is computed as its transpose, from B and A in A's and
// B's places. C and D have D's type.
struct LtMatmul {
  blas::GemmShape shape;
  bool exchanged = false;
  blas::DataType scale_type = blas::DataType::F32;
  Epilogue epilogue;
  std::int64_t batch = 1;
  std::int64_t stride_a = 0, stride_b = 0, stride_c = 0, stride_d = 0;
  std::int64_t ldc = 0;

  // With the call's own pointers.
  void run(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c, void* d) const;

 private:
  void run_plain(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c, void* d) const;
  void run_with_epilogue(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c,
                         void* d) const;
};

// Fills `matmul`, or says why the call cannot be.
cublasStatus_t check_matmul(const LtMatmulDescriptor* descriptor, const LtMatrixLayout* a, const LtMatrixLayout* b,
                            const LtMatrixLayout* c, const LtMatrixLayout* d, LtMatmul& matmul);

}  // namespace vgpu::cublas
