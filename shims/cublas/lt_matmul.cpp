// cublasLtMatmul: D = epilogue(alpha op(A) op(B) + beta C), and the heuristic, which knows one algorithm.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/parallel.h"
#include "shims/cublas/arguments.h"
#include "shims/cublas/lt_types.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;
using blas::DataType;

namespace {

constexpr std::uint32_t kEpilogueNone = 1, kRelu = 2, kBias = 4, kGelu = 32;

// A checked call. C and D have D's type.
struct Matmul {
  blas::GemmShape shape;
  DataType scale_type = DataType::F32;
  std::uint32_t epilogue = kEpilogueNone;
  DataType bias_type = DataType::F32;
  const void* bias = nullptr;
  std::int64_t bias_stride = 0;
  std::int64_t batch = 1;
  std::int64_t stride_a = 0, stride_b = 0, stride_c = 0, stride_d = 0;
  std::int64_t ldc = 0;

  [[nodiscard]] bool plain() const { return epilogue == kEpilogueNone; }
  void run(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c, void* d) const;

 private:
  void run_plain(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c, void* d) const;
  void run_with_epilogue(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c,
                         void* d) const;
  void finish_column(float* values, const float* bias_values) const;
};

template <class Pointer>
Pointer advance(Pointer pointer, DataType type, std::int64_t elements) {
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const std::byte, std::byte>;
  return static_cast<Byte*>(pointer) + elements * static_cast<std::int64_t>(blas::size_of(type));
}

float gelu(float x) {
  constexpr float kSquareRootOfTwoOverPi = 0.7978845608F;
  return 0.5F * x * (1 + std::tanh(kSquareRootOfTwoOverPi * (x + 0.044715F * x * x * x)));
}

void Matmul::run(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c, void* d) const {
  plain() ? run_plain(alpha, beta, a, b, c, d) : run_with_epilogue(alpha, beta, a, b, c, d);
}

void Matmul::run_plain(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c,
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
  blas::gemm(shape, alpha, beta, batch, [&](std::int64_t index) {
    return blas::GemmOperands{advance(a, shape.type_a, index * stride_a), advance(b, shape.type_b, index * stride_b),
                              advance(d, shape.type_c, index * stride_d)};
  });
}

// Sums stay F32 until after the epilogue, as on the device.
void Matmul::run_with_epilogue(blas::Scalar alpha, blas::Scalar beta, const void* a, const void* b, const void* c,
                               void* d) const {
  blas::GemmShape wide = shape;
  wide.type_c = DataType::F32;
  wide.compute = blas::ComputeType::F32;
  wide.ldc = shape.m;
  std::vector<float> sums(static_cast<std::size_t>(shape.m * shape.n));
  std::vector<float> bias_values(static_cast<std::size_t>(shape.m));
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
    if ((epilogue & kBias) != 0) {
      blas::to_float(bias_type, advance(bias, bias_type, index * bias_stride), bias_values.data(), shape.m);
    }
    blas::parallel_for(shape.n, [&](std::int64_t column) {
      float* const values = sums.data() + column * shape.m;
      finish_column(values, bias_values.data());
      blas::from_float(shape.type_c, values, advance(d, shape.type_c, index * stride_d + column * shape.ldc), shape.m);
    });
  }
}

void Matmul::finish_column(float* values, const float* bias_values) const {
  for (std::int64_t row = 0; row < shape.m; ++row) {
    float value = values[row];
    if ((epilogue & kBias) != 0) value += bias_values[row];
    if ((epilogue & kRelu) != 0) value = value < 0 ? 0 : value;
    if ((epilogue & kGelu) != 0) value = gelu(value);
    values[row] = value;
  }
}

bool is_float(DataType type) {
  return type == DataType::F16 || type == DataType::BF16 || type == DataType::F32;
}

cublasStatus_t check_epilogue(const LtMatmulDescriptor& descriptor, Matmul& matmul) {
  constexpr std::uint32_t kKnown[] = {kEpilogueNone, kRelu, kBias, kRelu | kBias, kGelu, kGelu | kBias};
  if (std::ranges::find(kKnown, descriptor.epilogue) == std::end(kKnown)) {
    return refuse("cublasLtMatmul: an epilogue other than bias, ReLU and GELU");
  }
  matmul.epilogue = descriptor.epilogue;
  if (matmul.plain()) return kSuccess;
  if (!is_float(matmul.shape.type_a) || !is_float(matmul.shape.type_c)) return kNotSupported;
  if ((matmul.epilogue & kBias) == 0) return kSuccess;
  const auto bias_type = descriptor.bias_type < 0 ? matmul.shape.type_c : to_data_type(descriptor.bias_type);
  if (!bias_type || !is_float(*bias_type)) return kNotSupported;
  matmul.bias_type = *bias_type;
  matmul.bias = descriptor.bias;
  matmul.bias_stride = descriptor.bias_batch_stride;
  return kSuccess;
}

bool fits(const LtMatrixLayout& layout) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  return layout.order == 0 && layout.rows <= kLargest && layout.columns <= kLargest && layout.ld > 0 &&
         static_cast<std::uint64_t>(layout.ld) <= kLargest;
}

