#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/gemm.h"
#include "gpu/blas/parallel.h"
#include "gpu/blas/triangular.h"

namespace vgpu::blas {
namespace {

using Complex = std::complex<double>;

// A matrix of any type that can be read and written as complex doubles.
class Matrix {
 public:
  Matrix(DataType type, std::int64_t elements)
      : type_(type), bytes_(static_cast<std::size_t>(elements) * size_of(type)) {}

  void* data() { return bytes_.data(); }
  [[nodiscard]] DataType type() const { return type_; }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(bytes_.size() / size_of(type_)); }

  void set(std::int64_t at, Complex value) {
    switch (type_) {
      case DataType::F16:
        return put(at, float_to_half(static_cast<float>(value.real())));
      case DataType::BF16:
        return put(at, float_to_bfloat(static_cast<float>(value.real())));
      case DataType::F32:
        return put(at, static_cast<float>(value.real()));
      case DataType::F64:
        return put(at, value.real());
      case DataType::C32:
        return put(at, std::complex<float>(value));
      case DataType::C64:
        return put(at, value);
      case DataType::I8:
        return put(at, static_cast<std::int8_t>(value.real()));
      case DataType::I32:
        return put(at, static_cast<std::int32_t>(value.real()));
    }
  }
  Complex get(std::int64_t at) {
    switch (type_) {
      case DataType::F16:
        return half_to_float(take<std::uint16_t>(at));
      case DataType::BF16:
        return bfloat_to_float(take<std::uint16_t>(at));
      case DataType::F32:
        return take<float>(at);
      case DataType::F64:
        return take<double>(at);
      case DataType::C32:
        return take<std::complex<float>>(at);
      case DataType::C64:
        return take<Complex>(at);
      case DataType::I8:
        return take<std::int8_t>(at);
      case DataType::I32:
        return take<std::int32_t>(at);
    }
    return {};
  }
  void fill(std::mt19937& random) {
    for (std::int64_t at = 0; at < size(); ++at) {
      if (type_ == DataType::I8 || type_ == DataType::I32) {
        set(at, static_cast<double>(static_cast<int>(random() % 255) - 127));
      } else {
        set(at, {static_cast<double>(random() % 2001) / 1000 - 1, static_cast<double>(random() % 2001) / 1000 - 1});
      }
    }
  }

 private:
  template <class T>
  void put(std::int64_t at, T value) {
    std::memcpy(bytes_.data() + static_cast<std::size_t>(at) * sizeof value, &value, sizeof value);
  }
  template <class T>
  T take(std::int64_t at) {
    T value;
    std::memcpy(&value, bytes_.data() + static_cast<std::size_t>(at) * sizeof value, sizeof value);
    return value;
  }
  DataType type_;
  std::vector<std::byte> bytes_;
};

// Element (row, column) of op(matrix), whose first element is at `offset`.
Complex element(Matrix& matrix, std::int64_t offset, Operation operation, std::int64_t ld, std::int64_t row,
                std::int64_t column) {
  if (operation != Operation::None) std::swap(row, column);
  const Complex value = matrix.get(offset + row + column * ld);
  return operation == Operation::ConjugateTranspose ? std::conj(value) : value;
}

struct Types {
  const char* name;
  DataType in, out;
  ComputeType compute;
  double tolerance;  // relative to sqrt(k)
};

class Gemm : public ::testing::TestWithParam<Types> {
 protected:
  std::mt19937 random_{20};

