// gemvBatched and gemvStridedBatched, also with 16-bit matrices (HSH, HSS, TST and TSS: A's type, the sums', y's).
#include "gpu/blas/gemv.h"
#include "gpu/blas/parallel.h"
#include "gpu/blas/routines.h"
#include "shims/cublas/routine.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;
using blas::Bfloat;
using blas::Half;

namespace {

struct Shape {
  cublasOperation_t operation;
  std::int64_t m, n, lda, incx, incy, batch;
};

template <class T, class Out, class Scale>
void multiply(const Shape& shape, Scale alpha, const T* a, const T* x, Scale beta, Out* y) {
  const auto operation = static_cast<blas::Operation>(shape.operation);
  if constexpr (std::is_same_v<T, Scale>) {
    blas::gemv(operation, shape.m, shape.n, alpha, a, shape.lda, x, shape.incx, beta, y, shape.incy);
  } else {
    blas::multiply(blas::NarrowGemv{operation, shape.m, shape.n, kDataTypeOf<T>, kDataTypeOf<Out>, a, shape.lda, x,
                                    shape.incx, y, shape.incy},
                   alpha, beta);
  }
}

// problem(index, body) calls body(a, x, y) with the operands of one product.
template <class Scale, class Problem>
cublasStatus_t multiply_all(const Caller& caller, const Shape& shape, const Scale* alpha, const Scale* beta,
                            Problem problem) {
  if (!is_operation(shape.operation) || alpha == nullptr || beta == nullptr) return kInvalidValue;
  if (is_short(shape.lda, shape.m) || shape.incx == 0 || shape.incy == 0) return kInvalidValue;
  const auto status = check_sizes({shape.m, shape.n, shape.batch}, {shape.lda, shape.incx, shape.incy});
  if (status != kSuccess || shape.m == 0 || shape.n == 0 || shape.batch == 0) return status;
  return queue(caller, [=, alpha = scalar(caller, alpha), beta = scalar(caller, beta)] {
    const auto scale = to_scalar<Scale>(alpha);
    const auto keep = to_scalar<Scale>(beta);
    blas::parallel_for(shape.batch, [&](std::int64_t index) {
      problem(index, [&](auto* a, auto* x, auto* y) { multiply(shape, scale, a, x, keep, y); });
    });
  });
}

template <class T, class Out, class Scale>
cublasStatus_t gemvBatched(const Caller& caller, cublasOperation_t operation, std::int64_t m, std::int64_t n,
                           const Scale* alpha, const T* const* a, std::int64_t lda, const T* const* x,
                           std::int64_t incx, const Scale* beta, Out* const* y, std::int64_t incy, std::int64_t batch) {
  return multiply_all(caller, {operation, m, n, lda, incx, incy, batch}, alpha, beta,
                      [=](std::int64_t index, auto body) { body(a[index], x[index], y[index]); });
}

template <class T, class Out, class Scale>
cublasStatus_t gemvStridedBatched(const Caller& caller, cublasOperation_t operation, std::int64_t m, std::int64_t n,
                                  const Scale* alpha, const T* a, std::int64_t lda, std::int64_t stride_a, const T* x,
                                  std::int64_t incx, std::int64_t stride_x, const Scale* beta, Out* y,
                                  std::int64_t incy, std::int64_t stride_y, std::int64_t batch) {
  return multiply_all(
      caller, {operation, m, n, lda, incx, incy, batch}, alpha, beta,
      [=](std::int64_t index, auto body) { body(a + index * stride_a, x + index * stride_x, y + index * stride_y); });
}

}  // namespace

#define VGPU_ROUTINES "shims/cublas/gemv_batched.def"
#include "shims/cublas/export_routines.inc"

#define ALL VGPU_ROUTINE
#define LETTER HSH
namespace hsh {
using T = Half;
using Out = Half;
using Scale = float;
#include VGPU_WIDTHS
}  // namespace hsh
#undef LETTER
#define LETTER HSS
namespace hss {
using T = Half;
using Out = float;
using Scale = float;
#include VGPU_WIDTHS
}  // namespace hss
#undef LETTER
#define LETTER TST
namespace tst {
using T = Bfloat;
using Out = Bfloat;
using Scale = float;
#include VGPU_WIDTHS
}  // namespace tst
#undef LETTER
#define LETTER TSS
namespace tss {
using T = Bfloat;
using Out = float;
using Scale = float;
#include VGPU_WIDTHS
}  // namespace tss
#undef LETTER
