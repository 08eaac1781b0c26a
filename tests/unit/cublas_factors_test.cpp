#include "tests/unit/cublas_levels.h"

// LU and QR of batches: what the factors multiply to, what the solutions satisfy, and what is said of singular ones.
#define GETRF(l, T) DECLARE(l, T, getrfBatched, int, T* const*, int, int*, int*, int)
#define GETRS(l, T) \
  DECLARE(l, T, getrsBatched, int, int, int, const T* const*, int, const int*, T* const*, int, int*, int)
#define GETRI(l, T) DECLARE(l, T, getriBatched, int, const T* const*, int, const int*, T* const*, int, int*, int)
#define MATINV(l, T) DECLARE(l, T, matinvBatched, int, const T* const*, int, T* const*, int, int*, int)
#define GEQRF(l, T) DECLARE(l, T, geqrfBatched, int, int, T* const*, int, T* const*, int*, int)
#define GELS(l, T) DECLARE(l, T, gelsBatched, int, int, int, int, T* const*, int, T* const*, int, int*, int*, int)
REAL_AND_COMPLEX(GETRF);
REAL_AND_COMPLEX(GETRS);
REAL_AND_COMPLEX(GETRI);
REAL_AND_COMPLEX(MATINV);
REAL_AND_COMPLEX(GEQRF);
REAL_AND_COMPLEX(GELS);

namespace vgpu::cublas_test {
namespace {

constexpr int kBatch = 3;

template <class T>
class CublasFactors : public CublasLevels<T> {
 protected:
  using Values = std::vector<T>;

  // kBatch matrices of random numbers, and the array of their addresses.
  struct Batch {
    std::vector<Values> matrices;
    std::vector<T*> pointers;
    [[nodiscard]] const T* const* read() const { return pointers.data(); }
    [[nodiscard]] T* const* written() const { return pointers.data(); }
  };
  Batch batch(int ld, int columns) {
    Batch made;
    for (int index = 0; index < kBatch; ++index) made.matrices.push_back(this->numbers(this->area(ld, columns)));
    for (Values& each : made.matrices) made.pointers.push_back(each.data());
    return made;
  }
  // Diagonals large enough for elimination without pivots.
  void dominate(Batch& made, int ld, int n) {
    for (Values& each : made.matrices) {
      for (int place = 0; place < n; ++place) each[this->area(ld, place) + place] += T(static_cast<Part<T>>(2 * n));
    }
  }