  void check(Operation operation_a, Operation operation_b, std::int64_t m, std::int64_t n, std::int64_t k,
             Complex alpha, Complex beta, std::int64_t pad) {
    const Types types = GetParam();
    SCOPED_TRACE(::testing::Message() << m << "x" << n << "x" << k << " op " << static_cast<int>(operation_a)
                                      << static_cast<int>(operation_b) << " alpha " << alpha << " beta " << beta);
    GemmShape shape{.operation_a = operation_a,
                    .operation_b = operation_b,
                    .m = m,
                    .n = n,
                    .k = k,
                    .type_a = types.in,
                    .type_b = types.in,
                    .type_c = types.out,
                    .compute = types.compute};
    shape.lda = std::max<std::int64_t>(operation_a == Operation::None ? m : k, 1) + pad;
    shape.ldb = std::max<std::int64_t>(operation_b == Operation::None ? k : n, 1) + pad;
    shape.ldc = std::max<std::int64_t>(m, 1) + pad;
    constexpr std::int64_t kBatch = 2;
    Matrix a(types.in, shape.lda * (operation_a == Operation::None ? k : m) * kBatch);
    Matrix b(types.in, shape.ldb * (operation_b == Operation::None ? n : k) * kBatch);
    Matrix c(types.out, shape.ldc * n * kBatch);
    a.fill(random_);
    b.fill(random_);
    c.fill(random_);
    if (beta == 0.0 && types.out != DataType::I32) {
      for (std::int64_t at = 0; at < c.size(); ++at) c.set(at, std::numeric_limits<double>::quiet_NaN());
    }
    Matrix before = c;
    const auto at = [&](Matrix& matrix, std::int64_t batch) {
      return static_cast<std::byte*>(matrix.data()) +
             static_cast<std::size_t>(matrix.size() / kBatch * batch) * size_of(matrix.type());
    };
    gemm(shape, alpha, beta, kBatch,
         [&](std::int64_t batch) { return GemmOperands{at(a, batch), at(b, batch), at(c, batch)}; });
    for (std::int64_t batch = 0; batch < kBatch; ++batch) {
      for (std::int64_t column = 0; column < n; ++column) {
        for (std::int64_t row = 0; row < shape.ldc; ++row) {
          const std::int64_t index = c.size() / kBatch * batch + row + column * shape.ldc;
          const Complex old = before.get(index);
          Complex expected = old;
          double magnitude = 0;
          if (row < m) {
            expected = beta == 0.0 ? 0.0 : beta * old;
            for (std::int64_t depth = 0; depth < k; ++depth) {
              const std::int64_t offset_a = a.size() / kBatch * batch;
              const std::int64_t offset_b = b.size() / kBatch * batch;
              const Complex term = element(a, offset_a, operation_a, shape.lda, row, depth) *
                                   element(b, offset_b, operation_b, shape.ldb, depth, column);
              expected += alpha * term;
              magnitude += std::abs(alpha * term);
            }
          }
          const Complex actual = c.get(index);
          if (std::isnan(expected.real())) {
            ASSERT_TRUE(std::isnan(actual.real())) << "padding row " << row;
          } else {
            ASSERT_LE(std::abs(actual - expected), types.tolerance * (1 + magnitude))
                << "batch " << batch << " row " << row << " column " << column << ": " << actual << ", not "
                << expected;
          }
        }
      }
    }
  }
};

TEST_P(Gemm, IsSupported) {
  const Types types = GetParam();
  EXPECT_TRUE(gemm_supported({.type_a = types.in, .type_b = types.in, .type_c = types.out, .compute = types.compute}));
}

TEST_P(Gemm, SmallShapesInAllOperations) {
  const Operation operations[] = {Operation::None, Operation::Transpose, Operation::ConjugateTranspose};
  for (const Operation operation_a : operations) {
    for (const Operation operation_b : operations) {
      for (const std::int64_t m : {1, 3, 16}) {
        for (const std::int64_t n : {1, 5, 17}) {
          for (const std::int64_t k : {1, 7, 33}) {
            check(operation_a, operation_b, m, n, k, 1, 0, 0);
            check(operation_a, operation_b, m, n, k, 2, 3, 4);
          }
        }
      }
    }
  }
}

TEST_P(Gemm, ManyTilesAndDepthBeyondOneStep) {
  check(Operation::None, Operation::None, 300, 67, 70, 1, 0, 1);
  check(Operation::Transpose, Operation::None, 65, 290, 1030, 1, 1, 0);
  check(Operation::None, Operation::Transpose, 129, 33, 513, 2, -1, 3);
  check(Operation::Transpose, Operation::Transpose, 1, 260, 600, 1, 0, 0);
  check(Operation::None, Operation::None, 260, 1, 600, 1, 0, 0);
}

TEST_P(Gemm, ZeroExtents) {
  check(Operation::None, Operation::None, 0, 4, 4, 1, 0, 0);
  check(Operation::None, Operation::None, 4, 0, 4, 1, 0, 0);
  check(Operation::None, Operation::None, 4, 5, 0, 1, 0, 1);
  check(Operation::None, Operation::None, 4, 5, 0, 1, 2, 1);
  check(Operation::None, Operation::None, 4, 5, 0, 1, 1, 1);
}

TEST_P(Gemm, AlphaZeroDoesNotReadTheFactors) {
  const Types types = GetParam();
  const GemmShape shape{.m = 3,
                        .n = 3,
                        .k = 3,
                        .type_a = types.in,
                        .type_b = types.in,
                        .type_c = types.out,
                        .compute = types.compute,
                        .lda = 3,
                        .ldb = 3,
                        .ldc = 3};
  Matrix c(types.out, 9);
  c.fill(random_);
  gemm(shape, 0, 0, 1, [&](std::int64_t) { return GemmOperands{nullptr, nullptr, c.data()}; });
  for (std::int64_t at = 0; at < 9; ++at) EXPECT_EQ(c.get(at), Complex(0));
}

INSTANTIATE_TEST_SUITE_P(Types, Gemm,
                         ::testing::Values(Types{"F32", DataType::F32, DataType::F32, ComputeType::F32, 1e-5},
                                           Types{"F64", DataType::F64, DataType::F64, ComputeType::F64, 1e-13},
                                           Types{"C32", DataType::C32, DataType::C32, ComputeType::F32, 1e-5},
                                           Types{"C64", DataType::C64, DataType::C64, ComputeType::F64, 1e-13},
                                           Types{"F16toF16", DataType::F16, DataType::F16, ComputeType::F16, 1e-3},
                                           Types{"F16toF16in32", DataType::F16, DataType::F16, ComputeType::F32, 1e-3},
                                           Types{"F16toF32", DataType::F16, DataType::F32, ComputeType::F32, 1e-5},
                                           Types{"BF16toBF16", DataType::BF16, DataType::BF16, ComputeType::F32, 8e-3},
                                           Types{"BF16toF32", DataType::BF16, DataType::F32, ComputeType::F32, 1e-5},
                                           Types{"I8toF32", DataType::I8, DataType::F32, ComputeType::F32, 1e-6},
                                           Types{"I8toI32", DataType::I8, DataType::I32, ComputeType::I32, 0}),
                         [](const auto& chosen) { return chosen.param.name; });

TEST(GemmTypes, OthersAreRefused) {
  EXPECT_FALSE(gemm_supported({.type_a = DataType::F16, .type_b = DataType::F32}));
  EXPECT_FALSE(gemm_supported({.type_c = DataType::F64}));
  EXPECT_FALSE(gemm_supported({.type_a = DataType::I8, .type_b = DataType::I8, .type_c = DataType::I32}));
}

TEST(Convert, EveryHalfRoundTrips) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(half_to_float(float_to_half(value))));
    } else {
      ASSERT_EQ(float_to_half(value), half) << bits;
      ASSERT_EQ(float_to_bfloat(bfloat_to_float(half)), std::isnan(bfloat_to_float(half)) ? half | 0x40 : half);
    }
  }
}

