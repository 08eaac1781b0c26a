#include <algorithm>
#include <set>

#include "gpu/blas/element.h"
#include "tests/unit/cublas_levels.h"

// GEMM in half precision, by 3m, over groups, and the table of types that GemmEx takes.
using vgpu::blas::Half;
#define GEMM(function, Integer, T)                                                                                     \
  extern "C" cublasStatus_t function(cublasHandle_t, int, int, Integer, Integer, Integer, const T*, const T*, Integer, \
                                     const T*, Integer, const T*, T*, Integer)
#define GEMM_STRIDED(function, Integer, T)                                                                             \
  extern "C" cublasStatus_t function(cublasHandle_t, int, int, Integer, Integer, Integer, const T*, const T*, Integer, \
                                     long long, const T*, Integer, long long, const T*, T*, Integer, long long,        \
                                     Integer)
#define GEMM_BATCHED(function, Integer, T)                                                                           \
  extern "C" cublasStatus_t function(cublasHandle_t, int, int, Integer, Integer, Integer, const T*, const T* const*, \
                                     Integer, const T* const*, Integer, const T*, T* const*, Integer, Integer)
#define GEMM_GROUPED(function, Integer, T)                                                                       \
  extern "C" cublasStatus_t function(cublasHandle_t, const int*, const int*, const Integer*, const Integer*,     \
                                     const Integer*, const T*, const T* const*, const Integer*, const T* const*, \
                                     const Integer*, const T*, T* const*, const Integer*, Integer, const Integer*)
GEMM(cublasHgemm, int, Half);
GEMM(cublasHgemm_64, Index, Half);
GEMM_STRIDED(cublasHgemmStridedBatched, int, Half);
GEMM_STRIDED(cublasHgemmStridedBatched_64, Index, Half);
GEMM_BATCHED(cublasHgemmBatched, int, Half);
GEMM_BATCHED(cublasHgemmBatched_64, Index, Half);
GEMM(cublasCgemm3m, int, std::complex<float>);
GEMM(cublasCgemm3m_64, Index, std::complex<float>);
GEMM(cublasZgemm3m, int, std::complex<double>);
GEMM(cublasZgemm3m_64, Index, std::complex<double>);
GEMM_STRIDED(cublasCgemm3mStridedBatched, int, std::complex<float>);
GEMM_BATCHED(cublasCgemm3mBatched_64, Index, std::complex<float>);
GEMM_GROUPED(cublasSgemmGroupedBatched, int, float);
GEMM_GROUPED(cublasDgemmGroupedBatched_64, Index, double);
extern "C" {
cublasStatus_t cublasGemmGroupedBatchedEx(cublasHandle_t, const int*, const int*, const int*, const int*, const int*,
                                          const void*, const void* const*, int, const int*, const void* const*, int,
                                          const int*, const void*, void* const*, int, const int*, int, const int*, int);
cublasStatus_t cublasGemmEx(cublasHandle_t, int, int, int, int, int, const void*, const void*, int, int, const void*,
                            int, int, const void*, void*, int, int, int, int);
cublasStatus_t cublasGemmEx_64(cublasHandle_t, int, int, Index, Index, Index, const void*, const void*, int, Index,
                               const void*, int, Index, const void*, void*, int, Index, int, int);
cublasStatus_t cublasSgemmEx(cublasHandle_t, int, int, int, int, int, const float*, const void*, int, int, const void*,
                             int, int, const float*, void*, int, int);
cublasStatus_t cublasCgemmEx(cublasHandle_t, int, int, int, int, int, const std::complex<float>*, const void*, int, int,
                             const void*, int, int, const std::complex<float>*, void*, int, int);
cublasStatus_t cublasCgemm3mEx_64(cublasHandle_t, int, int, Index, Index, Index, const std::complex<float>*,
                                  const void*, int, Index, const void*, int, Index, const std::complex<float>*, void*,
                                  int, Index);
}

namespace vgpu::cublas_test {
namespace {

// One element type's products, kBatch of them one after the other in memory.
template <class T>
class CublasProducts : public CublasLevels<T> {
 protected:
  using Value = blas::WideOf<T>;
  struct Shape {
    int operation_a, operation_b, m, n, k;
  };

