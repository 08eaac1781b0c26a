// cublasLtMatmul: D = epilogue(alpha op(A) op(B) + beta C).
#include "shims/cublas/lt_matmul.h"

#include <cstring>
#include <utility>
#include <vector>

#include "gpu/blas/convert.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;
using blas::DataType;

namespace {

template <class Pointer>
Pointer advance(Pointer pointer, DataType type, std::int64_t elements) {
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const std::byte, std::byte>;
  return static_cast<Byte*>(pointer) + elements * static_cast<std::int64_t>(blas::size_of(type));
}

}  // namespace

void LtMatmul::run(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c, void* d) const {
  if (exchanged) std::swap(a, b);
  epilogue.plain() ? run_plain(alpha, beta, a, b, c, d) : run_with_epilogue(alpha, beta, a, b, c, d);
}

void LtMatmul::run_plain(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c,
                         void* d) const {
  if (c != d && beta != blas::Scalar(0)) {
    for (std::int64_t index = 0; index < batch; ++index) {
      for (std::int64_t column = 0; column < shape.n; ++column) {
        std::memcpy(advance(d, shape.type_c, index * stride_d + column * shape.ldc),
                    advance(c, shape.type_c, index * stride_c + column * ldc),
                    static_cast<std::size_t>(shape.m) * blas::size_of(shape.type_c));
      }
    }
  }
  const auto operands = [&](std::int64_t index) {
    return blas::GemmOperands{advance(a, shape.type_a, index * stride_a), advance(b, shape.type_b, index * stride_b),
                              advance(d, shape.type_c, index * stride_d)};
  };
  blas::gemm(shape, alpha, beta, batch, operands);
  for (std::int64_t index = 0; index < batch && epilogue.parts != kEpilogueNone; ++index) {
    epilogue.sum_factor(shape, operands(index), index);
  }
}

// Sums stay F32 until after the epilogue, as on the device.
void LtMatmul::run_with_epilogue(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c,
                                 void* d) const {
  blas::GemmShape wide = shape;
  wide.type_c = DataType::F32;
  wide.compute = blas::ComputeType::F32;
  wide.ldc = shape.m;
  std::vector<float> sums(static_cast<std::size_t>(shape.m * shape.n));
  for (std::int64_t index = 0; index < batch; ++index) {
    if (beta != blas::Scalar(0)) {
      for (std::int64_t column = 0; column < shape.n; ++column) {
        blas::to_float(shape.type_c, advance(c, shape.type_c, index * stride_c + column * ldc),
                       sums.data() + column * shape.m, shape.m);
      }
    }
    blas::gemm(wide, alpha, beta, 1, [&](std::int64_t) {
      return blas::GemmOperands{advance(a, shape.type_a, index * stride_a), advance(b, shape.type_b, index * stride_b),
                                sums.data()};
    });
    epilogue.finish(sums.data(), shape.m, shape.n, index, advance(d, shape.type_c, index * stride_d), shape.ldc);
  }
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, const LtMatmulDescriptor* descriptor,
                                                 const void* alpha, const void* a, const LtMatrixLayout* layout_a,
                                                 const void* b, const LtMatrixLayout* layout_b, const void* beta,
                                                 const void* c, const LtMatrixLayout* layout_c, void* d,
                                                 const LtMatrixLayout* layout_d, const LtMatmulAlgorithm*, void*,
                                                 std::size_t, CublasStream stream) {
  if (handle == nullptr) return kNotInitialized;
  if (alpha == nullptr || beta == nullptr) return kInvalidValue;
  try {
    LtMatmul matmul;
    const auto status = check_matmul(descriptor, layout_a, layout_b, layout_c, layout_d, matmul);
    if (status != kSuccess) return status;
    if (!matmul.epilogue.complete()) return kInvalidValue;
    if (matmul.shape.m == 0 || matmul.shape.n == 0 || matmul.batch == 0) return kSuccess;
    const ScalarArgument alpha_value(descriptor->pointer_mode, matmul.scale_type, alpha);
    const ScalarArgument beta_value(descriptor->pointer_mode, matmul.scale_type, beta);
    return enqueue(stream, nullptr, "cublasLtMatmul",
                   [=] { matmul.run(alpha_value.value(), beta_value.value(), a, b, c, d); });
  } catch (...) {
    return kAllocationFailed;
  }
}