TEST(Convert, VectorsEqualScalars) {
  std::mt19937 random(3);
  std::vector<float> values(1003);
  for (float& value : values) value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
  values[0] = 65520.0F;
  values[1] = 65519.0F;
  values[2] = 0x1p-25F;
  values[3] = 0x1.8p-25F;
  std::vector<std::uint16_t> halves(values.size());
  std::vector<std::uint16_t> bfloats(values.size());
  std::vector<float> back(values.size());
  from_float(DataType::F16, values.data(), halves.data(), 1003);
  from_float(DataType::BF16, values.data(), bfloats.data(), 1003);
  to_float(DataType::F16, halves.data(), back.data(), 1003);
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (std::isnan(values[at])) continue;
    ASSERT_EQ(halves[at], float_to_half(values[at])) << values[at];
    ASSERT_EQ(bfloats[at], float_to_bfloat(values[at])) << values[at];
    ASSERT_EQ(back[at], half_to_float(halves[at]));
  }
}

TEST(TriangularSolve, GivesBackTheRightHandSide) {
  std::mt19937 random(4);
  for (const bool left : {true, false}) {
    for (const bool upper : {true, false}) {
      for (const Operation operation : {Operation::None, Operation::Transpose, Operation::ConjugateTranspose}) {
        for (const bool unit : {true, false}) {
          for (const DataType type : {DataType::F32, DataType::F64, DataType::C32, DataType::C64}) {
            const TriangularShape shape{.left = left,
                                        .upper = upper,
                                        .unit_diagonal = unit,
                                        .operation = operation,
                                        .m = left ? 5 : 130,
                                        .n = left ? 130 : 5,
                                        .lda = 7,
                                        .ldb = 131,
                                        .type = type};
            Matrix a(type, 7 * 5);
            Matrix b(type, 131 * 130);
            a.fill(random);
            b.fill(random);
            for (std::int64_t at = 0; at < 5; ++at) a.set(at + at * 7, 4);
            Matrix right_hand_side = b;
            triangular_solve(shape, 2, 1, [&](std::int64_t) { return TriangularOperands{a.data(), b.data()}; });
            const auto factor = [&](std::int64_t row, std::int64_t column) -> Complex {
              if (operation != Operation::None) std::swap(row, column);
              if (row == column && unit) return 1;
              if (upper ? row > column : row < column) return 0;
              const Complex value = a.get(row + column * 7);
              return operation == Operation::ConjugateTranspose ? std::conj(value) : value;
            };
            for (std::int64_t row = 0; row < shape.m; ++row) {
              for (std::int64_t column = 0; column < shape.n; ++column) {
                Complex sum = 0;
                for (std::int64_t depth = 0; depth < 5; ++depth) {
                  sum += left ? factor(row, depth) * b.get(depth + column * 131)
                              : b.get(row + depth * 131) * factor(depth, column);
                }
                ASSERT_LT(std::abs(sum - 2.0 * right_hand_side.get(row + column * 131)), 2e-3);
              }
            }
          }
        }
      }
    }
  }
}

