#pragma once

#include <optional>

#include "gpu/blas/gemm.h"
#include "gpu/blas/triangular.h"
#include "shims/cublas/handle.h"

// Checks and conversions of cuBLAS's arguments, and the calls that several functions share.
namespace vgpu::cublas {

std::optional<blas::Operation> to_operation(cublasOperation_t operation);
std::optional<blas::DataType> to_data_type(cudaDataType_t type);

template <class T>
inline constexpr blas::DataType kDataTypeOf = blas::DataType::F32;
template <>
inline constexpr blas::DataType kDataTypeOf<blas::Half> = blas::DataType::F16;
template <>
inline constexpr blas::DataType kDataTypeOf<blas::Bfloat> = blas::DataType::BF16;
template <>
inline constexpr blas::DataType kDataTypeOf<double> = blas::DataType::F64;
template <>
inline constexpr blas::DataType kDataTypeOf<std::complex<float>> = blas::DataType::C32;
template <>
inline constexpr blas::DataType kDataTypeOf<std::complex<double>> = blas::DataType::C64;

struct ComputeKind {
  blas::ComputeType compute;
  blas::DataType scale;  // alpha's and beta's type
};
// `data`, the type of A, decides between a real and a complex scale.
std::optional<ComputeKind> to_compute(cublasComputeType_t compute, blas::DataType data);

// A family of matrices: one every `stride` elements from `pointer`, or, as an array, `pointer` is an array, in device
// memory, of pointers.
struct Matrices {
  const void* pointer = nullptr;
  std::int64_t stride = 0;
};

struct GemmCall {
  const char* name = "";
  cublasOperation_t operation_a = 0, operation_b = 0;
  std::int64_t m = 0, n = 0, k = 0;
  const void* alpha = nullptr;
  Matrices a;
  blas::DataType type_a = blas::DataType::F32;
  std::int64_t lda = 0;
  Matrices b;
  blas::DataType type_b = blas::DataType::F32;
  std::int64_t ldb = 0;
  const void* beta = nullptr;
  Matrices c;
  blas::DataType type_c = blas::DataType::F32;
  std::int64_t ldc = 0;
  std::int64_t batch = 1;
  bool arrays = false;
  ComputeKind kind{blas::ComputeType::F32, blas::DataType::F32};
};
// kSuccess where the call is one that gemm computes; `shape` is then its shape.
cublasStatus_t check_gemm(const GemmCall& call, blas::GemmShape& shape);
// A, B and C of problem `index` of the call.
blas::GemmOperands operands_of(const GemmCall& call, std::int64_t index);
cublasStatus_t enqueue_gemm(cublasHandle_t handle, const GemmCall& call);

struct TriangularCall {
  const char* name = "";
  cublasSideMode_t side = 0;
  cublasFillMode_t fill = 0;
  cublasOperation_t operation = 0;
  cublasDiagType_t diagonal = 0;
  std::int64_t m = 0, n = 0;
  const void* alpha = nullptr;
  const void* a = nullptr;
  std::int64_t lda = 0;
  void* b = nullptr;
  std::int64_t ldb = 0;
  std::int64_t batch = 1;
  bool arrays = false;
  blas::DataType type = blas::DataType::F32;
};
cublasStatus_t enqueue_triangular_solve(cublasHandle_t handle, const TriangularCall& call);

}  // namespace vgpu::cublas
