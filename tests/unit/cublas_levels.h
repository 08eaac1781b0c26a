#pragma once

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

namespace vgpu::cublas_test {

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

inline Wide conjugated(Wide value, bool conjugate) {
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

inline Dense multiply(Dense left, Dense right) {
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

inline Dense transformed(Dense matrix, int operation) {
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

}  // namespace vgpu::cublas_test