  Wide random_wide() {
    const auto part = [&] { return static_cast<long double>(this->random_() % 2001) / 1000 - 1; };
    return {part(), part()};
  }
  T random_one() { return blas::narrow<T>(narrow<Value>(random_wide())); }
  std::vector<T> elements(std::size_t count) {
    std::vector<T> made(count);
    std::ranges::generate(made, [&] { return random_one(); });
    return made;
  }
  static Dense full_of(const std::vector<T>& values, std::size_t from, int ld, int rows, int columns) {
    Dense made(rows, columns);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        made.at(row, column) = Wide(blas::widen(values[from + CublasLevels<T>::area(ld, column) + row]));
      }
    }
    return made;
  }

  // call(alpha, a, lda, size_a, b, ldb, size_b, beta, c, ldc, size_c) computes `batch` products.
  template <class Call>
  void check(const Shape& shape, int batch, long double unit, Call call) {
    SCOPED_TRACE(::testing::Message() << shape.m << "x" << shape.n << "x" << shape.k << " op " << shape.operation_a
                                      << shape.operation_b);
    const int rows_a = shape.operation_a == 0 ? shape.m : shape.k;
    const int columns_a = shape.operation_a == 0 ? shape.k : shape.m;
    const int rows_b = shape.operation_b == 0 ? shape.k : shape.n;
    const int columns_b = shape.operation_b == 0 ? shape.n : shape.k;
    const int lda = rows_a + 1;
    const int ldb = rows_b + 2;
    const int ldc = shape.m + 3;
    for (const bool keep : {true, false}) {
      const std::size_t size_a = this->area(lda, columns_a);
      const std::size_t size_b = this->area(ldb, columns_b);
      const std::size_t size_c = this->area(ldc, shape.n);
      const auto a = elements(size_a * batch);
      const auto b = elements(size_b * batch);
      auto c = elements(size_c * batch);
      if (!keep) {
        for (T& each : c) each = blas::narrow<T>(Value(std::numeric_limits<Part<Value>>::quiet_NaN()));
      }
      const auto before = c;
      const T alpha = random_one();
      const T beta = keep ? random_one() : T{};
      ASSERT_EQ(call(alpha, a.data(), lda, size_a, b.data(), ldb, size_b, beta, c.data(), ldc, size_c), kSuccess);
      driver.run();
      for (int index = 0; index < batch; ++index) {
        Dense product = multiply(transformed(full_of(a, index * size_a, lda, rows_a, columns_a), shape.operation_a),
                                 transformed(full_of(b, index * size_b, ldb, rows_b, columns_b), shape.operation_b));
        for (int column = 0; column < shape.n; ++column) {
          for (int row = 0; row < ldc; ++row) {
            const std::size_t at = index * size_c + this->area(ldc, column) + row;
            const Wide actual(blas::widen(c[at]));
            const Wide old(blas::widen(before[at]));
            if (row >= shape.m) {
              ASSERT_TRUE(actual == old || !keep) << "padding";
              continue;
            }
            Wide expected = Wide(blas::widen(alpha)) * product.at(row, column);
            if (keep) expected += Wide(blas::widen(beta)) * old;
            ASSERT_LE(std::abs(actual - expected), unit * std::abs(expected) + 16 * (shape.k + 2) * sums());
          }
        }
      }
    }
  }
  static long double sums() { return sizeof(Part<Value>) == sizeof(double) ? 0x1p-52L : 0x1p-23L; }
  static std::vector<Shape> shapes() {
    std::vector<Shape> made;
    for (const int operation_a : {0, 1, 2}) {
      for (const int operation_b : {0, 1, 2}) {
        for (const auto& [m, n, k] : {std::array{1, 1, 1}, {3, 5, 7}, {33, 2, 40}, {4, 4, 0}}) {
          made.push_back({operation_a, operation_b, m, n, k});
        }
      }
    }
    return made;
  }
  template <class Element>
  static std::vector<Element*> addresses(Element* first, std::size_t stride, int count) {
    std::vector<Element*> made;
    for (int index = 0; index < count; ++index) made.push_back(first + stride * index);
    return made;
  }

