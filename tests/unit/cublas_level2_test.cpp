#include "tests/unit/cublas_levels.h"

// BLAS level 2 beside gemv and ger.
namespace vgpu::cublas_test {
namespace {

template <class T>
class CublasLevel2 : public CublasLevels<T> {};
TYPED_TEST_SUITE(CublasLevel2, Types);

TYPED_TEST(CublasLevel2, ProductsOfSymmetricAndHermitianMatrices) {
  using T = TypeParam;
  for (const int n : this->kSizes) {
    for (const int fill : {0, 1}) {
      const int ld = n + 3;
      const int band = std::min(n, 2);
      const auto a = this->numbers(this->area(ld, std::max(n, ld)));
      const auto handle = this->handle_;
      const auto with_full = [&](auto function) {
        return [=, &a](auto alpha, auto x, int incx, auto beta, auto y, int incy) {
          return function(handle, fill, n, alpha, a.data(), ld, x, incx, beta, y, incy);
        };
      };
      const auto with_band = [&](auto function) {
        return [=, &a](auto alpha, auto x, int incx, auto beta, auto y, int incy) {
          return function(handle, fill, n, band, alpha, a.data(), ld, x, incx, beta, y, incy);
        };
      };
      const auto with_packed = [&](auto function) {
        return [=, &a](auto alpha, auto x, int incx, auto beta, auto y, int incy) {
          return function(handle, fill, n, alpha, a.data(), x, incx, beta, y, incy);
        };
      };
      const auto matrix = [&](int width, Kind kind, auto storage) {
        return this->from_triangle(a, n, fill == 1, width, kind, storage);
      };
      const auto in_full = this->full(ld);
      const auto in_band = this->banded(ld, band, fill == 1);
      const auto in_packed = this->packed(n, fill == 1);
      this->check_product(matrix(n, Kind::Symmetric, in_full), with_full(OF_TYPE(symv_v2)));
      if constexpr (kReal<T>) {
        this->check_product(matrix(band, Kind::Symmetric, in_band), with_band(OF_REAL(sbmv_v2)));
        this->check_product(matrix(n, Kind::Symmetric, in_packed), with_packed(OF_REAL(spmv_v2)));
      } else {
        this->check_product(matrix(n, Kind::Hermitian, in_full), with_full(OF_COMPLEX(hemv_v2)));
        this->check_product(matrix(band, Kind::Hermitian, in_band), with_band(OF_COMPLEX(hbmv_v2)));
        this->check_product(matrix(n, Kind::Hermitian, in_packed), with_packed(OF_COMPLEX(hpmv_v2)));
      }
    }
  }
}

TYPED_TEST(CublasLevel2, ProductsOfGeneralBandMatrices) {
  using T = TypeParam;
  for (const auto& [m, n, below, above] : {std::array{5, 7, 1, 2}, {7, 5, 0, 3}, {1, 1, 0, 0}, {33, 20, 4, 1}}) {
    const int ld = below + above + 2;
    const auto a = this->numbers(this->area(ld, n));
    Dense matrix(m, n);
    for (int column = 0; column < n; ++column) {
      for (int row = std::max(0, column - above); row <= std::min(m - 1, column + below); ++row) {
        matrix.at(row, column) = a[this->area(ld, column) + above + row - column];
      }
    }
    for (const int operation : {0, 1, 2}) {
      this->check_product(transformed(matrix, operation),
                          [&](auto alpha, auto x, int incx, auto beta, auto y, int incy) {
                            return OF_TYPE(gbmv_v2)(this->handle_, operation, m, n, below, above, alpha, a.data(), ld,
                                                    x, incx, beta, y, incy);
                          });
    }
  }
}

// op(A) x; and what a solution times op(A) gives back.
TYPED_TEST(CublasLevel2, TriangularProductsAndSolutions) {
  using T = TypeParam;
  for (const int n : {1, 2, 3, 7, 12}) {
    const int ld = n + 2;
    const int band = std::min(n - 1, 2);
    for (int choice = 0; choice < 12; ++choice) {
      const int fill = choice % 2;
      const int diagonal = choice / 2 % 2;
      const int operation = choice / 4;
      const bool upper = fill == 1;
      const auto kind = diagonal == 1 ? Kind::UnitTriangular : Kind::Triangular;
      const auto check = [&](int width, auto storage, auto product, auto solve) {
        auto a = this->numbers(this->area(ld, ld));
        // Small beside the diagonal: solutions stay of the size of the right-hand side.
        for (T& value : a) value /= static_cast<Part<T>>(2 * n);
        for (int place = 0; place < n; ++place) a[storage(place, place)] = T(1.25);
        Dense matrix = transformed(this->from_triangle(a, n, upper, width, kind, storage), operation);
        for (const int increment : {1, -2}) {
          auto x = this->vector(n, increment);
          Dense before = this->column_of(x, n, increment);
          ASSERT_EQ(product(a.data(), x.data(), increment), kSuccess);
          driver.run();
          Dense expected = multiply(matrix, before);
          for (int row = 0; row < n; ++row) {
            this->expect_near(this->element(x, n, increment, row), expected.at(row, 0), n);
          }
          ASSERT_EQ(solve(a.data(), x.data(), increment), kSuccess);
          driver.run();
          for (int row = 0; row < n; ++row) {
            this->expect_near(this->element(x, n, increment, row), before.at(row, 0), 4 * n);
          }
        }
      };
      const auto handle = this->handle_;
      const auto full = [&](auto function) {
        return [=](auto a, auto x, int incx) { return function(handle, fill, operation, diagonal, n, a, ld, x, incx); };
      };
      const auto banded = [&](auto function) {
        return [=](auto a, auto x, int incx) {
          return function(handle, fill, operation, diagonal, n, band, a, ld, x, incx);
        };
      };
      const auto packed = [&](auto function) {
        return [=](auto a, auto x, int incx) { return function(handle, fill, operation, diagonal, n, a, x, incx); };
      };
      check(n, this->full(ld), full(OF_TYPE(trmv_v2)), full(OF_TYPE(trsv_v2)));
      check(band, this->banded(ld, band, upper), banded(OF_TYPE(tbmv_v2)), banded(OF_TYPE(tbsv_v2)));
      check(n, this->packed(n, upper), packed(OF_TYPE(tpmv_v2)), packed(OF_TYPE(tpsv_v2)));
    }
  }
}

TYPED_TEST(CublasLevel2, UpdatesWriteOneTriangle) {
  using T = TypeParam;
  const T wide_alpha = this->number();
  const auto real_alpha = static_cast<Part<T>>(0.75);
  for (const int n : this->kSizes) {
    for (const int fill : {0, 1}) {
      const bool upper = fill == 1;
      const int ld = n + 2;
      auto x = this->vector(n, 2);
      auto y = this->vector(n, -1);
      const auto check = [&](Wide alpha, bool two, bool hermitian, auto storage, auto call) {
        auto a = this->numbers(this->area(ld, ld));
        const auto before = a;
        ASSERT_EQ(call(a.data()), kSuccess);
        driver.run();
        Dense expected =
            this->from_triangle(before, n, upper, n, hermitian ? Kind::Hermitian : Kind::Triangular, storage);
        for (int row = 0; row < n; ++row) {
          for (int column = 0; column < n; ++column) {
            const Wide x_row = this->element(x, n, 2, row);
            const Wide x_column = conjugated(this->element(x, n, 2, column), hermitian);
            const Wide y_row = this->element(y, n, -1, row);
            const Wide y_column = conjugated(this->element(y, n, -1, column), hermitian);
            expected.at(row, column) += two ? alpha * x_row * y_column + conjugated(alpha, hermitian) * y_row * x_column
                                            : alpha * x_row * x_column;
          }
        }
        this->expect_triangle(a, before, expected, upper, 2, storage);
      };
      const auto handle = this->handle_;
      const auto full = this->full(ld);
      const auto packed = this->packed(n, upper);
      check(wide_alpha, false, false, full,
            [&](T* a) { return OF_TYPE(syr_v2)(handle, fill, n, &wide_alpha, x.data(), 2, a, ld); });
      check(wide_alpha, true, false, full,
            [&](T* a) { return OF_TYPE(syr2_v2)(handle, fill, n, &wide_alpha, x.data(), 2, y.data(), -1, a, ld); });
      if constexpr (kReal<T>) {
        check(wide_alpha, true, false, packed,
              [&](T* a) { return OF_REAL(spr2_v2)(handle, fill, n, &wide_alpha, x.data(), 2, y.data(), -1, a); });
      } else {
        check(real_alpha, false, true, full,
              [&](T* a) { return OF_COMPLEX(her_v2)(handle, fill, n, &real_alpha, x.data(), 2, a, ld); });
        check(real_alpha, false, true, packed,
              [&](T* a) { return OF_COMPLEX(hpr_v2)(handle, fill, n, &real_alpha, x.data(), 2, a); });
        check(wide_alpha, true, true, full, [&](T* a) {
          return OF_COMPLEX(her2_v2)(handle, fill, n, &wide_alpha, x.data(), 2, y.data(), -1, a, ld);
        });
        check(wide_alpha, true, true, packed,
              [&](T* a) { return OF_COMPLEX(hpr2_v2)(handle, fill, n, &wide_alpha, x.data(), 2, y.data(), -1, a); });
      }
    }
  }
}

}  // namespace
}  // namespace vgpu::cublas_test
