#include "tests/unit/cublas_levels.h"

// Rotations, and scalings of complex vectors by real numbers.
#define ROT(l, T) DECLARE(l, T, rot_v2, int, T*, int, T*, int, const vgpu::cublas_test::Part<T>*, const T*)
#define ROT_64(l, T) DECLARE(l, T, rot_v2_64, Index, T*, Index, T*, Index, const vgpu::cublas_test::Part<T>*, const T*)
#define ROTG(l, T) DECLARE(l, T, rotg_v2, T*, T*, vgpu::cublas_test::Part<T>*, T*)
#define ROTM(l, T) DECLARE(l, T, rotm_v2, int, T*, int, T*, int, const T*)
#define ROTMG(l, T) DECLARE(l, T, rotmg_v2, T*, T*, T*, const T*, T*)
REAL_AND_COMPLEX(ROT);
REAL_AND_COMPLEX(ROT_64);
REAL_AND_COMPLEX(ROTG);
ROTM(S, float);
ROTM(D, double);
ROTMG(S, float);
ROTMG(D, double);
extern "C" {
cublasStatus_t cublasCsrot_v2(cublasHandle_t, int, std::complex<float>*, int, std::complex<float>*, int, const float*,
                              const float*);
cublasStatus_t cublasZdrot_v2_64(cublasHandle_t, Index, std::complex<double>*, Index, std::complex<double>*, Index,
                                 const double*, const double*);
cublasStatus_t cublasCsscal_v2(cublasHandle_t, int, const float*, std::complex<float>*, int);
cublasStatus_t cublasZdscal_v2_64(cublasHandle_t, Index, const double*, std::complex<double>*, Index);
}

namespace vgpu::cublas_test {
namespace {

template <class T>
class CublasRotations : public CublasLevels<T> {
 protected:
  using Values = std::vector<T>;