  template <class Function>
  auto plain(const Shape& s, Function function) {
    return [=, handle = this->handle_](T alpha, auto a, int lda, auto, auto b, int ldb, auto, T beta, auto c, int ldc,
                                       auto) {
      return function(handle, s.operation_a, s.operation_b, s.m, s.n, s.k, &alpha, a, lda, b, ldb, &beta, c, ldc);
    };
  }
  template <class Function>
  auto strided(const Shape& s, int batch, Function function) {
    return [=, handle = this->handle_](T alpha, auto a, int lda, auto size_a, auto b, int ldb, auto size_b, T beta,
                                       auto c, int ldc, auto size_c) {
      return function(handle, s.operation_a, s.operation_b, s.m, s.n, s.k, &alpha, a, lda, size_a, b, ldb, size_b,
                      &beta, c, ldc, size_c, batch);
    };
  }
  template <class Function>
  auto arrays(const Shape& s, int batch, Function function) {
    return [=, handle = this->handle_](T alpha, auto a, int lda, auto size_a, auto b, int ldb, auto size_b, T beta,
                                       auto c, int ldc, auto size_c) {
      const auto as = addresses(a, size_a, batch);
      const auto bs = addresses(b, size_b, batch);
      const auto cs = addresses(c, size_c, batch);
      const auto status = function(handle, s.operation_a, s.operation_b, s.m, s.n, s.k, &alpha, as.data(), lda,
                                   bs.data(), ldb, &beta, cs.data(), ldc, batch);
      driver.run();
      return status;
    };
  }
};

class CublasHalfProducts : public CublasProducts<Half> {};
TEST_F(CublasHalfProducts, PlainStridedAndArrays) {
  constexpr long double kUnit = 0x1p-10L;
  for (const Shape& shape : shapes()) {
    check(shape, 1, kUnit, plain(shape, cublasHgemm));
    check(shape, 1, kUnit, plain(shape, cublasHgemm_64));
    check(shape, 3, kUnit, strided(shape, 3, cublasHgemmStridedBatched));
    check(shape, 3, kUnit, strided(shape, 3, cublasHgemmStridedBatched_64));
    check(shape, 3, kUnit, arrays(shape, 3, cublasHgemmBatched));
    check(shape, 3, kUnit, arrays(shape, 3, cublasHgemmBatched_64));
  }
}

TEST_F(CublasHalfProducts, SumsBeyondTheLargestHalfAreExactWhereTheResultIsNot) {
  // 300 * 300 overflows a half; the difference of two such products does not.
  const Half a[] = {{0x5cb0}, {0x5cb0}};  // 300
  const Half b[] = {{0x5cb0}, {0xdcb0}};
  const Half one{0x3c00};
  const Half zero{};
  Half c{0x7e00};
  ASSERT_EQ(cublasHgemm(handle_, 1, 0, 1, 1, 2, &one, a, 2, b, 2, &zero, &c, 1), kSuccess);
  driver.run();
  EXPECT_EQ(c.bits, 0);
  EXPECT_EQ(cublasHgemm(handle_, 1, 0, 1, 1, 2, &one, a, 1, b, 2, &zero, &c, 1), kInvalidValue);
  EXPECT_EQ(cublasHgemm(handle_, 1, 0, 1, 1, 2, nullptr, a, 2, b, 2, &zero, &c, 1), kInvalidValue);
}

class CublasSingleProducts : public CublasProducts<std::complex<float>> {};
TEST_F(CublasSingleProducts, ThreeMultiplications) {
  for (const Shape& shape : shapes()) {
    check(shape, 1, 0x1p-23L, plain(shape, cublasCgemm3m));
    check(shape, 1, 0x1p-23L, plain(shape, cublasCgemm3m_64));
    check(shape, 2, 0x1p-23L, strided(shape, 2, cublasCgemm3mStridedBatched));
    check(shape, 2, 0x1p-23L, arrays(shape, 2, cublasCgemm3mBatched_64));
  }
}
class CublasDoubleProducts : public CublasProducts<std::complex<double>> {};
TEST_F(CublasDoubleProducts, ThreeMultiplications) {
  for (const Shape& shape : shapes()) {
    check(shape, 1, 0x1p-52L, plain(shape, cublasZgemm3m));
    check(shape, 1, 0x1p-52L, plain(shape, cublasZgemm3m_64));
  }
}

