// Rotations, and scalings of complex vectors by real numbers.
#include "shims/cublas/level1.h"

#include "gpu/blas/rotation.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;

namespace {

template <class T, class Sine>
cublasStatus_t rot(const Caller& caller, std::int64_t n, T* x, std::int64_t incx, T* y, std::int64_t incy,
                   const RealOf<T>* c, const Sine* s) {
  if (c == nullptr || s == nullptr) return kInvalidValue;
  if (n <= 0) return kSuccess;
  return queue(caller, [=, c = scalar(caller, c), s = scalar(caller, s)] {
    blas::rotate(n, blas::Strided<T>(x, n, incx), blas::Strided<T>(y, n, incy), to_scalar<RealOf<T>>(c),
                 to_scalar<Sine>(s));
  });
}

template <class T>
cublasStatus_t rotg(const Caller& caller, T* a, T* b, RealOf<T>* c, T* s) {
  if (a == nullptr || b == nullptr || c == nullptr || s == nullptr) return kInvalidValue;
  return run_on_scalars(caller, [=] { blas::make_rotation(*a, *b, *c, *s); });
}

template <class T>
cublasStatus_t rotm(const Caller& caller, std::int64_t n, T* x, std::int64_t incx, T* y, std::int64_t incy,
                    const T* parameters) {
  if (parameters == nullptr) return kInvalidValue;
  if (n <= 0) return kSuccess;
  return queue(caller, [=, parameters = RotationParameters<T>(caller, parameters)] {
    blas::rotate(n, blas::Strided<T>(x, n, incx), blas::Strided<T>(y, n, incy),
                 blas::ModifiedRotation<T>(parameters.values().data()));
  });
}

template <class T>
cublasStatus_t rotmg(const Caller& caller, T* d1, T* d2, T* x1, const T* y1, T* parameters) {
  if (d1 == nullptr || d2 == nullptr || x1 == nullptr || y1 == nullptr || parameters == nullptr) return kInvalidValue;
  return run_on_scalars(caller, [=] { VGPU_OPENBLAS_REAL(rotmg)(d1, d2, x1, *y1, parameters); });
}

template <class T>
cublasStatus_t scal(const Caller& caller, std::int64_t n, const RealOf<T>* alpha, T* x, std::int64_t incx) {
  if (alpha == nullptr) return kInvalidValue;
  if (n <= 0 || incx <= 0) return kSuccess;
  return queue(caller, [=, alpha = scalar(caller, alpha)] {
    const auto scale = to_scalar<RealOf<T>>(alpha);
    for (std::int64_t index = 0; index < n; ++index) x[index * incx] *= scale;
  });
}

}  // namespace

#define VGPU_ROUTINES "shims/cublas/level1.def"
#include "shims/cublas/export_routines.inc"
