// GEMM and TRSM in both of cuBLAS's integer widths.
#include "shims/cublas/arguments.h"

using namespace vgpu::cublas;

namespace {

struct Sizes {
  std::int64_t m, n, k;
};
struct DataTypes {
  cudaDataType_t a, b, c;
};

template <class T>
GemmCall typed_gemm(const char* name, cublasOperation_t operation_a, cublasOperation_t operation_b, Sizes sizes,
                    const T* alpha, Matrices a, std::int64_t lda, Matrices b, std::int64_t ldb, const T* beta,
                    Matrices c, std::int64_t ldc, std::int64_t batch, bool arrays) {
  using vgpu::blas::ComputeType;
  constexpr auto kType = kDataTypeOf<T>;
  constexpr bool kDouble = kType == vgpu::blas::DataType::F64 || kType == vgpu::blas::DataType::C64;
  return {.name = name,
          .operation_a = operation_a,
          .operation_b = operation_b,
          .m = sizes.m,
          .n = sizes.n,
          .k = sizes.k,
          .alpha = alpha,
          .a = a,
          .type_a = kType,
          .lda = lda,
          .b = b,
          .type_b = kType,
          .ldb = ldb,
          .beta = beta,
          .c = c,
          .type_c = kType,
          .ldc = ldc,
          .batch = batch,
          .arrays = arrays,
          .kind = {kDouble ? ComputeType::F64 : ComputeType::F32, kType}};
}

cublasStatus_t enqueue_extended_gemm(cublasHandle_t handle, GemmCall call, DataTypes types,
                                     cublasComputeType_t compute) {
  const auto type_a = to_data_type(types.a);
  const auto type_b = to_data_type(types.b);
  const auto type_c = to_data_type(types.c);
  if (!type_a || !type_b || !type_c) return kNotSupported;
  const auto kind = to_compute(compute, *type_a);
  if (!kind) return kNotSupported;
  call.type_a = *type_a;
  call.type_b = *type_b;
  call.type_c = *type_c;
  call.kind = *kind;
  return enqueue_gemm(handle, call);
}

}  // namespace

#define INTEGER int
#define NAME(name) name
#include "shims/cublas/gemm.inc"
#undef INTEGER
#undef NAME

#define INTEGER std::int64_t
#define NAME(name) name##_64
#include "shims/cublas/gemm.inc"