  // x = c x + s y and y = c y - conj(s) x for several lengths and increments; nothing between the elements changes.
  template <class Call>
  void check(Wide c, Wide s, Call call) {
    for (const int n : this->kSizes) {
      for (const auto& [incx, incy] : {std::pair{1, 1}, {2, -3}, {-1, 2}}) {
        Values x = this->vector(n, incx);
        Values y = this->vector(n, incy);
        Values old_x = x;
        Values old_y = y;
        ASSERT_EQ(call(n, x.data(), incx, y.data(), incy), kSuccess);
        driver.run();
        for (int index = 0; index < n; ++index) {
          const Wide at_x = this->element(old_x, n, incx, index);
          const Wide at_y = this->element(old_y, n, incy, index);
          this->expect_near(this->element(x, n, incx, index), c * at_x + s * at_y, 2);
          this->expect_near(this->element(y, n, incy, index), c * at_y - std::conj(s) * at_x, 2);
          this->element(old_x, n, incx, index) = this->element(x, n, incx, index);
          this->element(old_y, n, incy, index) = this->element(y, n, incy, index);
        }
        ASSERT_EQ(x, old_x);
        ASSERT_EQ(y, old_y);
      }
    }
  }
};
TYPED_TEST_SUITE(CublasRotations, Types);

TYPED_TEST(CublasRotations, BothWidths) {
  using T = TypeParam;
  const auto c = static_cast<Part<T>>(0.6);
  const T s = this->number();
  const auto handle = this->handle_;
  this->check(c, s, [&](int n, T* x, int incx, T* y, int incy) {
    return OF_TYPE(rot_v2)(handle, n, x, incx, y, incy, &c, &s);
  });
  this->check(c, s, [&](int n, T* x, int incx, T* y, int incy) {
    return OF_TYPE(rot_v2_64)(handle, Index{n}, x, Index{incx}, y, Index{incy}, &c, &s);
  });
  if constexpr (std::is_same_v<T, std::complex<float>>) {
    const float real_s = -0.8F;
    this->check(c, real_s, [&](int n, T* x, int incx, T* y, int incy) {
      return cublasCsrot_v2(handle, n, x, incx, y, incy, &c, &real_s);
    });
  }
  if constexpr (std::is_same_v<T, std::complex<double>>) {
    const double real_s = -0.8;
    this->check(c, real_s, [&](int n, T* x, int incx, T* y, int incy) {
      return cublasZdrot_v2_64(handle, n, x, incx, y, incy, &c, &real_s);
    });
  }
  EXPECT_EQ(OF_TYPE(rot_v2)(handle, 1, static_cast<T*>(nullptr), 1, static_cast<T*>(nullptr), 1,
                            static_cast<const Part<T>*>(nullptr), &s),
            kInvalidValue);
}

TYPED_TEST(CublasRotations, GeneratedOnesTakeTheSecondElementToZero) {
  using T = TypeParam;
  std::vector<std::pair<T, T>> pairs = {{T(0), T(0)}, {T(3), T(0)}, {T(0), T(-2)}, {T(3), T(4)}, {T(-5), T(1)}};
  for (int count = 0; count < 20; ++count) pairs.emplace_back(this->number(), this->number());
  for (const auto& [old_a, old_b] : pairs) {
    T a = old_a;
    T b = old_b;
    Part<T> c = 9;
    T s(9);
    ASSERT_EQ(OF_TYPE(rotg_v2)(this->handle_, &a, &b, &c, &s), kSuccess);
    this->expect_near(a, Wide(c) * Wide(old_a) + Wide(s) * Wide(old_b), 4);
    this->expect_near(T(0), Wide(c) * Wide(old_b) - std::conj(Wide(s)) * Wide(old_a), 4);
    this->expect_near(T(1), Wide(c) * Wide(c) + Wide(std::norm(Wide(s))), 4);
    if constexpr (kReal<T>) {
      // b says what the rotation was: BLAS's rule to find c and s again.
      const T sine = b == 1 ? T(1) : std::abs(b) < 1 ? b : std::sqrt(1 - 1 / (b * b));
      this->expect_near(std::abs(sine), Wide(std::abs(s)), 64);
    }
  }
}

TYPED_TEST(CublasRotations, GeneratedOnTheDeviceInStreamOrder) {
  using T = TypeParam;
  T a(1);
  T b(1);
  Part<T> c = 0;
  T s{};
  ASSERT_EQ(cublasSetPointerMode_v2(this->handle_, 1), kSuccess);
  ASSERT_EQ(OF_TYPE(rotg_v2)(this->handle_, &a, &b, &c, &s), kSuccess);
  EXPECT_EQ(c, 0);
  b = T(0);
  driver.run();
  EXPECT_EQ(c, 1);
  EXPECT_EQ(OF_TYPE(rotg_v2)(this->handle_, static_cast<T*>(nullptr), &b, &c, &s), kInvalidValue);
}

template <class T>
class CublasModifiedRotations : public CublasRotations<T> {};
using RealTypes = ::testing::Types<float, double>;
TYPED_TEST_SUITE(CublasModifiedRotations, RealTypes);

TYPED_TEST(CublasModifiedRotations, EveryFlag) {
  using T = TypeParam;
  for (const bool device : {false, true}) {
    ASSERT_EQ(cublasSetPointerMode_v2(this->handle_, device ? 1 : 0), kSuccess);
    for (const int flag : {-2, -1, 0, 1}) {
      const T given[] = {static_cast<T>(flag), T(0.5), T(-2), T(3), T(0.25)};
      T parameters[5];
      std::ranges::copy(given, parameters);
      T x[] = {1, 7, -2};
      T y[] = {10, 20};
      ASSERT_EQ(OF_REAL(rotm_v2)(this->handle_, 2, x, 2, y, -1, parameters), kSuccess);
      if (!device) std::ranges::fill(parameters, T(99));
      driver.run();
      const T h11 = flag == -2 || flag == 0 ? 1 : given[1];
      const T h21 = flag == -2 ? 0 : flag == 1 ? -1 : given[2];
      const T h12 = flag == -2 ? 0 : flag == 1 ? 1 : given[3];
      const T h22 = flag == -2 || flag == 0 ? 1 : given[4];
      EXPECT_EQ(x[0], h11 * 1 + h12 * 20);
      EXPECT_EQ(y[1], h21 * 1 + h22 * 20);
      EXPECT_EQ(x[2], h11 * -2 + h12 * 10);
      EXPECT_EQ(y[0], h21 * -2 + h22 * 10);
      EXPECT_EQ(x[1], 7);
    }
  }
}

TYPED_TEST(CublasModifiedRotations, GeneratedOnesTakeTheSecondElementToZero) {
  using T = TypeParam;
  for (int count = 0; count < 30; ++count) {
    T d1 = std::abs(this->number()) + T(0.1);
    T d2 = std::abs(this->number()) + T(0.1);
    T x1 = this->number() + T(1.5);
    const T y1 = this->number();
    const T old_x1 = x1;
    const T length = d1 * x1 * x1 + d2 * y1 * y1;
    T parameters[5] = {};
    ASSERT_EQ(OF_REAL(rotmg_v2)(this->handle_, &d1, &d2, &x1, &y1, parameters), kSuccess);
    T x = old_x1;
    T y = y1;
    ASSERT_EQ(OF_REAL(rotm_v2)(this->handle_, 1, &x, 1, &y, 1, parameters), kSuccess);
    driver.run();
    this->expect_near(x, x1, 8);
    this->expect_near(y, 0, 8);
    this->expect_near(d1 * x1 * x1, length, 32);
  }
}

TEST(CublasRealScalings, OfComplexVectors) {
  driver = {};
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate_v2(&handle), kSuccess);
  std::complex<float> c[] = {{1, 2}, {3, 4}, {5, 6}};
  float alpha = -2;
  ASSERT_EQ(cublasCsscal_v2(handle, 2, &alpha, c, 2), kSuccess);
  alpha = 100;
  driver.run();
  EXPECT_EQ(c[0], std::complex<float>(-2, -4));
  EXPECT_EQ(c[1], std::complex<float>(3, 4));
  EXPECT_EQ(c[2], std::complex<float>(-10, -12));
  ASSERT_EQ(cublasSetPointerMode_v2(handle, 1), kSuccess);
  std::complex<double> z[] = {{1, 2}};
  double scale = 1;
  ASSERT_EQ(cublasZdscal_v2_64(handle, 1, &scale, z, 1), kSuccess);
  scale = 3;
  driver.run();
  EXPECT_EQ(z[0], std::complex<double>(3, 6));
  EXPECT_EQ(cublasCsscal_v2(handle, 1, nullptr, c, 1), kInvalidValue);
  EXPECT_EQ(cublasCsscal_v2(handle, 1, &alpha, nullptr, -1), kSuccess) << "nothing to scale";
  EXPECT_EQ(cublasDestroy_v2(handle), kSuccess);
}

}  // namespace
}  // namespace vgpu::cublas_test
