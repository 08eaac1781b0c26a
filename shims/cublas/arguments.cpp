#include "shims/cublas/arguments.h"

#include <algorithm>
#include <array>
#include <limits>

namespace vgpu::cublas {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<int>::max();  // OpenBLAS counts in ints

bool fits(std::initializer_list<std::int64_t> values) {
  return std::ranges::all_of(values, [](std::int64_t value) { return value <= kLargest; });
}

bool negative(std::initializer_list<std::int64_t> values) {
  return std::ranges::any_of(values, [](std::int64_t value) { return value < 0; });
}

template <class Pointer>
Pointer at(Pointer base, bool arrays, std::int64_t stride, std::int64_t index, std::size_t element) {
  if (arrays) return static_cast<Pointer const*>(base)[index];
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const std::byte, std::byte>;
  return static_cast<Byte*>(base) + stride * index * static_cast<std::int64_t>(element);
}

}  // namespace

std::optional<blas::Operation> to_operation(cublasOperation_t operation) {
  if (operation < 0 || operation > 2) return std::nullopt;
  return static_cast<blas::Operation>(operation);
}

std::optional<blas::DataType> to_data_type(cudaDataType_t type) {
  switch (type) {
    case kR32F:
      return blas::DataType::F32;
    case kR64F:
      return blas::DataType::F64;
    case kR16F:
      return blas::DataType::F16;
    case kR16BF:
      return blas::DataType::BF16;
    case kR8I:
      return blas::DataType::I8;
    case kR32I:
      return blas::DataType::I32;
    case kC32F:
      return blas::DataType::C32;
    case kC64F:
      return blas::DataType::C64;
    default:
      return std::nullopt;
  }
}

std::optional<ComputeKind> to_compute(cublasComputeType_t compute, blas::DataType data) {
  using blas::DataType;
  switch (compute) {
    case kCompute16F:
    case kCompute16FPedantic:
      return ComputeKind{blas::ComputeType::F16, DataType::F16};
    case kCompute32F:
    case kCompute32FPedantic:
    case kCompute32FFast16F:
    case kCompute32FFast16BF:
    case kCompute32FFastTF32:
      return ComputeKind{blas::ComputeType::F32, data == DataType::C32 ? DataType::C32 : DataType::F32};
    case kCompute64F:
    case kCompute64FPedantic:
      return ComputeKind{blas::ComputeType::F64, data == DataType::C64 ? DataType::C64 : DataType::F64};
    case kCompute32I:
    case kCompute32IPedantic:
      return ComputeKind{blas::ComputeType::I32, DataType::I32};
    default:
      return std::nullopt;
  }
}

cublasStatus_t check_gemm(const GemmCall& call, blas::GemmShape& shape) {
  const auto operation_a = to_operation(call.operation_a);
  const auto operation_b = to_operation(call.operation_b);
  if (!operation_a || !operation_b || call.alpha == nullptr || call.beta == nullptr) return kInvalidValue;
  if (negative({call.m, call.n, call.k, call.batch})) return kInvalidValue;
  const bool plain_a = *operation_a == blas::Operation::None;
  const bool plain_b = *operation_b == blas::Operation::None;
  const std::int64_t rows_a = plain_a ? call.m : call.k;
  const std::int64_t rows_b = plain_b ? call.k : call.n;
  if (call.lda < std::max<std::int64_t>(rows_a, 1) || call.ldb < std::max<std::int64_t>(rows_b, 1) ||
      call.ldc < std::max<std::int64_t>(call.m, 1)) {
    return kInvalidValue;
  }
  shape = {.operation_a = *operation_a,
           .operation_b = *operation_b,
           .m = call.m,
           .n = call.n,
           .k = call.k,
           .type_a = call.type_a,
           .type_b = call.type_b,
           .type_c = call.type_c,
           .compute = call.kind.compute,
           .lda = call.lda,
           .ldb = call.ldb,
           .ldc = call.ldc};
  const bool supported = blas::gemm_supported(shape);
  return supported && fits({call.m, call.n, call.k, call.lda, call.ldb, call.ldc}) ? kSuccess : kNotSupported;
}

blas::GemmOperands operands_of(const GemmCall& call, std::int64_t index) {
  return {at(call.a.pointer, call.arrays, call.a.stride, index, blas::size_of(call.type_a)),
          at(call.b.pointer, call.arrays, call.b.stride, index, blas::size_of(call.type_b)),
          at(const_cast<void*>(call.c.pointer), call.arrays, call.c.stride, index, blas::size_of(call.type_c))};
}

cublasStatus_t enqueue_gemm(cublasHandle_t handle, const GemmCall& call) {
  blas::GemmShape shape;
  if (const auto status = check_gemm(call, shape); status != kSuccess) return status;
  if (call.m == 0 || call.n == 0 || call.batch == 0) return kSuccess;
  const ScalarArgument alpha(handle->pointer_mode, call.kind.scale, call.alpha);
  const ScalarArgument beta(handle->pointer_mode, call.kind.scale, call.beta);
  return enqueue(handle, call.name, [shape, call, alpha, beta] {
    blas::gemm(shape, alpha.value(), beta.value(), call.batch,
               [&](std::int64_t index) { return operands_of(call, index); });
  });
}

cublasStatus_t enqueue_triangular_solve(cublasHandle_t handle, const TriangularCall& call) {
  const auto operation = to_operation(call.operation);
  const auto is_switch = [](int value) { return value == 0 || value == 1; };
  if (!operation || !is_switch(call.side) || !is_switch(call.fill) || !is_switch(call.diagonal)) return kInvalidValue;
  const bool left = call.side == 0;
  const std::int64_t order = left ? call.m : call.n;
  if (call.alpha == nullptr || negative({call.m, call.n, call.batch})) return kInvalidValue;
  if (call.lda < std::max<std::int64_t>(order, 1) || call.ldb < std::max<std::int64_t>(call.m, 1)) return kInvalidValue;
  if (!fits({call.m, call.n, call.lda, call.ldb})) return kNotSupported;
  if (call.m == 0 || call.n == 0 || call.batch == 0) return kSuccess;
  const blas::TriangularShape shape{.left = left,
                                    .upper = call.fill == 1,
                                    .unit_diagonal = call.diagonal == 1,
                                    .operation = *operation,
                                    .m = call.m,
                                    .n = call.n,
                                    .lda = call.lda,
                                    .ldb = call.ldb,
                                    .type = call.type};
  const ScalarArgument alpha(handle->pointer_mode, call.type, call.alpha);
  return enqueue(handle, call.name, [shape, call, alpha] {
    const auto operands = [&](std::int64_t index) {
      return blas::TriangularOperands{at(call.a, call.arrays, 0, index, 0), at(call.b, call.arrays, 0, index, 0)};
    };
    blas::triangular_solve(shape, alpha.value(), call.batch, operands);
  });
}

}  // namespace vgpu::cublas
