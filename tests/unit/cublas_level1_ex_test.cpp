#include "gpu/blas/element.h"
#include "tests/unit/cublas_levels.h"

// Level 1 with element types as parameters: the documented combinations compute, all others are not supported.
using vgpu::blas::Bfloat;
using vgpu::blas::Half;
extern "C" {
cublasStatus_t cublasAxpyEx(cublasHandle_t, int, const void*, int, const void*, int, int, void*, int, int, int);
cublasStatus_t cublasAxpyEx_64(cublasHandle_t, Index, const void*, int, const void*, int, Index, void*, int, Index,
                               int);
cublasStatus_t cublasScalEx(cublasHandle_t, int, const void*, int, void*, int, int, int);
cublasStatus_t cublasCopyEx(cublasHandle_t, int, const void*, int, int, void*, int, int);
cublasStatus_t cublasSwapEx_64(cublasHandle_t, Index, void*, int, Index, void*, int, Index);
cublasStatus_t cublasDotEx(cublasHandle_t, int, const void*, int, int, const void*, int, int, void*, int, int);
cublasStatus_t cublasDotcEx_64(cublasHandle_t, Index, const void*, int, Index, const void*, int, Index, void*, int,
                               int);
cublasStatus_t cublasNrm2Ex(cublasHandle_t, int, const void*, int, int, void*, int, int);
cublasStatus_t cublasAsumEx_64(cublasHandle_t, Index, const void*, int, Index, void*, int, int);
cublasStatus_t cublasIamaxEx(cublasHandle_t, int, const void*, int, int, int*);
cublasStatus_t cublasIaminEx_64(cublasHandle_t, Index, const void*, int, Index, Index*);
cublasStatus_t cublasRotEx(cublasHandle_t, int, void*, int, int, void*, int, int, const void*, const void*, int, int);
cublasStatus_t cublasRotmEx(cublasHandle_t, int, void*, int, int, void*, int, int, const void*, int, int);
cublasStatus_t cublasRotgEx(cublasHandle_t, void*, void*, int, void*, void*, int, int);
cublasStatus_t cublasRotmgEx(cublasHandle_t, void*, int, void*, int, void*, int, const void*, int, void*, int, int);
}

namespace vgpu::cublas_test {
namespace {

// An element type, its number and those of its sums and of their real parts; the rounding of one element.
template <class Element, int type, int execution, int real_execution, int exponent>
struct Of {
  using T = Element;
  using Wide1 = blas::WideOf<T>;
  static constexpr int kType = type, kExecution = execution, kRealExecution = real_execution;
  static constexpr int kRealType = type == kC32F ? kR32F : type == kC64F ? kR64F : type;
  using RealT = std::conditional_t<sizeof(T) == 2, T, Part<Wide1>>;
  static long double unit() { return std::ldexp(1.0L, exponent); }
};
using ElementTypes = ::testing::Types<Of<Half, kR16F, kR32F, kR32F, -10>, Of<Bfloat, kR16BF, kR32F, kR32F, -7>,
                                      Of<float, kR32F, kR32F, kR32F, -23>, Of<double, kR64F, kR64F, kR64F, -52>,
                                      Of<std::complex<float>, kC32F, kC32F, kR32F, -23>,
                                      Of<std::complex<double>, kC64F, kC64F, kR64F, -52>>;

template <class Kind>
class CublasLevel1Ex : public CublasLevels<float> {
 protected:
  using Element = typename Kind::T;
  using Value = typename Kind::Wide1;