cublasStatus_t check(const LtMatmulDescriptor* descriptor, const LtMatrixLayout* a, const LtMatrixLayout* b,
                     const LtMatrixLayout* c, const LtMatrixLayout* d, Matmul& matmul) {
  if (descriptor == nullptr || a == nullptr || b == nullptr || c == nullptr || d == nullptr) return kInvalidValue;
  const auto type_a = to_data_type(a->type);
  const auto type_b = to_data_type(b->type);
  const auto type_d = to_data_type(d->type);
  const auto scale = to_data_type(descriptor->scale_type);
  const auto operation_a = to_operation(descriptor->operation_a);
  const auto operation_b = to_operation(descriptor->operation_b);
  if (!operation_a || !operation_b) return kInvalidValue;
  if (!type_a || !type_b || !type_d || !scale || c->type != d->type || descriptor->operation_c != 0 ||
      descriptor->pointer_mode > 1 || !fits(*a) || !fits(*b) || !fits(*c) || !fits(*d)) {
    return kNotSupported;
  }
  const auto kind = to_compute(descriptor->compute, *type_a);
  if (!kind) return kNotSupported;
  matmul.scale_type = *scale;
  const auto inner = [](const LtMatrixLayout& layout, blas::Operation operation, bool rows) {
    return static_cast<std::int64_t>((operation == blas::Operation::None) == rows ? layout.rows : layout.columns);
  };
  matmul.shape = {.operation_a = *operation_a,
                  .operation_b = *operation_b,
                  .m = static_cast<std::int64_t>(d->rows),
                  .n = static_cast<std::int64_t>(d->columns),
                  .k = inner(*a, *operation_a, false),
                  .type_a = *type_a,
                  .type_b = *type_b,
                  .type_c = *type_d,
                  .compute = kind->compute,
                  .lda = a->ld,
                  .ldb = b->ld,
                  .ldc = d->ld};
  if (inner(*a, *operation_a, true) != matmul.shape.m || inner(*b, *operation_b, true) != matmul.shape.k ||
      inner(*b, *operation_b, false) != matmul.shape.n || c->rows != d->rows || c->columns != d->columns) {
    return kInvalidValue;
  }
  const auto short_ld = [](const LtMatrixLayout& layout) {
    return static_cast<std::uint64_t>(layout.ld) < layout.rows;
  };
  if (short_ld(*a) || short_ld(*b) || short_ld(*c) || short_ld(*d)) return kInvalidValue;
  if (a->batch_count != d->batch_count || b->batch_count != d->batch_count || c->batch_count != d->batch_count) {
    return kInvalidValue;
  }
  matmul.batch = d->batch_count;
  matmul.stride_a = a->batch_stride;
  matmul.stride_b = b->batch_stride;
  matmul.stride_c = c->batch_stride;
  matmul.stride_d = d->batch_stride;
  matmul.ldc = c->ld;
  if (!blas::gemm_supported(matmul.shape)) return kNotSupported;
  return check_epilogue(*descriptor, matmul);
}

LtHeuristicResult only_algorithm() {
  LtHeuristicResult result{};
  result.state = kSuccess;
  result.waves_count = 1;
  return result;
}

}  // namespace

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, const LtMatmulDescriptor* descriptor,
                                                 const void* alpha, const void* a, const LtMatrixLayout* layout_a,
                                                 const void* b, const LtMatrixLayout* layout_b, const void* beta,
                                                 const void* c, const LtMatrixLayout* layout_c, void* d,
                                                 const LtMatrixLayout* layout_d, const LtMatmulAlgorithm*, void*,
                                                 std::size_t, CublasStream stream) {
  if (handle == nullptr) return kNotInitialized;
  if (alpha == nullptr || beta == nullptr) return kInvalidValue;
  try {
    Matmul matmul;
    if (const auto status = check(descriptor, layout_a, layout_b, layout_c, layout_d, matmul); status != kSuccess) {
      return status;
    }
    if (matmul.shape.m == 0 || matmul.shape.n == 0 || matmul.batch == 0) return kSuccess;
    const ScalarArgument alpha_value(descriptor->pointer_mode, matmul.scale_type, alpha);
    const ScalarArgument beta_value(descriptor->pointer_mode, matmul.scale_type, beta);
    return enqueue(stream, nullptr, "cublasLtMatmul",
                   [=] { matmul.run(alpha_value.value(), beta_value.value(), a, b, c, d); });
  } catch (...) {
    return kAllocationFailed;
  }
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle,
                                                                 const LtMatmulDescriptor* descriptor,
                                                                 const LtMatrixLayout* a, const LtMatrixLayout* b,
                                                                 const LtMatrixLayout* c, const LtMatrixLayout* d,
                                                                 const LtMatmulPreference*, int requested,
                                                                 LtHeuristicResult* results, int* count) {
  if (handle == nullptr) return kNotInitialized;
  if (results == nullptr || count == nullptr || requested < 1) return kInvalidValue;
  *count = 0;
  Matmul matmul;
  if (const auto status = check(descriptor, a, b, c, d, matmul); status != kSuccess) return status;
  results[0] = only_algorithm();
  *count = 1;
  return kSuccess;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, const LtMatmulDescriptor* descriptor,
                                                          const LtMatrixLayout* a, const LtMatrixLayout* b,
                                                          const LtMatrixLayout* c, const LtMatrixLayout* d,
                                                          const LtMatmulAlgorithm* algorithm,
                                                          LtHeuristicResult* result) {
  if (handle == nullptr) return kNotInitialized;
  if (algorithm == nullptr || result == nullptr) return kInvalidValue;
  Matmul matmul;
  if (const auto status = check(descriptor, a, b, c, d, matmul); status != kSuccess) return status;
  *result = only_algorithm();
  return kSuccess;
}
