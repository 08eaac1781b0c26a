// Level 1 with element types as parameters: the combinations that cuBLAS documents, others are not supported.
#include <cmath>

#include "gpu/blas/rotation.h"
#include "gpu/blas/routines.h"
#include "shims/cublas/level1.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;
using blas::Strided;

namespace {

// Calls visit<T>() for the element type.
template <class Visit>
cublasStatus_t with_type(cudaDataType_t type, Visit visit) {
  switch (type) {
    case kR16F:
      return visit.template operator()<blas::Half>();
    case kR16BF:
      return visit.template operator()<blas::Bfloat>();
    case kR32F:
      return visit.template operator()<float>();
    case kR64F:
      return visit.template operator()<double>();
    case kC32F:
      return visit.template operator()<std::complex<float>>();
    case kC64F:
      return visit.template operator()<std::complex<double>>();
    default:
      return kNotSupported;
  }
}
template <class Visit>
cublasStatus_t with_real_type(cudaDataType_t type, Visit visit) {
  return type == kC32F || type == kC64F ? kNotSupported : with_type(type, visit);
}

// The type that elements of `type` are computed in.
cudaDataType_t wide_type(cudaDataType_t type) {
  return type == kR16F || type == kR16BF ? kR32F : type;
}
cudaDataType_t real_type(cudaDataType_t type) {
  return type == kC32F ? kR32F : type == kC64F ? kR64F : type;
}

template <class T>
inline constexpr bool kIsDouble = sizeof(RealOf<blas::WideOf<T>>) == sizeof(double);
// Sums of F32 and narrower are F64, which neither overflows nor loses a digit.
template <class T>
using SumOf = std::conditional_t<kIsReal<blas::WideOf<T>>, double, std::complex<double>>;

template <class T>
SumOf<T> to_sum(T element) {
  return SumOf<T>(blas::widen(element));
}
template <class T>
T from_sum(SumOf<T> sum) {
  return blas::narrow<T>(blas::WideOf<T>(sum));
}

template <class T>
double magnitude(T element) {
  const auto value = to_sum(element);
  return std::abs(std::real(value)) + std::abs(std::imag(value));
}

cublasStatus_t axpy(const Caller& caller, std::int64_t n, const void* alpha, cudaDataType_t type_alpha, const void* x,
                    cudaDataType_t type_x, std::int64_t incx, void* y, cudaDataType_t type_y, std::int64_t incy,
                    cudaDataType_t execution) {
  if (type_y != type_x || execution != wide_type(type_x) || type_alpha != execution) return kNotSupported;
  if (alpha == nullptr) return kInvalidValue;
  return with_type(type_x, [&]<class T>() {
    if (n <= 0) return kSuccess;
    const auto factor = scalar(caller, static_cast<const blas::WideOf<T>*>(alpha));
    return queue(caller, [=] {
      const auto scale = to_scalar<blas::WideOf<T>>(factor);
      const Strided<const T> from(static_cast<const T*>(x), n, incx);
      const Strided<T> to(static_cast<T*>(y), n, incy);
      for (std::int64_t index = 0; index < n; ++index) {
        to[index] = blas::narrow<T>(blas::widen(to[index]) + scale * blas::widen(from[index]));
      }
    });
  });
}

cublasStatus_t scal(const Caller& caller, std::int64_t n, const void* alpha, cudaDataType_t type_alpha, void* x,
                    cudaDataType_t type_x, std::int64_t incx, cudaDataType_t execution) {
  if (execution != wide_type(type_x) || type_alpha != execution) return kNotSupported;
  if (alpha == nullptr) return kInvalidValue;
  return with_type(type_x, [&]<class T>() {
    if (n <= 0 || incx <= 0) return kSuccess;
    const auto factor = scalar(caller, static_cast<const blas::WideOf<T>*>(alpha));
    return queue(caller, [=] {
      const auto scale = to_scalar<blas::WideOf<T>>(factor);
      const Strided<T> to(static_cast<T*>(x), n, incx);
      for (std::int64_t index = 0; index < n; ++index) {
        to[index] = blas::narrow<T>(scale * blas::widen(to[index]));
      }
    });
  });
}

cublasStatus_t copy(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                    void* y, cudaDataType_t type_y, std::int64_t incy) {
  if (type_x != type_y) return kNotSupported;
  return with_type(type_x, [&]<class T>() {
    if (n <= 0) return kSuccess;
    return queue(caller, [=] {
      const Strided<const T> from(static_cast<const T*>(x), n, incx);
      const Strided<T> to(static_cast<T*>(y), n, incy);
      for (std::int64_t index = 0; index < n; ++index) to[index] = from[index];
    });
  });
}

cublasStatus_t swap(const Caller& caller, std::int64_t n, void* x, cudaDataType_t type_x, std::int64_t incx, void* y,
                    cudaDataType_t type_y, std::int64_t incy) {
  if (type_x != type_y) return kNotSupported;
  return with_type(type_x, [&]<class T>() {
    if (n <= 0) return kSuccess;
    return queue(caller, [=] {
      const Strided<T> one(static_cast<T*>(x), n, incx);
      const Strided<T> other(static_cast<T*>(y), n, incy);
      for (std::int64_t index = 0; index < n; ++index) std::swap(one[index], other[index]);
    });
  });
}

template <bool conjugated>
cublasStatus_t product(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                       const void* y, cudaDataType_t type_y, std::int64_t incy, void* result,
                       cudaDataType_t type_result, cudaDataType_t execution) {
  if (type_y != type_x || type_result != type_x || execution != wide_type(type_x)) return kNotSupported;
  return with_type(type_x, [&]<class T>() {
    return queue_result(caller, static_cast<T*>(result), [=] {
      const Strided<const T> left(static_cast<const T*>(x), n, incx);
      const Strided<const T> right(static_cast<const T*>(y), n, incy);
      SumOf<T> sum{};
      for (std::int64_t index = 0; index < n; ++index) {
        const auto factor = to_sum(left[index]);
        sum += (conjugated ? blas::conjugate(factor) : factor) * to_sum(right[index]);
      }
      return from_sum<T>(sum);
    });
  });
}
constexpr auto& dot = product<false>;
constexpr auto& dot_conjugated = product<true>;

// The result and the sums are real: `sum(x)` for a vector of T gives them in F64. Where `wide_result`, the result of
// 16-bit vectors has the type that they are executed in.
template <bool wide_result, class Sum>
cublasStatus_t reduce(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                      void* result, cudaDataType_t type_result, cudaDataType_t execution, Sum sum) {
  if (type_result != (wide_result ? wide_type(real_type(type_x)) : real_type(type_x))) return kNotSupported;
  if (execution != wide_type(wide_result ? type_x : real_type(type_x))) return kNotSupported;
  if (const auto status = check_sizes({}, {n, incx}); status != kSuccess) return status;
  return with_type(type_x, [&]<class T>() {
    using Result = std::conditional_t<sizeof(T) == 2 && !wide_result, T, RealOf<blas::WideOf<T>>>;
    return queue_result(caller, static_cast<Result*>(result), [=] {
      const double value = n <= 0 || incx <= 0 ? 0 : sum(static_cast<const T*>(x));
      return blas::narrow<Result>(static_cast<blas::WideOf<Result>>(value));
    });
  });
}

cublasStatus_t nrm2(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                    void* result, cudaDataType_t type_result, cudaDataType_t execution) {
  return reduce<false>(caller, n, x, type_x, incx, result, type_result, execution, [n, incx]<class T>(const T* values) {
    if constexpr (kIsDouble<T>) {
      return blas::nrm2(n, values, incx);
    } else {
      double squares = 0;
      for (std::int64_t index = 0; index < n; ++index) squares += std::norm(to_sum(values[index * incx]));
      return std::sqrt(squares);
    }
  });
}

cublasStatus_t asum(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                    void* result, cudaDataType_t type_result, cudaDataType_t execution) {
  return reduce<true>(caller, n, x, type_x, incx, result, type_result, execution, [n, incx]<class T>(const T* values) {
    double sum = 0;
    for (std::int64_t index = 0; index < n; ++index) sum += magnitude(values[index * incx]);
    return sum;
  });
}

// The first element for which no other one is better, counted from 1; 0 for none.
template <class Integer, class Better>
cublasStatus_t find(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                    Integer* result, Better better) {
  return with_type(type_x, [&]<class T>() {
    return queue_result(caller, result, [=]() -> std::int64_t {
      if (n <= 0 || incx <= 0) return 0;
      const auto* const values = static_cast<const T*>(x);
      std::int64_t best = 0;
      for (std::int64_t index = 1; index < n; ++index) {
        if (better(magnitude(values[index * incx]), magnitude(values[best * incx]))) best = index;
      }
      return best + 1;
    });
  });
}
template <class Integer>
cublasStatus_t iamax(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                     Integer* result) {
  return find(caller, n, x, type_x, incx, result, std::greater<>());
}
template <class Integer>
cublasStatus_t iamin(const Caller& caller, std::int64_t n, const void* x, cudaDataType_t type_x, std::int64_t incx,
                     Integer* result) {
  return find(caller, n, x, type_x, incx, result, std::less<>());
}

cublasStatus_t rot(const Caller& caller, std::int64_t n, void* x, cudaDataType_t type_x, std::int64_t incx, void* y,
                   cudaDataType_t type_y, std::int64_t incy, const void* c, const void* s, cudaDataType_t type_cs,
                   cudaDataType_t execution) {
  if (type_y != type_x || execution != wide_type(type_x)) return kNotSupported;
  if (type_cs != type_x && type_cs != real_type(type_x)) return kNotSupported;
  if (c == nullptr || s == nullptr) return kInvalidValue;
  return with_type(type_x, [&]<class T>() {
    if (n <= 0) return kSuccess;
    const int mode = caller.handle->pointer_mode;
    const ScalarArgument cosine(mode, *to_data_type(type_cs), c);
    const ScalarArgument sine(mode, *to_data_type(type_cs), s);
    return queue(caller, [=] {
      using Wide = blas::WideOf<T>;
      blas::rotate(n, Strided<T>(static_cast<T*>(x), n, incx), Strided<T>(static_cast<T*>(y), n, incy),
                   to_scalar<RealOf<Wide>>(cosine), to_scalar<Wide>(sine));
    });
  });
}

cublasStatus_t rotm(const Caller& caller, std::int64_t n, void* x, cudaDataType_t type_x, std::int64_t incx, void* y,
                    cudaDataType_t type_y, std::int64_t incy, const void* parameters, cudaDataType_t type_parameters,
                    cudaDataType_t execution) {
  if (type_y != type_x || type_parameters != type_x || execution != wide_type(type_x)) return kNotSupported;
  if (parameters == nullptr) return kInvalidValue;
  return with_real_type(type_x, [&]<class T>() {
    if (n <= 0) return kSuccess;
    const RotationParameters<T> given(caller, static_cast<const T*>(parameters));
    return queue(caller, [=] {
      if constexpr (kIsReal<blas::WideOf<T>>) {
        blas::WideOf<T> wide[5];
        std::ranges::transform(given.values(), wide, blas::widen<T>);
        blas::rotate(n, Strided<T>(static_cast<T*>(x), n, incx), Strided<T>(static_cast<T*>(y), n, incy),
                     blas::ModifiedRotation<blas::WideOf<T>>(wide));
      }
    });
  });
}

cublasStatus_t rotg(const Caller& caller, void* a, void* b, cudaDataType_t type_ab, void* c, void* s,
                    cudaDataType_t type_cs, cudaDataType_t execution) {
  if (type_cs != type_ab || execution != wide_type(type_ab)) return kNotSupported;
  if (a == nullptr || b == nullptr || c == nullptr || s == nullptr) return kInvalidValue;
  return with_real_type(type_ab, [&]<class T>() {
    return run_on_scalars(caller, [=] {
      using Wide = blas::WideOf<T>;
      Wide wide_a = blas::widen(*static_cast<T*>(a));
      Wide wide_b = blas::widen(*static_cast<T*>(b));
      RealOf<Wide> cosine{};
      Wide sine{};
      blas::make_rotation(wide_a, wide_b, cosine, sine);
      *static_cast<T*>(a) = blas::narrow<T>(wide_a);
      *static_cast<T*>(b) = blas::narrow<T>(wide_b);
      *static_cast<T*>(c) = blas::narrow<T>(Wide(cosine));
      *static_cast<T*>(s) = blas::narrow<T>(sine);
    });
  });
}

cublasStatus_t rotmg(const Caller& caller, void* d1, cudaDataType_t type_d1, void* d2, cudaDataType_t type_d2, void* x1,
                     cudaDataType_t type_x1, const void* y1, cudaDataType_t type_y1, void* parameters,
                     cudaDataType_t type_parameters, cudaDataType_t execution) {
  const auto others = {type_d2, type_x1, type_y1, type_parameters};
  if (std::ranges::any_of(others, [&](cudaDataType_t type) { return type != type_d1; })) return kNotSupported;
  if (execution != wide_type(type_d1)) return kNotSupported;
  if (d1 == nullptr || d2 == nullptr || x1 == nullptr || y1 == nullptr || parameters == nullptr) return kInvalidValue;
  return with_real_type(type_d1, [&]<class T>() {
    return run_on_scalars(caller, [=] {
      using Wide = blas::WideOf<T>;
      if constexpr (kIsReal<Wide>) {
        Wide wide[8] = {blas::widen(*static_cast<T*>(d1)), blas::widen(*static_cast<T*>(d2)),
                        blas::widen(*static_cast<T*>(x1))};
        constexpr auto kMake = choose<Wide, cblas_srotmg, cblas_drotmg, nullptr, nullptr>();
        kMake(&wide[0], &wide[1], &wide[2], blas::widen(*static_cast<const T*>(y1)), &wide[3]);
        *static_cast<T*>(d1) = blas::narrow<T>(wide[0]);
        *static_cast<T*>(d2) = blas::narrow<T>(wide[1]);
        *static_cast<T*>(x1) = blas::narrow<T>(wide[2]);
        std::transform(&wide[3], &wide[8], static_cast<T*>(parameters), blas::narrow<T>);
      }
    });
  });
}

}  // namespace

#define VGPU_ROUTINES "shims/cublas/level1_ex.def"
#include "shims/cublas/export_routines.inc"