  // |actual - expected| in units of what rounding in `terms` sums of this size does.
  static void expect_close(Dense actual, Dense expected, long double size, int terms) {
    const auto unit = static_cast<long double>(std::numeric_limits<Part<T>>::epsilon());
    for (int column = 0; column < expected.columns; ++column) {
      for (int row = 0; row < expected.rows; ++row) {
        ASSERT_LE(std::abs(actual.at(row, column) - expected.at(row, column)), unit * 8 * (terms + 2) * (size + 1))
            << row << ", " << column;
      }
    }
  }
  static long double largest(const Dense& matrix) {
    long double found = 0;
    for (const Wide& value : matrix.values) found = std::max(found, std::abs(value));
    return found;
  }
  static Dense identity(int n) {
    Dense made(n, n);
    for (int place = 0; place < n; ++place) made.at(place, place) = 1;
    return made;
  }
  static Dense exchanged(Dense matrix, const int* pivots) {
    for (int step = 0; step < matrix.rows; ++step) {
      for (int column = 0; column < matrix.columns; ++column) {
        std::swap(matrix.at(step, column), matrix.at(pivots[step] - 1, column));
      }
    }
    return matrix;
  }
};
TYPED_TEST_SUITE(CublasFactors, Types);

TYPED_TEST(CublasFactors, LowerTimesUpperIsTheMatrix) {
  using T = TypeParam;
  for (const int n : {1, 2, 3, 7, 33}) {
    for (const bool pivoting : {true, false}) {
      const int ld = n + 2;
      auto a = this->batch(ld, n);
      if (!pivoting) this->dominate(a, ld, n);
      const auto before = a.matrices;
      std::vector<int> pivots(static_cast<std::size_t>(n) * kBatch, -1);
      std::vector<int> info(kBatch, -1);
      ASSERT_EQ(OF_TYPE(getrfBatched)(this->handle_, n, a.written(), ld, pivoting ? pivots.data() : nullptr,
                                      info.data(), kBatch),
                kSuccess);
      EXPECT_EQ(a.matrices, before) << "ran before its turn";
      driver.run();
      for (int index = 0; index < kBatch; ++index) {
        EXPECT_EQ(info[index], 0);
        const auto& factors = a.matrices[index];
        Dense lower = this->from_triangle(factors, n, false, n, Kind::UnitTriangular, this->full(ld));
        Dense upper = this->from_triangle(factors, n, true, n, Kind::Triangular, this->full(ld));
        Dense expected = this->dense(before[index], ld, n, n);
        if (pivoting) expected = this->exchanged(expected, pivots.data() + index * n);
        this->expect_close(multiply(lower, upper), expected, n * this->largest(upper), n);
        for (const Wide& value : lower.values) ASSERT_LE(std::abs(value), pivoting ? 1.5L : 2.0L);
        for (int column = 0; column < n; ++column) {
          EXPECT_EQ(factors[this->area(ld, column) + n], before[index][this->area(ld, column) + n]) << "padding";
        }
      }
    }
  }
}

TYPED_TEST(CublasFactors, SolutionsAndInversesSatisfyTheirEquations) {
  using T = TypeParam;
  for (const int n : {1, 2, 5, 20}) {
    for (const bool pivoting : {true, false}) {
      const int ld = n + 1;
      auto a = this->batch(ld, n);
      this->dominate(a, ld, n);
      if (pivoting) {
        // Rows in the other order, so that every step has to exchange.
        for (auto& each : a.matrices) {
          for (int column = 0; column < n; ++column) {
            std::reverse(each.begin() + this->area(ld, column), each.begin() + this->area(ld, column) + n);
          }
        }
      }
      const auto before = a.matrices;
      std::vector<int> pivots(static_cast<std::size_t>(n) * kBatch, -1);
      std::vector<int> info(kBatch, -1);
      int* const given = pivoting ? pivots.data() : nullptr;
      ASSERT_EQ(OF_TYPE(getrfBatched)(this->handle_, n, a.written(), ld, given, info.data(), kBatch), kSuccess);
      driver.run();

      for (const int operation : {0, 1, 2}) {
        constexpr int kSides = 3;
        auto b = this->batch(ld, kSides);
        const auto sides = b.matrices;
        int wrong = -1;
        ASSERT_EQ(OF_TYPE(getrsBatched)(this->handle_, operation, n, kSides, a.read(), ld, given, b.written(), ld,
                                        &wrong, kBatch),
                  kSuccess);
        EXPECT_EQ(wrong, 0);
        driver.run();
        for (int index = 0; index < kBatch; ++index) {
          Dense matrix = transformed(this->dense(before[index], ld, n, n), operation);
          Dense solution = this->dense(b.matrices[index], ld, n, kSides);
          this->expect_close(multiply(matrix, solution), this->dense(sides[index], ld, n, kSides), 3, n);
        }
      }

      auto inverse = this->batch(ld, n);
      std::ranges::fill(info, -1);
      ASSERT_EQ(
          OF_TYPE(getriBatched)(this->handle_, n, a.read(), ld, given, inverse.written(), ld, info.data(), kBatch),
          kSuccess);
      driver.run();
      for (int index = 0; index < kBatch; ++index) {
        EXPECT_EQ(info[index], 0);
        this->expect_close(
            multiply(this->dense(before[index], ld, n, n), this->dense(inverse.matrices[index], ld, n, n)),
            this->identity(n), 3, n);
      }

      auto original = a;
      original.matrices = before;
      for (int index = 0; index < kBatch; ++index) original.pointers[index] = original.matrices[index].data();
      inverse = this->batch(ld, n);
      for (int index = 0; index < kBatch; ++index) inverse.pointers[index] = inverse.matrices[index].data();
      std::ranges::fill(info, -1);
      ASSERT_EQ(
          OF_TYPE(matinvBatched)(this->handle_, n, original.read(), ld, inverse.written(), ld, info.data(), kBatch),
          kSuccess);
      driver.run();
      EXPECT_EQ(original.matrices, before);
      for (int index = 0; index < kBatch; ++index) {
        EXPECT_EQ(info[index], 0);
        this->expect_close(
            multiply(this->dense(before[index], ld, n, n), this->dense(inverse.matrices[index], ld, n, n)),
            this->identity(n), 3, n);
      }
    }
  }
}

TYPED_TEST(CublasFactors, ReflectionsTimesUpperIsTheMatrix) {
  using T = TypeParam;
  for (const auto& shape : {std::array{1, 1}, {4, 4}, {7, 3}, {3, 7}, {33, 20}, {2, 1}}) {
    const int m = shape[0];
    const int n = shape[1];
    const int ld = m + 1;
    const int steps = std::min(m, n);
    auto a = this->batch(ld, n);
    auto tau = this->batch(steps, 1);
    const auto before = a.matrices;
    int info = -1;
    ASSERT_EQ(OF_TYPE(geqrfBatched)(this->handle_, m, n, a.written(), ld, tau.written(), &info, kBatch), kSuccess);
    EXPECT_EQ(info, 0);
    driver.run();
    for (int index = 0; index < kBatch; ++index) {
      const auto& factors = a.matrices[index];
      Dense product(m, n);
      for (int column = 0; column < n; ++column) {
        for (int row = 0; row <= std::min(column, m - 1); ++row) {
          product.at(row, column) = factors[this->area(ld, column) + row];
        }
      }
      for (int step = 0; step < steps; ++step) EXPECT_EQ(std::imag(factors[this->area(ld, step) + step]), 0);
      for (int step = steps - 1; step >= 0; --step) {
        Dense v(m, 1);
        v.at(step, 0) = 1;
        for (int row = step + 1; row < m; ++row) v.at(row, 0) = factors[this->area(ld, step) + row];
        Dense weights = multiply(transformed(v, 2), product);
        for (int column = 0; column < n; ++column) {
          for (int row = 0; row < m; ++row) {
            product.at(row, column) -= Wide(tau.matrices[index][step]) * v.at(row, 0) * weights.at(0, column);
          }
        }
      }
      this->expect_close(product, this->dense(before[index], ld, m, n), m, m);
    }
  }
}

TYPED_TEST(CublasFactors, LeastSquaresLeaveAResidualOrthogonalToTheColumns) {
  using T = TypeParam;
  for (const auto& shape : {std::array{1, 1}, {4, 4}, {9, 3}, {33, 5}}) {
    const int m = shape[0];
    const int n = shape[1];
    const int ld = m + 2;
    constexpr int kSides = 2;
    auto a = this->batch(ld, n);
    this->dominate(a, ld, n);
    auto c = this->batch(ld, kSides);
    const auto matrices = a.matrices;
    const auto sides = c.matrices;
    int info = -1;
    std::vector<int> singular(kBatch, -1);
    ASSERT_EQ(OF_TYPE(gelsBatched)(this->handle_, 0, m, n, kSides, a.written(), ld, c.written(), ld, &info,
                                   singular.data(), kBatch),
              kSuccess);
    EXPECT_EQ(info, 0);
    driver.run();
    for (int index = 0; index < kBatch; ++index) {
      EXPECT_EQ(singular[index], 0);
      Dense matrix = this->dense(matrices[index], ld, m, n);
      Dense residual = multiply(matrix, this->dense(c.matrices[index], ld, n, kSides));
      Dense side = this->dense(sides[index], ld, m, kSides);
      for (std::size_t place = 0; place < residual.values.size(); ++place) residual.values[place] -= side.values[place];
      Dense zero(n, kSides);
      this->expect_close(multiply(transformed(matrix, 2), residual), zero, m * n, m);
    }
  }
}

TYPED_TEST(CublasFactors, SingularMatricesAreNamed) {
  using T = TypeParam;
  // Columns two and three are both twice the first: the second diagonal element becomes exactly 0.
  std::vector<T> matrix = {1, 2, 4, 2, 4, 8, 2, 4, 8};
  const std::vector<T> same = matrix;
  T* a[] = {matrix.data()};
  int pivots[3] = {};
  int info = -1;
  ASSERT_EQ(OF_TYPE(getrfBatched)(this->handle_, 3, a, 3, pivots, &info, 1), kSuccess);
  driver.run();
  EXPECT_EQ(info, 2);
  EXPECT_EQ(pivots[0], 3) << "counted from 1";

  std::vector<T> inverse(9);
  T* c[] = {inverse.data()};
  info = -1;
  ASSERT_EQ(OF_TYPE(getriBatched)(this->handle_, 3, a, 3, pivots, c, 3, &info, 1), kSuccess);
  driver.run();
  EXPECT_EQ(info, 2);

  matrix = same;
  info = -1;
  ASSERT_EQ(OF_TYPE(matinvBatched)(this->handle_, 3, a, 3, c, 3, &info, 1), kSuccess);
  driver.run();
  EXPECT_EQ(info, 2);

  std::vector<T> zeros(4);
  std::vector<T> side(2, T(1));
  T* zero[] = {zeros.data()};
  T* b[] = {side.data()};
  int singular = -1;
  ASSERT_EQ(OF_TYPE(gelsBatched)(this->handle_, 0, 2, 2, 1, zero, 2, b, 2, &info, &singular, 1), kSuccess);
  EXPECT_EQ(info, 0);
  driver.run();
  EXPECT_EQ(singular, 1);
}

TYPED_TEST(CublasFactors, WrongArguments) {
  using T = TypeParam;
  T number(4);
  T* a[] = {&number};
  int pivot = 1;
  int info = 7;
  T* const* const none = nullptr;
  int* const nowhere = nullptr;
  const auto handle = this->handle_;
  EXPECT_EQ(OF_TYPE(getrfBatched)(cublasHandle_t{}, 1, a, 1, &pivot, &info, 1), kNotInitialized);
  EXPECT_EQ(OF_TYPE(getrfBatched)(handle, -1, a, 1, &pivot, &info, 1), kInvalidValue);
  EXPECT_EQ(OF_TYPE(getrfBatched)(handle, 2, a, 1, &pivot, &info, 1), kInvalidValue);
  EXPECT_EQ(OF_TYPE(getrfBatched)(handle, 1, a, 1, &pivot, &info, -1), kInvalidValue);
  EXPECT_EQ(OF_TYPE(getrfBatched)(handle, 1, a, 1, &pivot, nowhere, 1), kInvalidValue);
  EXPECT_EQ(OF_TYPE(getrfBatched)(handle, 1, a, 1, &pivot, &info, 0), kSuccess);
  EXPECT_EQ(OF_TYPE(matinvBatched)(handle, 33, a, 33, a, 33, &info, 1), kInvalidValue);
  EXPECT_EQ(OF_TYPE(getriBatched)(handle, 2, a, 2, &pivot, a, 1, &info, 1), kInvalidValue);
  const auto getrs = [&](int operation, int n, int sides, T* const* matrix, int lda, int ldb, int batch) {
    return OF_TYPE(getrsBatched)(handle, operation, n, sides, matrix, lda, &pivot, a, ldb, &info, batch);
  };
  const auto position = [&](cublasStatus_t status) {
    EXPECT_EQ(status, info == 0 ? kSuccess : kInvalidValue);
    return -info;
  };
  EXPECT_EQ(position(getrs(3, 1, 1, a, 1, 1, 1)), 1);
  EXPECT_EQ(position(getrs(0, -1, 1, a, 1, 1, 1)), 2);
  EXPECT_EQ(position(getrs(0, 1, -1, a, 1, 1, 1)), 3);
  EXPECT_EQ(position(getrs(0, 1, 1, none, 1, 1, 1)), 4);
  EXPECT_EQ(position(getrs(0, 1, 1, a, 0, 1, 1)), 5);
  EXPECT_EQ(position(getrs(0, 1, 1, a, 1, 0, 1)), 8);
  EXPECT_EQ(position(getrs(0, 1, 1, a, 1, 1, -1)), 10);
  EXPECT_EQ(position(getrs(0, 1, 1, a, 1, 1, 0)), 0);
  EXPECT_EQ(position(OF_TYPE(geqrfBatched)(handle, 2, 1, a, 1, a, &info, 1)), 4);
  EXPECT_EQ(OF_TYPE(geqrfBatched)(handle, 1, 1, a, 1, a, nowhere, 1), kInvalidValue);
  const auto gels = [&](int m, int n, int sides, int lda, int ldc, int batch) {
    return OF_TYPE(gelsBatched)(handle, 0, m, n, sides, a, lda, a, ldc, &info, nowhere, batch);
  };
  EXPECT_EQ(position(gels(-1, 1, 1, 1, 1, 1)), 1);
  EXPECT_EQ(position(gels(1, 1, -1, 1, 1, 1)), 2);
  EXPECT_EQ(position(gels(1, -1, 1, 1, 1, 1)), 3);
  EXPECT_EQ(position(gels(2, 1, 1, 1, 2, 1)), 5);
  EXPECT_EQ(position(gels(2, 1, 1, 2, 1, 1)), 7);
  EXPECT_EQ(position(gels(1, 1, 1, 1, 1, -1)), 8);
  EXPECT_EQ(position(gels(1, 1, 1, 1, 1, 0)), 0);
  EXPECT_EQ(OF_TYPE(gelsBatched)(handle, 1, 1, 1, 1, a, 1, a, 1, &info, nowhere, 1), kNotSupported);
  EXPECT_EQ(OF_TYPE(gelsBatched)(handle, 0, 1, 2, 1, a, 1, a, 1, &info, nowhere, 1), kNotSupported);
  EXPECT_TRUE(driver.queue.empty());
}

}  // namespace
}  // namespace vgpu::cublas_test
