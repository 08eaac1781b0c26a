#include <cstring>

#include "gpu/blas/element.h"
#include "tests/unit/cublas_levels.h"

// gemvBatched and gemvStridedBatched against sums in long doubles, in both widths.
using vgpu::blas::Bfloat;
using vgpu::blas::Half;
#define GEMV_BATCHED(l, T, Out, Scale)                                                                              \
  DECLARE(l, T, gemvBatched, int, int, int, const Scale*, const T* const*, int, const T* const*, int, const Scale*, \
          Out* const*, int, int)
#define GEMV_STRIDED(l, T, Out, Scale)                                                                               \
  DECLARE(l, T, gemvStridedBatched, int, int, int, const Scale*, const T*, int, long long, const T*, int, long long, \
          const Scale*, Out*, int, long long, int)
#define GEMV_BATCHED_64(l, T, Out, Scale)                                                                        \
  DECLARE(l, T, gemvBatched_64, int, Index, Index, const Scale*, const T* const*, Index, const T* const*, Index, \
          const Scale*, Out* const*, Index, Index)
#define GEMV_STRIDED_64(l, T, Out, Scale)                                                                            \
  DECLARE(l, T, gemvStridedBatched_64, int, Index, Index, const Scale*, const T*, Index, long long, const T*, Index, \
          long long, const Scale*, Out*, Index, long long, Index)
#define ALL_KINDS(declare)                                                      \
  declare(S, float, float, float);                                              \
  declare(D, double, double, double);                                           \
  declare(C, std::complex<float>, std::complex<float>, std::complex<float>);    \
  declare(Z, std::complex<double>, std::complex<double>, std::complex<double>); \
  declare(HSH, Half, Half, float);                                              \
  declare(HSS, Half, float, float);                                             \
  declare(TST, Bfloat, Bfloat, float);                                          \
  declare(TSS, Bfloat, float, float)
ALL_KINDS(GEMV_BATCHED);
ALL_KINDS(GEMV_STRIDED);
ALL_KINDS(GEMV_BATCHED_64);
ALL_KINDS(GEMV_STRIDED_64);

namespace vgpu::cublas_test {
namespace {

// The four functions of one kind, and their types. `unit` is the rounding of y.
#define KIND(name, In, Result, Scalar, rounding)                            \
  struct name {                                                             \
    using T = In;                                                           \
    using Out = Result;                                                     \
    using Scale = Scalar;                                                   \
    static constexpr long double kUnit = rounding;                          \
    static constexpr auto kBatched = cublas##name##gemvBatched;             \
    static constexpr auto kBatched64 = cublas##name##gemvBatched_64;        \
    static constexpr auto kStrided = cublas##name##gemvStridedBatched;      \
    static constexpr auto kStrided64 = cublas##name##gemvStridedBatched_64; \
  }
KIND(S, float, float, float, 0x1p-23L);
KIND(D, double, double, double, 0x1p-52L);
KIND(C, std::complex<float>, std::complex<float>, std::complex<float>, 0x1p-23L);
KIND(Z, std::complex<double>, std::complex<double>, std::complex<double>, 0x1p-52L);
KIND(HSH, Half, Half, float, 0x1p-10L);
KIND(HSS, Half, float, float, 0x1p-23L);
KIND(TST, Bfloat, Bfloat, float, 0x1p-7L);
KIND(TSS, Bfloat, float, float, 0x1p-23L);

template <class Kind>
class CublasGemvBatched : public CublasLevels<float> {
 protected:
  using In = typename Kind::T;
  using Out = typename Kind::Out;
  using Scalar = typename Kind::Scale;

