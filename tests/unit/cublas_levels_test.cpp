#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "shims/cublas/abi.h"
#include "tests/unit/cublas_fake_driver.h"

// Levels 2 and 3 of level2.def and level3.def against sums in long doubles over matrices that are written out in full.
using Index = std::int64_t;
extern "C" {
cublasStatus_t cublasCreate_v2(cublasHandle_t*);
cublasStatus_t cublasDestroy_v2(cublasHandle_t);
cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t, int);
}
#define DECLARE(letter, T, routine, ...) extern "C" cublasStatus_t cublas##letter##routine(cublasHandle_t, __VA_ARGS__)
#define REAL_AND_COMPLEX(declare)  \
  declare(S, float);               \
  declare(D, double);              \
  declare(C, std::complex<float>); \
  declare(Z, std::complex<double>)
#define GBMV(l, T) \
  DECLARE(l, T, gbmv_v2, int, int, int, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define SYMV(l, T) DECLARE(l, T, symv_v2, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define HEMV(l, T) DECLARE(l, T, hemv_v2, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define SYR(l, T) DECLARE(l, T, syr_v2, int, int, const T*, const T*, int, T*, int)
#define SYR2(l, T) DECLARE(l, T, syr2_v2, int, int, const T*, const T*, int, const T*, int, T*, int)
#define HER2(l, T) DECLARE(l, T, her2_v2, int, int, const T*, const T*, int, const T*, int, T*, int)
#define TRMV(l, T) DECLARE(l, T, trmv_v2, int, int, int, int, const T*, int, T*, int)
#define TRSV(l, T) DECLARE(l, T, trsv_v2, int, int, int, int, const T*, int, T*, int)
#define TPMV(l, T) DECLARE(l, T, tpmv_v2, int, int, int, int, const T*, T*, int)
#define TPSV(l, T) DECLARE(l, T, tpsv_v2, int, int, int, int, const T*, T*, int)
#define TBMV(l, T) DECLARE(l, T, tbmv_v2, int, int, int, int, int, const T*, int, T*, int)
#define TBSV(l, T) DECLARE(l, T, tbsv_v2, int, int, int, int, int, const T*, int, T*, int)
#define TRMM(l, T) DECLARE(l, T, trmm_v2, int, int, int, int, int, int, const T*, const T*, int, const T*, int, T*, int)
#define TRMM_64(l, T) \
  DECLARE(l, T, trmm_v2_64, int, int, int, int, Index, Index, const T*, const T*, Index, const T*, Index, T*, Index)
#define SYR2K(l, T) \
  DECLARE(l, T, syr2k_v2, int, int, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define HEMM(l, T) DECLARE(l, T, hemm_v2, int, int, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define DGMM(l, T) DECLARE(l, T, dgmm, int, int, int, const T*, int, const T*, int, T*, int)
REAL_AND_COMPLEX(GBMV);
REAL_AND_COMPLEX(SYMV);
REAL_AND_COMPLEX(SYR);
REAL_AND_COMPLEX(SYR2);
REAL_AND_COMPLEX(TRMV);
REAL_AND_COMPLEX(TRSV);
REAL_AND_COMPLEX(TPMV);
REAL_AND_COMPLEX(TPSV);
REAL_AND_COMPLEX(TBMV);
REAL_AND_COMPLEX(TBSV);
REAL_AND_COMPLEX(TRMM);
REAL_AND_COMPLEX(TRMM_64);
REAL_AND_COMPLEX(SYR2K);
REAL_AND_COMPLEX(DGMM);
HEMV(C, std::complex<float>);
HEMV(Z, std::complex<double>);
HER2(C, std::complex<float>);
HER2(Z, std::complex<double>);
HEMM(C, std::complex<float>);
HEMM(Z, std::complex<double>);
DECLARE(S, float, sbmv_v2, int, int, int, const float*, const float*, int, const float*, int, const float*, float*,
        int);
DECLARE(D, double, sbmv_v2, int, int, int, const double*, const double*, int, const double*, int, const double*,
        double*, int);
DECLARE(S, float, spmv_v2, int, int, const float*, const float*, const float*, int, const float*, float*, int);
DECLARE(D, double, spmv_v2, int, int, const double*, const double*, const double*, int, const double*, double*, int);
DECLARE(S, float, spr2_v2, int, int, const float*, const float*, int, const float*, int, float*);
DECLARE(D, double, spr2_v2, int, int, const double*, const double*, int, const double*, int, double*);
#define HBMV(l, T) DECLARE(l, T, hbmv_v2, int, int, int, const T*, const T*, int, const T*, int, const T*, T*, int)
#define HPMV(l, T) DECLARE(l, T, hpmv_v2, int, int, const T*, const T*, const T*, int, const T*, T*, int)
#define HPR2(l, T) DECLARE(l, T, hpr2_v2, int, int, const T*, const T*, int, const T*, int, T*)
#define HER(l, T) DECLARE(l, T, her_v2, int, int, const T::value_type*, const T*, int, T*, int)
#define HPR(l, T) DECLARE(l, T, hpr_v2, int, int, const T::value_type*, const T*, int, T*)
#define HERK(l, T) \
  DECLARE(l, T, herk_v2, int, int, int, int, const T::value_type*, const T*, int, const T::value_type*, T*, int)
#define HER2K(l, T) \
  DECLARE(l, T, her2k_v2, int, int, int, int, const T*, const T*, int, const T*, int, const T::value_type*, T*, int)
#define COMPLEX_ONLY(declare)      \
  declare(C, std::complex<float>); \
  declare(Z, std::complex<double>)
COMPLEX_ONLY(HBMV);
COMPLEX_ONLY(HPMV);
COMPLEX_ONLY(HPR2);
COMPLEX_ONLY(HER);
COMPLEX_ONLY(HPR);
COMPLEX_ONLY(HERK);
COMPLEX_ONLY(HER2K);

namespace {

using vgpu::cublas_test::driver;
using Wide = std::complex<long double>;

template <class T>
inline constexpr bool kReal = std::is_floating_point_v<T>;
template <class T>
using Part = decltype(std::real(T{}));

// The function of this element type, of an overload set or of two names.
#define OF_TYPE(routine)                                       \
  [](auto... arguments) {                                      \
    if constexpr (std::is_same_v<T, float>)                    \
      return cublasS##routine(arguments...);                   \
    else if constexpr (std::is_same_v<T, double>)              \
      return cublasD##routine(arguments...);                   \
    else if constexpr (std::is_same_v<T, std::complex<float>>) \
      return cublasC##routine(arguments...);                   \
    else                                                       \
      return cublasZ##routine(arguments...);                   \
  }
#define OF_REAL(routine)                     \
  [](auto... arguments) {                    \
    if constexpr (std::is_same_v<T, float>)  \
      return cublasS##routine(arguments...); \
    else                                     \
      return cublasD##routine(arguments...); \
  }
#define OF_COMPLEX(routine)                               \
  [](auto... arguments) {                                 \
    if constexpr (std::is_same_v<T, std::complex<float>>) \
      return cublasC##routine(arguments...);              \
    else                                                  \
      return cublasZ##routine(arguments...);              \
  }

template <class T>
T narrow(Wide value) {
  if constexpr (kReal<T>)
    return static_cast<T>(value.real());
  else
    return T(value);
}

Wide conjugated(Wide value, bool conjugate) {
  return conjugate ? std::conj(value) : value;
}

// A full matrix of wide numbers, by row and column.
struct Dense {
  int rows, columns;
  std::vector<Wide> values;
  Dense(int row_count, int column_count)
      : rows(row_count), columns(column_count), values(static_cast<std::size_t>(row_count) * column_count) {}
  Wide& at(int row, int column) {
    return values[static_cast<std::size_t>(row) + static_cast<std::size_t>(column) * rows];
  }
};

Dense multiply(Dense left, Dense right) {
  Dense product(left.rows, right.columns);
  for (int row = 0; row < left.rows; ++row) {
    for (int column = 0; column < right.columns; ++column) {
      for (int depth = 0; depth < left.columns; ++depth) {
        product.at(row, column) += left.at(row, depth) * right.at(depth, column);
      }
    }
  }
  return product;
}

Dense transformed(Dense matrix, int operation) {
  if (operation == 0) return matrix;
  Dense result(matrix.columns, matrix.rows);
  for (int row = 0; row < matrix.rows; ++row) {
    for (int column = 0; column < matrix.columns; ++column) {
      result.at(column, row) = conjugated(matrix.at(row, column), operation == 2);
    }
  }
  return result;
}

enum class Kind { Symmetric, Hermitian, Triangular, UnitTriangular };

template <class T>
class CublasLevels : public ::testing::Test {
 protected:
  using Values = std::vector<T>;

  void SetUp() override {
    driver = {};
    ASSERT_EQ(cublasCreate_v2(&handle_), kSuccess);
  }
  void TearDown() override { EXPECT_EQ(cublasDestroy_v2(handle_), kSuccess); }

  T number() {
    const auto part = [&] { return static_cast<long double>(random_() % 2001) / 1000 - 1; };
    return narrow<T>({part(), part()});
  }
  Values numbers(std::size_t count) {
    Values made(std::max<std::size_t>(count, 1));
    std::ranges::generate(made, [&] { return number(); });
    return made;
  }
  static std::size_t area(int ld, int columns) {
    return static_cast<std::size_t>(ld) * static_cast<std::size_t>(columns);
  }

  // Element `index` of a vector of n in memory.
  static T& element(Values& vector, int n, int increment, int index) {
    return vector[static_cast<std::size_t>(increment > 0 ? index * increment : (n - 1 - index) * -increment)];
  }
  Values vector(int n, int increment) { return numbers(static_cast<std::size_t>(n) * std::abs(increment)); }
  static Dense column_of(Values& values, int n, int increment) {
    Dense made(n, 1);
    for (int index = 0; index < n; ++index) made.at(index, 0) = element(values, n, increment, index);
    return made;
  }
  static Dense dense(const Values& values, int ld, int rows, int columns) {
    Dense made(rows, columns);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) made.at(row, column) = values[area(ld, column) + row];
    }
    return made;
  }

  // The matrix that one triangle of `n` rows stands for; `storage(row, column)` is the place of a stored element, none
  // if that is 0 by the band. Mirrored, conjugated and unit diagonals as asked.
  template <class Storage>
  static Dense from_triangle(const Values& values, int n, bool upper, int band, Kind kind, Storage storage) {
    Dense made(n, n);
    for (int row = 0; row < n; ++row) {
      for (int column = 0; column < n; ++column) {
        const bool stored = upper ? row <= column : row >= column;
        if (std::abs(row - column) > band) continue;
        if (!stored && (kind == Kind::Triangular || kind == Kind::UnitTriangular)) continue;
        Wide value = values[stored ? storage(row, column) : storage(column, row)];
        if (kind == Kind::Hermitian && !stored) value = std::conj(value);
        if (kind == Kind::Hermitian && row == column) value = value.real();
        if (kind == Kind::UnitTriangular && row == column) value = 1;
        made.at(row, column) = value;
      }
    }
    return made;
  }
  static auto full(int ld) {
    return [ld](int row, int column) { return area(ld, column) + row; };
  }
  static auto packed(int n, bool upper) {
    return [n, upper](int row, int column) {
      return static_cast<std::size_t>(upper ? row + column * (column + 1) / 2
                                            : row + (2 * n - column - 1) * column / 2);
    };
  }
  static auto banded(int ld, int band, bool upper) {
    return [=](int row, int column) { return area(ld, column) + (upper ? band + row - column : row - column); };
  }

  // Each product and each of the `terms` sums rounds once, in the type itself; a complex one takes four real products.
  // All numbers here are at most 1.5 in magnitude, so terms are below 2.25, times an alpha below 1.5.
  static void expect_near(T actual, Wide expected, int terms) {
    const auto unit = static_cast<long double>(std::numeric_limits<Part<T>>::epsilon());
    ASSERT_LE(std::abs(Wide(actual) - expected), unit * 16 * (terms + 2));
  }

  // y = alpha matrix x + beta y, by call(alpha, x, incx, beta, y, incy): with NaN in y where beta is 0.
  template <class Call>
  void check_product(Dense matrix, Call call) {
    for (const int increment : {1, 2, -1, -3}) {
      for (const bool keep : {true, false}) {
        Values x = vector(matrix.columns, increment);
        Values y = vector(matrix.rows, -increment);
        const T alpha = number();
        const T beta = keep ? number() : T{};
        if (!keep) {
          for (int row = 0; row < matrix.rows; ++row) {
            element(y, matrix.rows, -increment, row) = std::numeric_limits<Part<T>>::quiet_NaN();
          }
        }
        Values before = y;
        ASSERT_EQ(call(&alpha, x.data(), increment, &beta, y.data(), -increment), kSuccess);
        driver.run();
        Dense product = multiply(matrix, column_of(x, matrix.columns, increment));
        for (int row = 0; row < matrix.rows; ++row) {
          const Wide old = keep ? Wide(beta) * Wide(element(before, matrix.rows, -increment, row)) : Wide(0);
          expect_near(element(y, matrix.rows, -increment, row), Wide(alpha) * product.at(row, 0) + old, matrix.columns);
        }
        for (std::size_t place = 0; place < y.size(); ++place) {
          const bool between = place % static_cast<std::size_t>(std::abs(increment)) != 0;
          if (between) {
            ASSERT_EQ(y[place], before[place]);
          }
        }
      }
    }
  }

  // One triangle becomes `expected`, all else of the memory stays.
  template <class Storage>
  static void expect_triangle(const Values& actual, Values before, Dense expected, bool upper, int terms,
                              Storage storage) {
    for (int column = 0; column < expected.columns; ++column) {
      for (int row = upper ? 0 : column; row < (upper ? column + 1 : expected.rows); ++row) {
        expect_near(actual[storage(row, column)], expected.at(row, column), terms);
        before[storage(row, column)] = actual[storage(row, column)];
      }
    }
    ASSERT_EQ(actual, before) << "outside of the triangle";
  }

  std::mt19937 random_{7};
  cublasHandle_t handle_ = nullptr;
  static constexpr std::array kSizes = {0, 1, 2, 3, 7, 33};
};
using Types = ::testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(CublasLevels, Types);

TYPED_TEST(CublasLevels, ProductsOfSymmetricAndHermitianMatrices) {
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

TYPED_TEST(CublasLevels, ProductsOfGeneralBandMatrices) {
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
TYPED_TEST(CublasLevels, TriangularProductsAndSolutions) {
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

TYPED_TEST(CublasLevels, UpdatesWriteOneTriangle) {
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

TYPED_TEST(CublasLevels, RankUpdatesWriteOneTriangle) {
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

TYPED_TEST(CublasLevels, TriangularHermitianAndDiagonalFactors) {
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

TYPED_TEST(CublasLevels, ArgumentsAndScalarsInDeviceMode) {
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
