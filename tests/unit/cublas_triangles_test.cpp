#include <algorithm>

#include "tests/unit/cublas_levels.h"

// Rank updates with two factors or of given types; packed triangles to full ones and back.
#define SYRKX(l, T) DECLARE(l, T, syrkx, int, int, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define SYRKX_64(l, T) \
  DECLARE(l, T, syrkx_64, int, int, Index, Index, const T*, const T*, Index, const T*, Index, const T*, T*, Index)
#define HERKX(l, T) \
  DECLARE(l, T, herkx, int, int, int, int, const T*, const T*, int, const T*, int, const T::value_type*, T*, int)
#define TPTTR(l, T) DECLARE(l, T, tpttr, int, int, const T*, T*, int)
#define TRTTP(l, T) DECLARE(l, T, trttp, int, int, const T*, int, T*)
REAL_AND_COMPLEX(SYRKX);
REAL_AND_COMPLEX(SYRKX_64);
COMPLEX_ONLY(HERKX);
REAL_AND_COMPLEX(TPTTR);
REAL_AND_COMPLEX(TRTTP);
using Single = std::complex<float>;
extern "C" {
cublasStatus_t cublasCsyrkEx(cublasHandle_t, int, int, int, int, const Single*, const void*, int, int, const Single*,
                             void*, int, int);
cublasStatus_t cublasCsyrk3mEx_64(cublasHandle_t, int, int, Index, Index, const Single*, const void*, int, Index,
                                  const Single*, void*, int, Index);
cublasStatus_t cublasCherkEx(cublasHandle_t, int, int, int, int, const float*, const void*, int, int, const float*,
                             void*, int, int);
cublasStatus_t cublasCherk3mEx_64(cublasHandle_t, int, int, Index, Index, const float*, const void*, int, Index,
                                  const float*, void*, int, Index);
}