  template <class T>
  T random_element() {
    using Value = blas::WideOf<T>;
    return blas::narrow<T>(narrow<Value>({part(), part()}));
  }
  template <class T>
  std::vector<T> random_elements(std::size_t count) {
    std::vector<T> made(count);
    std::ranges::generate(made, [&] { return random_element<T>(); });
    return made;
  }
  long double part() { return static_cast<long double>(random_() % 2001) / 1000 - 1; }
  static std::size_t place(int n, int increment, int index) {
    return static_cast<std::size_t>(increment > 0 ? index * increment : (n - 1 - index) * -increment);
  }

  // call(alpha, a, x, beta, y) with kBatch products, one after the other in memory.
  template <class Call>
  void check(int operation, int m, int n, int lda, int incx, int incy, bool keep, Call call) {
    const int terms = operation == 0 ? n : m;
    const int results = operation == 0 ? m : n;
    const std::size_t size_a = area(lda, n);
    const std::size_t size_x = static_cast<std::size_t>(terms) * std::abs(incx);
    const std::size_t size_y = static_cast<std::size_t>(results) * std::abs(incy);
    const auto a = random_elements<In>(size_a * kBatch);
    const auto x = random_elements<In>(size_x * kBatch);
    auto y = random_elements<Out>(size_y * kBatch);
    const auto alpha = random_element<Scalar>();
    const auto beta = keep ? random_element<Scalar>() : Scalar{};
    for (int index = 0; index < kBatch && !keep; ++index) {
      for (int row = 0; row < results; ++row) {
        y[index * size_y + place(results, incy, row)] =
            blas::narrow<Out>(blas::WideOf<Out>(std::numeric_limits<float>::quiet_NaN()));
      }
    }
    const auto before = y;
    ASSERT_EQ(call(alpha, a.data(), size_a, x.data(), size_x, beta, y.data(), size_y), kSuccess);
    driver.run();
    for (int index = 0; index < kBatch; ++index) {
      for (int row = 0; row < results; ++row) {
        Wide sum;
        for (int term = 0; term < terms; ++term) {
          const std::size_t at = operation == 0 ? area(lda, term) + row : area(lda, row) + term;
          const Wide factor = conjugated(Wide(blas::widen(a[index * size_a + at])), operation == 2);
          sum += factor * Wide(blas::widen(x[index * size_x + place(terms, incx, term)]));
        }
        const std::size_t at = index * size_y + place(results, incy, row);
        Wide expected = Wide(alpha) * sum;
        if (keep) expected += Wide(beta) * Wide(blas::widen(before[at]));
        const auto actual = Wide(blas::widen(y[at]));
        const long double sums = std::max(0x1p-52L, Kind::kUnit > 0x1p-30L ? 0x1p-23L : Kind::kUnit) * 16 * (terms + 2);
        ASSERT_LE(std::abs(actual - expected), sums + Kind::kUnit * std::abs(expected)) << index << ", " << row;
      }
    }
    for (std::size_t at = 0; at < y.size(); ++at) {
      if (at % static_cast<std::size_t>(std::abs(incy)) != 0) {
        ASSERT_EQ(std::memcmp(&y[at], &before[at], sizeof y[at]), 0) << "between the elements";
      }
    }
  }
  static constexpr int kBatch = 3;
};
using Kinds = ::testing::Types<S, D, C, Z, HSH, HSS, TST, TSS>;
TYPED_TEST_SUITE(CublasGemvBatched, Kinds);

template <class T>
std::vector<T*> pointers(T* first, std::size_t stride, int count) {
  std::vector<T*> made;
  for (int index = 0; index < count; ++index) made.push_back(first + stride * index);
  return made;
}

TYPED_TEST(CublasGemvBatched, EveryProduct) {
  using Kind = TypeParam;
  for (const auto& [m, n] : {std::pair{1, 1}, {5, 3}, {2, 33}, {40, 7}}) {
    for (int choice = 0; choice < 12; ++choice) {
      const int operation = choice % 3;
      const bool keep = choice / 3 % 2 == 1;
      const int incx = choice / 6 == 1 ? 2 : -1;
      const int incy = choice / 6 == 1 ? -3 : 1;
      const int lda = m + 1;
      this->check(operation, m, n, lda, incx, incy, keep,
                  [&](auto alpha, auto a, auto stride_a, auto x, auto stride_x, auto beta, auto y, auto stride_y) {
                    return Kind::kStrided(this->handle_, operation, m, n, &alpha, a, lda, stride_a, x, incx, stride_x,
                                          &beta, y, incy, stride_y, this->kBatch);
                  });
      this->check(operation, m, n, lda, incx, incy, keep,
                  [&](auto alpha, auto a, auto stride_a, auto x, auto stride_x, auto beta, auto y, auto stride_y) {
                    return Kind::kStrided64(this->handle_, operation, m, n, &alpha, a, lda, stride_a, x, incx, stride_x,
                                            &beta, y, incy, stride_y, this->kBatch);
                  });
      const auto with_arrays = [&](auto function) {
        return
            [&, function](auto alpha, auto a, auto stride_a, auto x, auto stride_x, auto beta, auto y, auto stride_y) {
              const auto as = pointers(a, stride_a, this->kBatch);
              const auto xs = pointers(x, stride_x, this->kBatch);
              const auto ys = pointers(y, stride_y, this->kBatch);
              const auto status = function(this->handle_, operation, m, n, &alpha, as.data(), lda, xs.data(), incx,
                                           &beta, ys.data(), incy, this->kBatch);
              driver.run();
              return status;
            };
      };
      this->check(operation, m, n, lda, incx, incy, keep, with_arrays(Kind::kBatched));
      this->check(operation, m, n, lda, incx, incy, keep, with_arrays(Kind::kBatched64));
    }
  }
}

TYPED_TEST(CublasGemvBatched, ArgumentsAndScalarsInDeviceMode) {
  using Kind = TypeParam;
  using Scale = typename Kind::Scale;
  Scale alpha(1);
  const Scale zero{};
  auto a = blas::narrow<typename Kind::T>(3);
  auto y = blas::narrow<typename Kind::Out>(9);
  const auto gemv = [&](int operation, int m, int lda, int incx, int incy, const Scale* scale, int batch) {
    return Kind::kStrided(this->handle_, operation, m, 1, scale, &a, lda, 0, &a, incx, 0, &zero, &y, incy, 0, batch);
  };
  EXPECT_EQ(gemv(3, 1, 1, 1, 1, &alpha, 1), kInvalidValue);
  EXPECT_EQ(gemv(0, -1, 1, 1, 1, &alpha, 1), kInvalidValue);
  EXPECT_EQ(gemv(0, 1, 0, 1, 1, &alpha, 1), kInvalidValue);
  EXPECT_EQ(gemv(0, 1, 1, 0, 1, &alpha, 1), kInvalidValue);
  EXPECT_EQ(gemv(0, 1, 1, 1, 0, &alpha, 1), kInvalidValue);
  EXPECT_EQ(gemv(0, 1, 1, 1, 1, nullptr, 1), kInvalidValue);
  EXPECT_EQ(gemv(0, 1, 1, 1, 1, &alpha, -1), kInvalidValue);
  EXPECT_EQ(gemv(0, 0, 1, 1, 1, &alpha, 1), kSuccess);
  EXPECT_EQ(gemv(0, 1, 1, 1, 1, &alpha, 0), kSuccess);
  EXPECT_TRUE(driver.queue.empty());
  ASSERT_EQ(cublasSetPointerMode_v2(this->handle_, 1), kSuccess);
  ASSERT_EQ(gemv(0, 1, 1, 1, 1, &alpha, 1), kSuccess);
  alpha = Scale(2);
  driver.run();
  EXPECT_EQ(blas::widen(y), blas::WideOf<typename Kind::Out>(18)) << "alpha is what it is when the stream gets there";
}

}  // namespace
}  // namespace vgpu::cublas_test
