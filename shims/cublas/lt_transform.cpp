// cublasLtMatrixTransform: C = alpha op(A) + beta op(B) between types and orders of storage.
#include "gpu/blas/element.h"
#include "gpu/blas/parallel.h"
#include "shims/cublas/arguments.h"
#include "shims/cublas/lt_types.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;

namespace {

constexpr std::int32_t kByColumns = 0, kByRows = 1, kBy32Columns = 2;

// One of the matrices as it is stored, or its transpose.
struct Stored {
  LtMatrixLayout layout{};
  blas::DataType type = blas::DataType::F32;
  blas::Operation operation = blas::Operation::None;

  [[nodiscard]] std::uint64_t rows() const { return plain() ? layout.rows : layout.columns; }
  [[nodiscard]] std::uint64_t columns() const { return plain() ? layout.columns : layout.rows; }
  // The index in memory of element (row, column) of op(stored).
  [[nodiscard]] std::int64_t place(std::int64_t row, std::int64_t column, std::int64_t batch) const {
    if (!plain()) std::swap(row, column);
    const std::int64_t first = batch * layout.batch_stride;
    switch (layout.order) {
      case kByRows:
        return first + row * layout.ld + column;
      case kBy32Columns:
        return first + column / 32 * layout.ld + row * 32 + column % 32;
      default:
        return first + row + column * layout.ld;
    }
  }
  [[nodiscard]] blas::Scalar load(const void* data, std::int64_t row, std::int64_t column, std::int64_t batch) const {
    const blas::Scalar value = blas::load_element(type, data, place(row, column, batch));
    return operation == blas::Operation::ConjugateTranspose ? std::conj(value) : value;
  }

 private:
  [[nodiscard]] bool plain() const { return operation == blas::Operation::None; }
};

bool is_complex(blas::DataType type) {
  return type == blas::DataType::C32 || type == blas::DataType::C64;
}

cublasStatus_t to_stored(const LtMatrixLayout& layout, cublasOperation_t operation, Stored& stored) {
  const auto type = to_data_type(layout.type);
  const auto transform = to_operation(operation);
  if (!transform) return kInvalidValue;
  if (!type) return kNotSupported;
  if (layout.order < kByColumns || layout.order > kBy32Columns) {
    return refuse("cublasLtMatrixTransform: an order beside columns, rows and 32 columns");
  }
  const std::uint64_t shortest = layout.order == kByColumns ? layout.rows
                                 : layout.order == kByRows  ? layout.columns
                                                            : layout.rows * 32;
  if (layout.ld <= 0 || static_cast<std::uint64_t>(layout.ld) < shortest) return kInvalidValue;
  stored = {layout, *type, *transform};
  return kSuccess;
}

cublasStatus_t transform(const LtTransformDescriptor& descriptor, const void* alpha, const void* a,
                         const LtMatrixLayout& layout_a, const void* beta, const void* b,
                         const LtMatrixLayout* layout_b, void* c, const LtMatrixLayout& layout_c, CublasStream stream) {
  Stored first;
  Stored second;
  Stored result;
  if (const auto status = to_stored(layout_a, descriptor.operation_a, first); status != kSuccess) return status;
  if (const auto status = to_stored(layout_c, 0, result); status != kSuccess) return status;
  const bool two = layout_b != nullptr && b != nullptr;
  if (two) {
    if (const auto status = to_stored(*layout_b, descriptor.operation_b, second); status != kSuccess) return status;
  }
  const auto scale = to_data_type(descriptor.scale_type);
  if (!scale || descriptor.pointer_mode > 1) return kNotSupported;
  for (const Stored* each : {&first, &second}) {
    if (each == &second && !two) continue;
    if (is_complex(each->type) != is_complex(result.type)) return kNotSupported;
    if (each->rows() != result.rows() || each->columns() != result.columns()) return kInvalidValue;
    if (each->layout.batch_count != result.layout.batch_count) return kInvalidValue;
  }
  const ScalarArgument alpha_value(descriptor.pointer_mode, *scale, alpha);
  // Without a B, beta has nothing to be multiplied with.
  const ScalarArgument beta_value(two ? descriptor.pointer_mode : 0, *scale, beta == nullptr ? alpha : beta);
  const auto columns = static_cast<std::int64_t>(result.columns());
  if (columns == 0 || result.rows() == 0 || result.layout.batch_count == 0) return kSuccess;
  return enqueue(stream, nullptr, "cublasLtMatrixTransform", [=] {
    const blas::Scalar scale_a = alpha_value.value();
    const blas::Scalar scale_b = two ? beta_value.value() : 0;
    blas::parallel_for(columns * result.layout.batch_count, [&](std::int64_t line) {
      const std::int64_t batch = line / columns;
      const std::int64_t column = line % columns;
      for (std::int64_t row = 0; row < static_cast<std::int64_t>(result.rows()); ++row) {
        blas::Scalar sum = 0;
        if (scale_a != blas::Scalar(0)) sum += scale_a * first.load(a, row, column, batch);
        if (scale_b != blas::Scalar(0)) sum += scale_b * second.load(b, row, column, batch);
        blas::store_element(result.type, c, result.place(row, column, batch), sum);
      }
    });
  });
}

}  // namespace

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixTransform(cublasLtHandle_t handle,
                                                          const LtTransformDescriptor* descriptor, const void* alpha,
                                                          const void* a, const LtMatrixLayout* layout_a,
                                                          const void* beta, const void* b,
                                                          const LtMatrixLayout* layout_b, void* c,
                                                          const LtMatrixLayout* layout_c, CublasStream stream) {
  if (handle == nullptr) return kNotInitialized;
  if (descriptor == nullptr || alpha == nullptr || layout_a == nullptr || layout_c == nullptr || c == nullptr) {
    return kInvalidValue;
  }
  const bool two = layout_b != nullptr && b != nullptr;
  if (two && beta == nullptr) return kInvalidValue;
  try {
    return transform(*descriptor, alpha, a, *layout_a, beta, b, layout_b, c, *layout_c, stream);
  } catch (...) {
    return kAllocationFailed;
  }
}