// A loop with a thread for each call, as device work has it; in place before the first test.
void run_on_threads(std::uint64_t count, void (*body)(void*, std::uint64_t), void* argument) {
  std::vector<std::thread> threads;
  for (std::uint64_t index = 0; index < count; ++index) threads.emplace_back(body, argument, index);
  for (std::thread& thread : threads) thread.join();
}
const bool loop_is_set = (use_parallel_loop(run_on_threads), true);

TEST(ParallelFor, EveryIndexOnceAlsoNestedAndFromManyThreads) {
  ASSERT_TRUE(loop_is_set);
  std::atomic<int> calls = 0;
  const auto outer = [&] { parallel_for(50, [&](std::int64_t) { parallel_for(10, [&](std::int64_t) { ++calls; }); }); };
  std::thread other(outer);
  outer();
  other.join();
  EXPECT_EQ(calls, 1000);
}

TEST(ParallelFor, WithoutALoopItStaysOnItsThread) {
  use_parallel_loop(nullptr);
  const auto self = std::this_thread::get_id();
  std::int64_t next = 0;
  parallel_for(100, [&](std::int64_t index) {
    EXPECT_EQ(index, next++);
    EXPECT_EQ(std::this_thread::get_id(), self);
  });
  EXPECT_EQ(next, 100);
  use_parallel_loop(run_on_threads);
}

}  // namespace
}  // namespace vgpu::blas
