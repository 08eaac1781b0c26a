// From cublasLt's descriptors to a product of matrices that are stored by columns.
#include <limits>
#include <utility>

#include "shims/cublas/lt_matmul.h"

namespace vgpu::cublas {
namespace {

using blas::DataType;
using blas::Operation;

constexpr std::int32_t kByColumns = 0, kByRows = 1;

// A factor op(stored), where `stored` is by columns.
struct Factor {
  Operation operation = Operation::None;
  std::int64_t rows = 0, columns = 0;  // of op(stored)
  DataType type = DataType::F32;
  std::int64_t ld = 0, stride = 0;
};

bool is_complex(DataType type) {
  return type == DataType::C32 || type == DataType::C64;
}

Operation transpose(Operation operation) {
  return operation == Operation::None ? Operation::Transpose : Operation::None;
}

bool fits(const LtMatrixLayout& layout) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  const bool known = layout.order == kByColumns || layout.order == kByRows;
  return known && layout.rows <= kLargest && layout.columns <= kLargest && layout.ld > 0 &&
         static_cast<std::uint64_t>(layout.ld) <= kLargest;
}

bool has_short_ld(const LtMatrixLayout& layout) {
  return static_cast<std::uint64_t>(layout.ld) < (layout.order == kByColumns ? layout.rows : layout.columns);
}

// A matrix by rows is the transpose of one by columns. Without a transpose, nothing conjugates.
cublasStatus_t to_factor(const LtMatrixLayout& layout, DataType type, Operation operation, Factor& factor) {
  if (operation == Operation::ConjugateTranspose && !is_complex(type)) operation = Operation::Transpose;
  const bool plain = operation == Operation::None;
  factor = {.operation = operation,
            .rows = static_cast<std::int64_t>(plain ? layout.rows : layout.columns),
            .columns = static_cast<std::int64_t>(plain ? layout.columns : layout.rows),
            .type = type,
            .ld = layout.ld,
            .stride = layout.batch_stride};
  if (layout.order == kByColumns) return kSuccess;
  if (operation == Operation::ConjugateTranspose) return refuse("cublasLtMatmul: a conjugate of a row-ordered matrix");
  factor.operation = transpose(operation);
  return kSuccess;
}

cublasStatus_t turn(Factor& factor) {
  if (factor.operation == Operation::ConjugateTranspose) {
    return refuse("cublasLtMatmul: a conjugate in a product of row order");
  }
  factor.operation = transpose(factor.operation);
  std::swap(factor.rows, factor.columns);
  return kSuccess;
}

}  // namespace

cublasStatus_t check_matmul(const LtMatmulDescriptor* descriptor, const LtMatrixLayout* a, const LtMatrixLayout* b,
                            const LtMatrixLayout* c, const LtMatrixLayout* d, LtMatmul& matmul) {
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
  if (!kind || kind->scale != *scale) return kNotSupported;
  if (has_short_ld(*a) || has_short_ld(*b) || has_short_ld(*c) || has_short_ld(*d)) return kInvalidValue;
  if (c->rows != d->rows || c->columns != d->columns) return kInvalidValue;
  if (a->batch_count != d->batch_count || b->batch_count != d->batch_count || c->batch_count != d->batch_count) {
    return kInvalidValue;
  }
  if (c->order != d->order) return refuse("cublasLtMatmul: a C and a D of different orders");

  Factor left;
  Factor right;
  if (const auto status = to_factor(*a, *type_a, *operation_a, left); status != kSuccess) return status;
  if (const auto status = to_factor(*b, *type_b, *operation_b, right); status != kSuccess) return status;
  std::int64_t rows = static_cast<std::int64_t>(d->rows);
  std::int64_t columns = static_cast<std::int64_t>(d->columns);
  matmul.exchanged = d->order == kByRows;
  if (matmul.exchanged) {
    for (Factor* each : {&left, &right}) {
      if (const auto status = turn(*each); status != kSuccess) return status;
    }
    std::swap(left, right);
    std::swap(rows, columns);
  }
  if (left.rows != rows || right.columns != columns || left.columns != right.rows) return kInvalidValue;

  matmul.shape = {.operation_a = left.operation,
                  .operation_b = right.operation,
                  .m = rows,
                  .n = columns,
                  .k = left.columns,
                  .type_a = left.type,
                  .type_b = right.type,
                  .type_c = *type_d,
                  .compute = kind->compute,
                  .lda = left.ld,
                  .ldb = right.ld,
                  .ldc = d->ld};
  matmul.scale_type = *scale;
  matmul.batch = d->batch_count;
  matmul.stride_a = left.stride;
  matmul.stride_b = right.stride;
  matmul.stride_c = c->batch_stride;
  matmul.stride_d = d->batch_stride;
  matmul.ldc = c->ld;
  if (!blas::gemm_supported(matmul.shape)) return kNotSupported;
  matmul.epilogue.transposed = matmul.exchanged;
  return check_epilogue(*descriptor, matmul.shape, matmul.epilogue);
}

}  // namespace vgpu::cublas