  Element element_of(Wide value) { return blas::narrow<Element>(narrow<Value>(value)); }
  Element random_one() {
    const auto part = [&] { return static_cast<long double>(random_() % 2001) / 1000 - 1; };
    return element_of({part(), part()});
  }
  std::vector<Element> vector_of(int n, int increment) {
    std::vector<Element> made(static_cast<std::size_t>(std::max(n, 1)) * std::abs(increment));
    std::ranges::generate(made, [&] { return random_one(); });
    return made;
  }
  static std::size_t place(int n, int increment, int index) {
    return static_cast<std::size_t>(increment > 0 ? index * increment : (n - 1 - index) * -increment);
  }
  static Wide wide(Element element) { return Wide(blas::widen(element)); }
  static void expect_element(Element actual, Wide expected, int terms) {
    ASSERT_LE(std::abs(wide(actual) - expected), Kind::unit() * (4 * (terms + 2) + std::abs(expected)));
  }
  static constexpr int kType = Kind::kType, kExecution = Kind::kExecution, kRealExecution = Kind::kRealExecution;
};
TYPED_TEST_SUITE(CublasLevel1Ex, ElementTypes);

TYPED_TEST(CublasLevel1Ex, AxpyAndScal) {
  using Kind = TypeParam;
  const auto alpha = narrow<typename Kind::Wide1>(Wide(0.75L, -0.5L));
  for (const int n : this->kSizes) {
    for (const auto& [incx, incy] : {std::pair{1, 1}, {2, -3}, {-1, 2}}) {
      const auto x = this->vector_of(n, incx);
      auto y = this->vector_of(n, incy);
      const auto before = y;
      const bool long_form = incx == 2;
      ASSERT_EQ(long_form ? cublasAxpyEx_64(this->handle_, n, &alpha, this->kExecution, x.data(), this->kType, incx,
                                            y.data(), this->kType, incy, this->kExecution)
                          : cublasAxpyEx(this->handle_, n, &alpha, this->kExecution, x.data(), this->kType, incx,
                                         y.data(), this->kType, incy, this->kExecution),
                kSuccess);
      driver.run();
      for (int index = 0; index < n; ++index) {
        const auto at = this->place(n, incy, index);
        this->expect_element(y[at], Wide(alpha) * this->wide(x[this->place(n, incx, index)]) + this->wide(before[at]),
                             1);
      }
      const auto scaled = y;
      ASSERT_EQ(cublasScalEx(this->handle_, n, &alpha, this->kExecution, y.data(), this->kType, incy, this->kExecution),
                kSuccess);
      driver.run();
      for (std::size_t at = 0; at < y.size(); ++at) {
        const bool inside = incy > 0 && n > 0 && at % static_cast<std::size_t>(incy) == 0;
        this->expect_element(y[at], inside ? Wide(alpha) * this->wide(scaled[at]) : this->wide(scaled[at]), 0);
      }
    }
  }
}

TYPED_TEST(CublasLevel1Ex, CopyAndSwap) {
  using T = typename TypeParam::T;
  const auto same = [](T one, T other) { return blas::widen(one) == blas::widen(other); };
  for (const int n : this->kSizes) {
    auto x = this->vector_of(n, 2);
    auto y = this->vector_of(n, -1);
    const auto old_x = x;
    const auto old_y = y;
    ASSERT_EQ(cublasSwapEx_64(this->handle_, n, x.data(), this->kType, 2, y.data(), this->kType, -1), kSuccess);
    driver.run();
    for (int index = 0; index < n; ++index) {
      EXPECT_TRUE(same(x[this->place(n, 2, index)], old_y[this->place(n, -1, index)]));
      EXPECT_TRUE(same(y[this->place(n, -1, index)], old_x[this->place(n, 2, index)]));
    }
    ASSERT_EQ(cublasCopyEx(this->handle_, n, x.data(), this->kType, 2, y.data(), this->kType, -1), kSuccess);
    driver.run();
    for (int index = 0; index < n; ++index) {
      EXPECT_TRUE(same(y[this->place(n, -1, index)], x[this->place(n, 2, index)]));
    }
  }
}

TYPED_TEST(CublasLevel1Ex, Reductions) {
  using Kind = TypeParam;
  using T = typename Kind::T;
  for (const int n : this->kSizes) {
    auto x = this->vector_of(n, 2);
    auto y = this->vector_of(n, -3);
    Wide plain;
    Wide conjugate;
    long double squares = 0;
    long double sum = 0;
    int largest = 0;
    int smallest = 0;
    const auto size = [&](int index) {
      const Wide value = this->wide(x[this->place(n, 2, index)]);
      return std::abs(value.real()) + std::abs(value.imag());
    };
    for (int index = 0; index < n; ++index) {
      const Wide left = this->wide(x[this->place(n, 2, index)]);
      const Wide right = this->wide(y[this->place(n, -3, index)]);
      plain += left * right;
      conjugate += std::conj(left) * right;
      squares += std::norm(left);
      sum += size(index);
      if (size(index) > size(largest)) largest = index;
      if (size(index) < size(smallest)) smallest = index;
    }
    T result{};
    ASSERT_EQ(cublasDotEx(this->handle_, n, x.data(), this->kType, 2, y.data(), this->kType, -3, &result, this->kType,
                          this->kExecution),
              kSuccess);
    this->expect_element(result, plain, 2);
    ASSERT_EQ(cublasDotcEx_64(this->handle_, n, x.data(), this->kType, 2, y.data(), this->kType, -3, &result,
                              this->kType, this->kExecution),
              kSuccess);
    this->expect_element(result, conjugate, 2);

    typename Kind::RealT real{};
    ASSERT_EQ(cublasNrm2Ex(this->handle_, n, x.data(), this->kType, 2, &real, Kind::kRealType, this->kRealExecution),
              kSuccess);
    ASSERT_NEAR(blas::widen(real), std::sqrt(squares), Kind::unit() * (1 + std::sqrt(squares)) * 4);
    Part<typename Kind::Wide1> total = -1;
    ASSERT_EQ(
        cublasAsumEx_64(this->handle_, n, x.data(), this->kType, 2, &total, this->kRealExecution, this->kExecution),
        kSuccess);
    ASSERT_NEAR(total, sum, std::numeric_limits<Part<typename Kind::Wide1>>::epsilon() * (1 + sum) * 4);
    int index = -1;
    ASSERT_EQ(cublasIamaxEx(this->handle_, n, x.data(), this->kType, 2, &index), kSuccess);
    EXPECT_EQ(index, n == 0 ? 0 : largest + 1);
    Index index_64 = -1;
    ASSERT_EQ(cublasIaminEx_64(this->handle_, n, x.data(), this->kType, 2, &index_64), kSuccess);
    EXPECT_EQ(index_64, n == 0 ? 0 : smallest + 1);
  }
}

TYPED_TEST(CublasLevel1Ex, Rotations) {
  using Kind = TypeParam;
  using T = typename Kind::T;
  const T c = this->element_of(0.5L);
  const T s = this->element_of({-0.75L, 0.25L});
  auto x = this->vector_of(7, 2);
  auto y = this->vector_of(7, -1);
  auto old_x = x;
  auto old_y = y;
  ASSERT_EQ(cublasRotEx(this->handle_, 7, x.data(), this->kType, 2, y.data(), this->kType, -1, &c, &s, this->kType,
                        this->kExecution),
            kSuccess);
  driver.run();
  for (int index = 0; index < 7; ++index) {
    const Wide left = this->wide(old_x[this->place(7, 2, index)]);
    const Wide right = this->wide(old_y[this->place(7, -1, index)]);
    this->expect_element(x[this->place(7, 2, index)], 0.5L * left + this->wide(s) * right, 2);
    this->expect_element(y[this->place(7, -1, index)], 0.5L * right - std::conj(this->wide(s)) * left, 2);
  }
  T a = this->element_of({3, -1});
  T b = this->element_of({4, 2});
  const Wide old_a = this->wide(a);
  const Wide old_b = this->wide(b);
  T cosine{};
  T sine{};
  const auto made_one = cublasRotgEx(this->handle_, &a, &b, this->kType, &cosine, &sine, this->kType, this->kExecution);
  if constexpr (kReal<typename Kind::Wide1>) {
    ASSERT_EQ(made_one, kSuccess);
    this->expect_element(a, this->wide(cosine) * old_a + this->wide(sine) * old_b, 8);
    this->expect_element(this->element_of(0), this->wide(cosine) * old_b - this->wide(sine) * old_a, 8);
  } else {
    EXPECT_EQ(made_one, kNotSupported);
  }

  const T one = this->element_of(1);
  T parameters[] = {this->element_of(-1), this->element_of(2), this->element_of(-0.5L), this->element_of(3),
                    this->element_of(0.25L)};
  T first = this->element_of(2);
  T second = this->element_of(4);
  const auto rotated = cublasRotmEx(this->handle_, 1, &first, this->kType, 1, &second, this->kType, 1, parameters,
                                    this->kType, this->kExecution);
  T d1 = one;
  T d2 = one;
  T x1 = this->element_of(2);
  T made[5] = {};
  const T y1 = this->element_of(0.5L);
  const auto generated = cublasRotmgEx(this->handle_, &d1, this->kType, &d2, this->kType, &x1, this->kType, &y1,
                                       this->kType, made, this->kType, this->kExecution);
  if constexpr (kReal<typename Kind::Wide1>) {
    ASSERT_EQ(rotated, kSuccess);
    ASSERT_EQ(generated, kSuccess);
    driver.run();
    this->expect_element(first, 2 * 2 + 3 * 4, 2);
    this->expect_element(second, -0.5L * 2 + 0.25L * 4, 2);
    // Flag 0 with h21 = -y1/x1 and h12 = (d2 y1)/(d1 x1); x1 becomes x1 (1 + h12 y1/x1).
    this->expect_element(made[0], 0, 0);
    this->expect_element(made[2], -0.25L, 0);
    this->expect_element(made[3], 0.25L, 0);
    this->expect_element(x1, 2 * 1.0625L, 0);
    this->expect_element(d1, 1 / 1.0625L, 0);
  } else {
    EXPECT_EQ(rotated, kNotSupported);
    EXPECT_EQ(generated, kNotSupported);
  }
}

TYPED_TEST(CublasLevel1Ex, OtherCombinationsAreNotSupported) {
  using T = typename TypeParam::T;
  T x = this->element_of(1);
  T y = this->element_of(1);
  const auto alpha = narrow<typename TypeParam::Wide1>(Wide(1));
  for (const int other : {kR16F, kR16BF, kR32F, kR64F, kC32F, kC64F, kR8I}) {
    if (other != this->kExecution) {
      EXPECT_EQ(cublasAxpyEx(this->handle_, 1, &alpha, this->kExecution, &x, this->kType, 1, &y, this->kType, 1, other),
                kNotSupported);
      EXPECT_EQ(cublasScalEx(this->handle_, 1, &alpha, other, &x, this->kType, 1, this->kExecution), kNotSupported);
      EXPECT_EQ(cublasDotEx(this->handle_, 1, &x, this->kType, 1, &y, this->kType, 1, &x, this->kType, other),
                kNotSupported);
    }
    if (other != this->kType) {
      EXPECT_EQ(cublasCopyEx(this->handle_, 1, &x, this->kType, 1, &y, other, 1), kNotSupported);
      EXPECT_EQ(cublasDotEx(this->handle_, 1, &x, this->kType, 1, &y, other, 1, &x, this->kType, this->kExecution),
                kNotSupported);
      EXPECT_EQ(cublasDotEx(this->handle_, 1, &x, this->kType, 1, &y, this->kType, 1, &x, other, this->kExecution),
                kNotSupported);
    }
    if (other != TypeParam::kRealType) {
      EXPECT_EQ(cublasNrm2Ex(this->handle_, 1, &x, this->kType, 1, &y, other, this->kRealExecution), kNotSupported);
    }
  }
  EXPECT_EQ(cublasAxpyEx(this->handle_, 1, nullptr, this->kExecution, &x, this->kType, 1, &y, this->kType, 1,
                         this->kExecution),
            kInvalidValue);
  EXPECT_EQ(
      cublasDotEx(this->handle_, 1, &x, this->kType, 1, &y, this->kType, 1, nullptr, this->kType, this->kExecution),
      kInvalidValue);
  EXPECT_EQ(cublasIamaxEx(this->handle_, 1, &x, this->kType, 1, nullptr), kInvalidValue);
  EXPECT_TRUE(driver.queue.empty());
}

TYPED_TEST(CublasLevel1Ex, ResultsOnTheDeviceComeInStreamOrder) {
  using T = typename TypeParam::T;
  T x = this->element_of(1);
  T result = this->element_of(7);
  ASSERT_EQ(cublasSetPointerMode_v2(this->handle_, 1), kSuccess);
  ASSERT_EQ(
      cublasDotEx(this->handle_, 1, &x, this->kType, 1, &x, this->kType, 1, &result, this->kType, this->kExecution),
      kSuccess);
  x = this->element_of(3);
  this->expect_element(result, 7, 0);
  driver.run();
  this->expect_element(result, 9, 0);
}

}  // namespace
}  // namespace vgpu::cublas_test