// Two groups: two products of 1x1x2 and one of 2x1x1.
template <class T, class Integer, class Function>
void check_groups(cublasHandle_t handle, Function function) {
  T first_a[] = {1, 2};
  T second_a[] = {3, 4};
  T third_a[] = {5, 6};
  T b[] = {10, 20};
  T c[4] = {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN(), 1000, 2000};
  const T* as[] = {first_a, second_a, third_a};
  const T* bs[] = {b, b, b};
  T* cs[] = {c, c + 1, c + 2};
  int operations_a[] = {0, 1};
  const int operations_b[] = {0, 0};
  const Integer m[] = {1, 2};
  const Integer n[] = {1, 1};
  const Integer k[] = {2, 1};
  const Integer lda[] = {1, 1};
  const Integer ldb[] = {2, 1};
  Integer ldc[] = {1, 2};
  T alpha[] = {1, 2};
  const T beta[] = {0, 1};
  const Integer sizes[] = {2, 1};
  const auto call = [&](Integer count) {
    return function(handle, operations_a, operations_b, m, n, k, alpha, as, lda, bs, ldb, beta, cs, ldc, count, sizes);
  };
  ASSERT_EQ(call(2), kSuccess);
  alpha[0] = 99;
  operations_a[0] = 7;
  driver.run();
  EXPECT_EQ(c[0], 1 * 10 + 2 * 20);
  EXPECT_EQ(c[1], 3 * 10 + 4 * 20);
  EXPECT_EQ(c[2], 1000 + 2 * 5 * 10);
  EXPECT_EQ(c[3], 2000 + 2 * 6 * 10);
  EXPECT_EQ(call(2), kInvalidValue) << "an operation that is none";
  operations_a[0] = 0;
  ldc[1] = 1;
  EXPECT_EQ(call(2), kInvalidValue);
  EXPECT_TRUE(driver.queue.empty()) << "nothing is computed where the second group is wrong";
  EXPECT_EQ(call(0), kSuccess);
  EXPECT_EQ(call(-1), kInvalidValue);
  EXPECT_EQ(function(handle, operations_a, nullptr, m, n, k, alpha, as, lda, bs, ldb, beta, cs, ldc, 2, sizes),
            kInvalidValue);
}
TEST_F(CublasSingleProducts, Groups) {
  check_groups<float, int>(handle_, cublasSgemmGroupedBatched);
  check_groups<double, Index>(handle_, cublasDgemmGroupedBatched_64);
  check_groups<float, int>(
      handle_, [](auto handle, auto operations_a, auto operations_b, auto m, auto n, auto k, auto alpha, auto a,
                  auto lda, auto b, auto ldb, auto beta, auto c, auto ldc, auto count, auto sizes) {
        return cublasGemmGroupedBatchedEx(handle, operations_a, operations_b, m, n, k, alpha,
                                          reinterpret_cast<const void* const*>(a), kR32F, lda,
                                          reinterpret_cast<const void* const*>(b), kR32F, ldb, beta,
                                          reinterpret_cast<void* const*>(c), kR32F, ldc, count, sizes, kCompute32F);
      });
}

// The table that cuBLAS 12.8 takes: compute type, then A's and B's type, then C's.
TEST_F(CublasSingleProducts, OnlyTheTypesOfTheTable) {
  using Row = std::array<int, 3>;
  std::set<Row> table;
  for (const int compute : {kCompute16F, kCompute16FPedantic}) table.insert({compute, kR16F, kR16F});
  for (const int compute : {kCompute32I, kCompute32IPedantic}) table.insert({compute, kR8I, kR32I});
  for (const int compute :
       {kCompute32F, kCompute32FPedantic, kCompute32FFast16F, kCompute32FFast16BF, kCompute32FFastTF32}) {
    for (const auto& [in, out] : {std::pair{kR16BF, kR16BF},
                                  {kR16F, kR16F},
                                  {kR8I, kR32F},
                                  {kR16BF, kR32F},
                                  {kR16F, kR32F},
                                  {kR32F, kR32F},
                                  {kC8I, kC32F},
                                  {kC32F, kC32F}}) {
      table.insert({compute, in, out});
    }
  }
  for (const int compute : {kCompute64F, kCompute64FPedantic}) {
    table.insert({compute, kR64F, kR64F});
    table.insert({compute, kC64F, kC64F});
  }
  const std::complex<double> one{};
  std::complex<double> memory{};
  const int types[] = {kR16F, kR16BF, kR32F, kR64F, kC32F, kC64F, kR8I, kC8I, kR32I, 28};
  for (int compute = 60; compute < 80; ++compute) {
    for (const int a : types) {
      for (const int b : types) {
        for (const int c : types) {
          const bool known = a == b && table.contains({compute, a, c});
          const cublasStatus_t expected = known ? kSuccess : kNotSupported;
          ASSERT_EQ(cublasGemmEx(handle_, 0, 0, 1, 1, 1, &one, &memory, a, 1, &memory, b, 1, &one, &memory, c, 1,
                                 compute, -1),
                    expected)
              << "compute " << compute << " A " << a << " B " << b << " C " << c;
          ASSERT_EQ(cublasGemmEx_64(handle_, 0, 0, 1, 1, 1, &one, &memory, a, 1, &memory, b, 1, &one, &memory, c, 1,
                                    compute, -1),
                    expected);
        }
      }
    }
  }
  driver.run();
  const float single_one = 1;
  EXPECT_EQ(cublasSgemmEx(handle_, 0, 0, 1, 1, 1, &single_one, &memory, kC32F, 1, &memory, kC32F, 1, &single_one,
                          &memory, kC32F, 1),
            kNotSupported);
}