namespace vgpu::cublas_test {
namespace {

template <class T>
class CublasTriangles : public CublasLevels<T> {
 protected:
  // What one triangle of C becomes, and that all else stays: call(c) computes it from the numbers here.
  template <class Call>
  void check(int n, int k, int fill, int operation, bool hermitian, Dense a, Dense b, Wide alpha, Wide beta,
             Call call) {
    SCOPED_TRACE(::testing::Message() << n << " x " << k << " fill " << fill << " operation " << operation);
    const int ldc = n + 1;
    auto c = this->numbers(this->area(ldc, n));
    if (beta == Wide(0)) {
      for (int column = 0; column < n; ++column) {
        for (int row = fill == 1 ? 0 : column; row < (fill == 1 ? column + 1 : n); ++row) {
          c[this->area(ldc, column) + row] = std::numeric_limits<Part<T>>::quiet_NaN();
        }
      }
    }
    const auto before = c;
    ASSERT_EQ(call(c.data(), ldc), kSuccess);
    driver.run();
    Dense expected = multiply(transformed(a, operation), transformed(transformed(b, operation), hermitian ? 2 : 1));
    for (int row = 0; row < n; ++row) {
      for (int column = 0; column < n; ++column) {
        Wide& value = expected.at(row, column);
        value *= alpha;
        if (beta != Wide(0)) value += beta * Wide(before[this->area(ldc, column) + row]);
        if (hermitian && row == column) value = value.real();
      }
    }
    auto rest = before;
    for (int column = 0; column < n; ++column) {
      for (int row = fill == 1 ? 0 : column; row < (fill == 1 ? column + 1 : n); ++row) {
        this->expect_near(c[this->area(ldc, column) + row], expected.at(row, column), 2 * k);
        if (hermitian && row == column) {
          EXPECT_EQ(std::imag(c[this->area(ldc, column) + row]), 0);
        }
        rest[this->area(ldc, column) + row] = c[this->area(ldc, column) + row];
      }
    }
    ASSERT_EQ(c, rest) << "outside of the triangle";
  }
};
TYPED_TEST_SUITE(CublasTriangles, Types);

TYPED_TEST(CublasTriangles, TwoFactorsWriteOneTriangle) {
  using T = TypeParam;
  const T alpha = this->number();
  for (const int n : {1, 3, 33, 70, 130}) {
    for (const int k : {0, 1, 5}) {
      for (int choice = 0; choice < 8; ++choice) {
        const int fill = choice % 2;
        const bool transposed = choice / 2 % 2 == 1;
        const T beta = choice / 4 == 1 ? this->number() : T{};
        const int rows = transposed ? k : n;
        const int columns = transposed ? n : k;
        const int ld = rows + 2;
        const int ldb = rows + 5;
        const auto a = this->numbers(this->area(ld, columns));
        const auto b = this->numbers(this->area(ldb, columns));
        Dense wide_a = this->dense(a, ld, rows, columns);
        Dense wide_b = this->dense(b, ldb, rows, columns);
        const auto handle = this->handle_;
        const int plain = transposed ? 1 : 0;
        this->check(n, k, fill, plain, false, wide_a, wide_b, alpha, beta, [&](T* c, int ldc) {
          return OF_TYPE(syrkx)(handle, fill, plain, n, k, &alpha, a.data(), ld, b.data(), ldb, &beta, c, ldc);
        });
        this->check(n, k, fill, plain, false, wide_a, wide_b, alpha, beta, [&](T* c, int ldc) {
          return OF_TYPE(syrkx_64)(handle, fill, plain, Index{n}, Index{k}, &alpha, a.data(), Index{ld}, b.data(),
                                   Index{ldb}, &beta, c, Index{ldc});
        });
        if constexpr (!kReal<T>) {
          const Part<T> real_beta = beta.real();
          const int conjugate = transposed ? 2 : 0;
          this->check(n, k, fill, conjugate, true, wide_a, wide_b, alpha, real_beta, [&](T* c, int ldc) {
            return OF_COMPLEX(herkx)(handle, fill, conjugate, n, k, &alpha, a.data(), ld, b.data(), ldb, &real_beta, c,
                                     ldc);
          });
        }
      }
    }
  }
}

TYPED_TEST(CublasTriangles, PackedAndFull) {
  using T = TypeParam;
  for (const int n : this->kSizes) {
    for (const int fill : {0, 1}) {
      const int ld = n + 2;
      const auto packed = this->numbers(static_cast<std::size_t>(n * (n + 1) / 2));
      auto a = this->numbers(this->area(ld, n));
      const auto before = a;
      ASSERT_EQ(OF_TYPE(tpttr)(this->handle_, fill, n, packed.data(), a.data(), ld), kSuccess);
      driver.run();
      const auto place = this->packed(n, fill == 1);
      for (int column = 0; column < n; ++column) {
        for (int row = 0; row < ld; ++row) {
          const bool inside = row < n && (fill == 1 ? row <= column : row >= column);
          const std::size_t at = this->area(ld, column) + row;
          ASSERT_EQ(a[at], inside ? packed[place(row, column)] : before[at]);
        }
      }
      auto back = this->numbers(packed.size());
      ASSERT_EQ(OF_TYPE(trttp)(this->handle_, fill, n, a.data(), ld, back.data()), kSuccess);
      driver.run();
      if (n > 0) {
        EXPECT_EQ(back, packed);
      }
    }
  }
}

TYPED_TEST(CublasTriangles, WrongArguments) {
  using T = TypeParam;
  const T one(1);
  T c[4] = {};
  const T* const scale = &one;
  const auto syrkx = [&](int fill, int operation, int n, int lda, int ldc, const T* alpha) {
    return OF_TYPE(syrkx)(this->handle_, fill, operation, n, 1, alpha, c, lda, c, 2, scale, c, ldc);
  };
  EXPECT_EQ(syrkx(2, 0, 2, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(syrkx(0, 3, 2, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(syrkx(0, 0, -1, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(syrkx(0, 0, 2, 1, 2, scale), kInvalidValue);
  EXPECT_EQ(syrkx(0, 0, 2, 2, 1, scale), kInvalidValue);
  EXPECT_EQ(syrkx(0, 0, 2, 2, 2, static_cast<const T*>(nullptr)), kInvalidValue);
  EXPECT_EQ(syrkx(0, 0, 0, 2, 2, scale), kSuccess);
  EXPECT_EQ(syrkx(0, 2, 1, 1, 1, scale), kReal<T> ? kSuccess : kInvalidValue);
  driver.run();
  EXPECT_EQ(OF_TYPE(tpttr)(this->handle_, 2, 1, c, c, 1), kInvalidValue);
  EXPECT_EQ(OF_TYPE(trttp)(this->handle_, 0, 2, c, 1, c), kInvalidValue);
  EXPECT_EQ(OF_TYPE(trttp)(this->handle_, 0, -1, c, 1, c), kInvalidValue);
}

class CublasTypedUpdates : public CublasTriangles<Single> {};

TEST_F(CublasTypedUpdates, BytesAndSingles) {
  for (const int operation : {0, 1, 2}) {
    for (const int fill : {0, 1}) {
      const bool hermitian = operation == 2;
      const int n = 5;
      const int k = 3;
      const int rows = operation == 0 ? n : k;
      const int columns = operation == 0 ? k : n;
      const int ld = rows + 1;
      std::vector<std::int8_t> bytes(2 * this->area(ld, columns));
      std::ranges::generate(bytes, [&] { return static_cast<std::int8_t>(this->random_() % 3) - 1; });
      std::vector<Single> singles;
      for (std::size_t at = 0; at < bytes.size(); at += 2) singles.emplace_back(bytes[at], bytes[at + 1]);
      Dense a = this->dense(singles, ld, rows, columns);
      const Single alpha = hermitian ? Single(0.5F) : Single(0.5F, -1);
      const Single beta = hermitian ? Single(0.25F) : Single(0, 0.25F);
      const float real_alpha = alpha.real();
      const float real_beta = beta.real();
      for (const int type : {kC8I, kC32F}) {
        const void* const from = type == kC8I ? static_cast<const void*>(bytes.data()) : singles.data();
        this->check(n, k, fill, operation, hermitian, a, a, alpha, beta, [&](Single* c, int ldc) {
          return hermitian
                     ? cublasCherkEx(handle_, fill, operation, n, k, &real_alpha, from, type, ld, &real_beta, c, kC32F,
                                     ldc)
                     : cublasCsyrkEx(handle_, fill, operation, n, k, &alpha, from, type, ld, &beta, c, kC32F, ldc);
        });
        this->check(n, k, fill, operation, hermitian, a, a, alpha, beta, [&](Single* c, int ldc) {
          return hermitian
                     ? cublasCherk3mEx_64(handle_, fill, operation, n, k, &real_alpha, from, type, ld, &real_beta, c,
                                          kC32F, ldc)
                     : cublasCsyrk3mEx_64(handle_, fill, operation, n, k, &alpha, from, type, ld, &beta, c, kC32F, ldc);
        });
      }
    }
  }
  const Single one(1);
  Single c;
  EXPECT_EQ(cublasCsyrkEx(handle_, 0, 0, 1, 1, &one, &c, kR32F, 1, &one, &c, kC32F, 1), kNotSupported);
  EXPECT_EQ(cublasCsyrkEx(handle_, 0, 0, 1, 1, &one, &c, kC32F, 1, &one, &c, kC64F, 1), kNotSupported);
  EXPECT_EQ(cublasCsyrkEx(handle_, 0, 2, 1, 1, &one, &c, kC32F, 1, &one, &c, kC32F, 1), kInvalidValue);
}

}  // namespace
}  // namespace vgpu::cublas_test
