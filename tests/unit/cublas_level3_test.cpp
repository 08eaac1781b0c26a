#include "tests/unit/cublas_levels.h"

// BLAS level 3 beside gemm.
namespace vgpu::cublas_test {
namespace {

template <class T>
class CublasLevel3 : public CublasLevels<T> {};
TYPED_TEST_SUITE(CublasLevel3, Types);

TYPED_TEST(CublasLevel3, RankUpdatesWriteOneTriangle) {
  using T = TypeParam;
  const T alpha = this->number();
  const T beta = this->number();
  const auto real_alpha = static_cast<Part<T>>(-0.5);
  const auto real_beta = static_cast<Part<T>>(0.25);
  for (const int n : {1, 3, 33}) {
    for (const int k : {0, 1, 5, 40}) {
      for (const int choice : {0, 1, 2, 3}) {
        const int fill = choice % 2;
        const bool transposed = choice / 2 == 1;
        const int rows = transposed ? k : n;
        const int ld = rows + 2;
        const int ldc = n + 1;
        const auto a = this->numbers(this->area(ld, transposed ? n : k));
        const auto b = this->numbers(this->area(ld, transposed ? n : k));
        const auto check = [&](Wide scale, Wide keep, bool two, bool hermitian, auto call) {
          auto c = this->numbers(this->area(ldc, n));
          const auto before = c;
          ASSERT_EQ(call(c.data()), kSuccess);
          driver.run();
          const int operation = !transposed ? 0 : hermitian ? 2 : 1;
          Dense left = transformed(this->dense(a, ld, rows, transposed ? n : k), operation);
          Dense right = two ? transformed(this->dense(b, ld, rows, transposed ? n : k), operation) : left;
          Dense product = multiply(left, transformed(right, hermitian ? 2 : 1));
          Dense mirrored = multiply(right, transformed(left, hermitian ? 2 : 1));
          Dense expected(n, n);
          for (int row = 0; row < n; ++row) {
            for (int column = 0; column < n; ++column) {
              Wide old = before[this->area(ldc, column) + row];
              if (hermitian && row == column) old = old.real();
              expected.at(row, column) = keep * old + scale * product.at(row, column);
              if (two) expected.at(row, column) += conjugated(scale, hermitian) * mirrored.at(row, column);
            }
          }
          this->expect_triangle(c, before, expected, fill == 1, 2 * k, this->full(ldc));
        };
        const auto handle = this->handle_;
        const int plain = transposed ? 1 : 0;
        const int conjugate = transposed ? 2 : 0;
        check(alpha, beta, true, false, [&](T* c) {
          return OF_TYPE(syr2k_v2)(handle, fill, plain, n, k, &alpha, a.data(), ld, b.data(), ld, &beta, c, ldc);
        });
        if constexpr (!kReal<T>) {
          check(real_alpha, real_beta, false, true, [&](T* c) {
            return OF_COMPLEX(herk_v2)(handle, fill, conjugate, n, k, &real_alpha, a.data(), ld, &real_beta, c, ldc);
          });
          check(alpha, real_beta, true, true, [&](T* c) {
            return OF_COMPLEX(her2k_v2)(handle, fill, conjugate, n, k, &alpha, a.data(), ld, b.data(), ld, &real_beta,
                                        c, ldc);
          });
        }
      }
    }
  }
}

TYPED_TEST(CublasLevel3, TriangularHermitianAndDiagonalFactors) {
  using T = TypeParam;
  const T alpha = this->number();
  for (const auto& shape : {std::array{1, 1}, {5, 3}, {3, 40}, {33, 2}}) {
    const int m = shape[0];
    const int n = shape[1];
    for (int choice = 0; choice < 24; ++choice) {
      const int side = choice % 2;
      const int fill = choice / 2 % 2;
      const int diagonal = choice / 4 % 2;
      const int operation = choice / 8;
      const int order = side == 0 ? m : n;
      const int lda = order + 1;
      const int ldb = m + 2;
      const int ldc = m + 3;
      const auto a = this->numbers(this->area(lda, order));
      const auto b = this->numbers(this->area(ldb, n));
      const auto handle = this->handle_;
      const auto check = [&](Dense factor, auto call) {
        auto c = this->numbers(this->area(ldc, n));
        auto rest = c;
        ASSERT_EQ(call(c.data()), kSuccess);
        driver.run();
        Dense other = this->dense(b, ldb, m, n);
        Dense expected = side == 0 ? multiply(factor, other) : multiply(other, factor);
        for (int column = 0; column < n; ++column) {
          for (int row = 0; row < m; ++row) {
            const std::size_t place = this->area(ldc, column) + row;
            this->expect_near(c[place], Wide(alpha) * expected.at(row, column), order);
            rest[place] = c[place];
          }
        }
        ASSERT_EQ(c, rest) << "padding";
      };
      const auto kind = diagonal == 1 ? Kind::UnitTriangular : Kind::Triangular;
      const Dense triangle =
          transformed(this->from_triangle(a, order, fill == 1, order, kind, this->full(lda)), operation);
      check(triangle, [&](T* c) {
        return OF_TYPE(trmm_v2)(handle, side, fill, operation, diagonal, m, n, &alpha, a.data(), lda, b.data(), ldb, c,
                                ldc);
      });
      check(triangle, [&](T* c) {
        return OF_TYPE(trmm_v2_64)(handle, side, fill, operation, diagonal, Index{m}, Index{n}, &alpha, a.data(),
                                   Index{lda}, b.data(), Index{ldb}, c, Index{ldc});
      });
      if constexpr (!kReal<T>) {
        const T zero{};
        check(this->from_triangle(a, order, fill == 1, order, Kind::Hermitian, this->full(lda)), [&](T* c) {
          return OF_COMPLEX(hemm_v2)(handle, side, fill, m, n, &alpha, a.data(), lda, b.data(), ldb, &zero, c, ldc);
        });
      }
      Dense diagonal_matrix(order, order);
      for (const int increment : {2, -1}) {
        auto x = this->vector(order, increment);
        for (int place = 0; place < order; ++place) {
          diagonal_matrix.at(place, place) = Wide(this->element(x, order, increment, place)) / Wide(alpha);
        }
        check(diagonal_matrix,
              [&](T* c) { return OF_TYPE(dgmm)(handle, side, m, n, b.data(), ldb, x.data(), increment, c, ldc); });
      }
    }
  }
}

TYPED_TEST(CublasLevel3, ArgumentsAndScalarsInDeviceMode) {
  using T = TypeParam;
  T alpha = 1;
  T a[4] = {1, 2, 3, 4};
  T b[4] = {1, 1, 1, 1};
  T c[4] = {};
  const auto trmm = [&](int side, int fill, int operation, int m, int lda, int ldc, const T* scale) {
    return OF_TYPE(trmm_v2)(this->handle_, side, fill, operation, 0, m, 2, scale, a, lda, b, 2, c, ldc);
  };
  const T* const scale = &alpha;
  EXPECT_EQ(trmm(2, 0, 0, 2, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(trmm(0, 2, 0, 2, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(trmm(0, 0, 3, 2, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(trmm(0, 0, 0, -1, 2, 2, scale), kInvalidValue);
  EXPECT_EQ(trmm(0, 0, 0, 2, 1, 2, scale), kInvalidValue);
  EXPECT_EQ(trmm(0, 0, 0, 2, 2, 1, scale), kInvalidValue);
  EXPECT_EQ(trmm(0, 0, 0, 2, 2, 2, static_cast<const T*>(nullptr)), kInvalidValue);
  EXPECT_EQ(trmm(0, 0, 0, 0, 2, 2, scale), kSuccess);
  EXPECT_TRUE(driver.queue.empty());
  ASSERT_EQ(cublasSetPointerMode_v2(this->handle_, 1), kSuccess);
  ASSERT_EQ(trmm(0, 1, 0, 2, 2, 2, scale), kSuccess);
  alpha = 10;
  driver.run();
  EXPECT_EQ(c[0], T(40)) << "(1 3; 0 4) times ones, times what alpha is when the stream gets there";
  EXPECT_EQ(c[1], T(40));
}

}  // namespace
}  // namespace vgpu::cublas_test