TEST_F(CublasSingleProducts, GroupsOfFewerTypes) {
  const std::set<std::array<int, 2>> table = {{kCompute32F, kR16F},         {kCompute32F, kR16BF},
                                              {kCompute32F, kR32F},         {kCompute32FPedantic, kR32F},
                                              {kCompute32FFastTF32, kR32F}, {kCompute64F, kR64F}};
  const int zero[] = {0};
  const int one[] = {1};
  double memory[2] = {};
  void* pointers[] = {memory};
  const auto call = [&](int a, int c, int compute) {
    return cublasGemmGroupedBatchedEx(handle_, zero, zero, one, one, one, memory, pointers, a, one, pointers, a, one,
                                      memory, pointers, c, one, 1, one, compute);
  };
  const int types[] = {kR16F, kR16BF, kR32F, kR64F, kC32F, kC64F, kR8I, kR32I};
  for (int compute = 60; compute < 80; ++compute) {
    for (const int a : types) {
      for (const int c : types) {
        ASSERT_EQ(call(a, c, compute), a == c && table.contains({compute, a}) ? kSuccess : kNotSupported)
            << "compute " << compute << " A " << a << " C " << c;
      }
    }
  }
  driver.run();
  ASSERT_EQ(cublasSetPointerMode_v2(handle_, 1), kSuccess);
  EXPECT_EQ(call(kR32F, kR32F, kCompute32F), kNotSupported) << "scalars on the device";
}

TEST_F(CublasSingleProducts, ComplexBytes) {
  using Single = std::complex<float>;
  for (const Shape& shape : shapes()) {
    const int rows_a = shape.operation_a == 0 ? shape.m : shape.k;
    const int columns_a = shape.operation_a == 0 ? shape.k : shape.m;
    const int rows_b = shape.operation_b == 0 ? shape.k : shape.n;
    const int columns_b = shape.operation_b == 0 ? shape.n : shape.k;
    const int lda = rows_a + 1;
    const int ldb = rows_b + 2;
    std::vector<std::int8_t> a(2 * area(lda, columns_a));
    std::vector<std::int8_t> b(2 * area(ldb, columns_b));
    for (auto* each : {&a, &b}) {
      std::ranges::generate(*each, [&] { return static_cast<std::int8_t>(static_cast<int>(random_() % 256) - 128); });
    }
    const auto widened = [](const std::vector<std::int8_t>& bytes) {
      std::vector<Single> made;
      for (std::size_t at = 0; at < bytes.size(); at += 2) made.emplace_back(bytes[at], bytes[at + 1]);
      return made;
    };
    Dense product = multiply(transformed(dense(widened(a), lda, rows_a, columns_a), shape.operation_a),
                             transformed(dense(widened(b), ldb, rows_b, columns_b), shape.operation_b));
    const Single alpha(2);
    const Single beta(0, 1);
    for (const bool long_form : {false, true}) {
      std::vector<Single> c(area(shape.m, shape.n), Single(3, 4));
      ASSERT_EQ(
          long_form
              ? cublasCgemm3mEx_64(handle_, shape.operation_a, shape.operation_b, shape.m, shape.n, shape.k, &alpha,
                                   a.data(), kC8I, lda, b.data(), kC8I, ldb, &beta, c.data(), kC32F, shape.m)
              : cublasCgemmEx(handle_, shape.operation_a, shape.operation_b, shape.m, shape.n, shape.k, &alpha,
                              a.data(), kC8I, lda, b.data(), kC8I, ldb, &beta, c.data(), kC32F, shape.m),
          kSuccess);
      driver.run();
      for (int column = 0; column < shape.n; ++column) {
        for (int row = 0; row < shape.m; ++row) {
          const Wide expected = 2.0L * product.at(row, column) + Wide(-4, 3);
          ASSERT_EQ(Wide(c[area(shape.m, column) + row]), expected) << "sums this small are exact";
        }
      }
    }
  }
}

}  // namespace
}  // namespace vgpu::cublas_test
