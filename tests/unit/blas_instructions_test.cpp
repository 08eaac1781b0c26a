// Products of 8-bit and 16-bit values, with each set of instructions that the processor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/gemm.h"
#include "gpu/blas/instructions.h"
#include "tests/unit/guarded_memory.h"

namespace vgpu::blas {
namespace {

struct Case {
  std::string name;
  Instructions instructions;
  DataType in, out;

  friend std::ostream& operator<<(std::ostream& stream, const Case& shown) { return stream << shown.name; }
};

// A matrix with `rows` values in each column and padding behind them that no product may depend on.
class Matrix {
 public:
  Matrix(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t pad)
      : rows_(rows),
        columns_(columns),
        ld_(std::max<std::int64_t>(rows, 1) + pad),
        type_(type),
        memory_(static_cast<std::size_t>(std::max<std::int64_t>(ld_ * columns - pad, 0)) * size_of(type)) {}

  [[nodiscard]] std::byte* data() const { return memory_.data(); }
  [[nodiscard]] std::int64_t ld() const { return ld_; }
  [[nodiscard]] std::int64_t elements() const { return columns_ == 0 ? 0 : ld_ * (columns_ - 1) + rows_; }
  [[nodiscard]] bool is_padding(std::int64_t at) const { return at % ld_ >= rows_; }

  [[nodiscard]] double get(std::int64_t at) const {
    float value = 0;
    if (type_ == DataType::I32) {
      std::int32_t integer = 0;
      std::memcpy(&integer, data() + at * 4, 4);
      return integer;
    }
    to_float(type_, data() + at * size(), &value, 1);
    return value;
  }
  void set(std::int64_t at, double value) const {
    const auto narrow = static_cast<float>(value);
    if (type_ == DataType::I8) {
      data()[at] = static_cast<std::byte>(static_cast<std::int8_t>(value));
    } else if (type_ == DataType::I32) {
      const auto integer = static_cast<std::int32_t>(value);
      std::memcpy(data() + at * 4, &integer, 4);
    } else {
      from_float(type_, &narrow, data() + at * size(), 1);
    }
  }
  void fill(std::mt19937& random) const {
    for (std::int64_t at = 0; at < elements(); ++at) {
      if (type_ == DataType::I8 || type_ == DataType::I32) {
        set(at, random() % 4 == 0 ? (random() % 2 == 0 ? -128 : 127) : static_cast<int>(random() % 256) - 128);
      } else {
        set(at,
            is_padding(at) ? std::numeric_limits<double>::quiet_NaN() : static_cast<int>(random() % 2001) / 1e3 - 1);
      }
    }
  }
  void fill(double value) const {
    for (std::int64_t at = 0; at < elements(); ++at) set(at, value);
  }

 private:
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(size_of(type_)); }
  std::int64_t rows_, columns_, ld_;
  DataType type_;
  test::GuardedMemory memory_;
};

struct Sizes {
  std::int64_t m, n, k;
};

class BlasInstructions : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    limit_instructions(GetParam().instructions);
    if (instructions() != GetParam().instructions) GTEST_SKIP() << "not on this processor, or not allowed";
  }
  void TearDown() override { limit_instructions(Instructions::Amx); }

  static GemmShape shape_of(Sizes sizes, Operation operation_a, Operation operation_b) {
    return {.operation_a = operation_a,
            .operation_b = operation_b,
            .m = sizes.m,
            .n = sizes.n,
            .k = sizes.k,
            .type_a = GetParam().in,
            .type_b = GetParam().in,
            .type_c = GetParam().out,
            .compute = GetParam().out == DataType::I32 ? ComputeType::I32 : ComputeType::F32};
  }
  static Matrix factor(Operation operation, std::int64_t rows, std::int64_t columns, std::int64_t pad) {
    if (operation != Operation::None) std::swap(rows, columns);
    return {GetParam().in, rows, columns, pad};
  }
  static void multiply(GemmShape shape, const Matrix& a, const Matrix& b, const Matrix& c, double alpha, double beta) {
    shape.lda = a.ld();
    shape.ldb = b.ld();
    shape.ldc = c.ld();
    gemm(shape, alpha, beta, 1, [&](std::int64_t) { return GemmOperands{a.data(), b.data(), c.data()}; });
  }

  void check(Sizes sizes, Operation operation_a, Operation operation_b, double alpha, double beta, std::int64_t pad) {
    SCOPED_TRACE(::testing::Message() << sizes.m << "x" << sizes.n << "x" << sizes.k << " op "
                                      << static_cast<int>(operation_a) << static_cast<int>(operation_b) << " alpha "
                                      << alpha << " beta " << beta << " pad " << pad);
    const Matrix a = factor(operation_a, sizes.m, sizes.k, pad);
    const Matrix b = factor(operation_b, sizes.k, sizes.n, pad);
    const Matrix c(GetParam().out, sizes.m, sizes.n, pad);
    a.fill(random_);
    b.fill(random_);
    c.fill(random_);
    std::vector<double> before;
    for (std::int64_t at = 0; at < c.elements(); ++at) before.push_back(c.get(at));
    multiply(shape_of(sizes, operation_a, operation_b), a, b, c, alpha, beta);
    const double rounding = GetParam().out == DataType::BF16 ? 0x1p-8 : GetParam().out == DataType::F16 ? 0x1p-11 : 0;
    for (std::int64_t at = 0; at < c.elements(); ++at) {
      const std::int64_t row = at % c.ld();
      const std::int64_t column = at / c.ld();
      const double old = before[static_cast<std::size_t>(at)];
      if (c.is_padding(at)) {
        ASSERT_TRUE(c.get(at) == old || (std::isnan(old) && std::isnan(c.get(at)))) << row << ", " << column;
        continue;
      }
      double sum = 0;
      double magnitude = 0;
      for (std::int64_t depth = 0; depth < sizes.k; ++depth) {
        const double product =
            a.get(operation_a == Operation::None ? row + depth * a.ld() : depth + row * a.ld()) *
            b.get(operation_b == Operation::None ? depth + column * b.ld() : column + depth * b.ld());
        sum += product;
        magnitude += std::abs(product);
      }
      const double expected = alpha * sum + (beta == 0 ? 0 : beta * old);
      const double tolerance =
          GetParam().out == DataType::I32
              ? 0
              : 1e-6 * (std::abs(alpha) * magnitude + std::abs(beta * old)) + rounding * std::abs(expected);
      ASSERT_LE(std::abs(c.get(at) - expected), tolerance)
          << row << ", " << column << ": " << c.get(at) << ", not " << expected;
    }
  }

  std::mt19937 random_{11};
};

class BlasBytes : public BlasInstructions {};
class BlasFloats : public BlasInstructions {};
class BlasHalves : public BlasInstructions {};

constexpr Operation kOperations[] = {Operation::None, Operation::Transpose};

TEST_P(BlasInstructions, RandomShapes) {
  const std::int64_t extents[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 48, 65, 100};
  const auto extent = [&] { return extents[random_() % std::size(extents)]; };
  for (int round = 0; round < 150; ++round) {
    const double alpha = random_() % 2 == 0 ? 1 : 3;
    const double beta = static_cast<int>(random_() % 3) - 1;
    check({extent(), extent(), extent()}, kOperations[random_() % 2], kOperations[random_() % 2], alpha, beta,
          static_cast<std::int64_t>(random_() % 3));
    if (HasFatalFailure()) return;
  }
}

TEST_P(BlasInstructions, EveryNumberOfColumnsUpToTwoTiles) {
  for (const Operation operation : kOperations) {
    for (std::int64_t n = 1; n <= 33; ++n) {
      check({32, n, 64}, operation, Operation::None, 1, 0, 0);
      check({37, n, 67}, operation, Operation::Transpose, 1, 1, 1);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(BlasInstructions, SeveralSlicesOfTheDepthAndTilesOfTheResult) {
  for (const Operation operation : kOperations) {
    check({64, 12, 8500}, operation, Operation::None, 1, 1, 0);
    check({33, 40, 2100}, operation, Operation::Transpose, 2, 0, 1);
    check({1050, 20, 40}, operation, Operation::None, 1, 0, 0);
    check({20, 600, 33}, operation, Operation::None, 1, 0, 0);
    if (HasFatalFailure()) return;
  }
}

TEST_P(BlasBytes, ExtremesAreExact) {
  for (const std::int64_t n : {1, 8, 20}) {
    for (const double left : {-128.0, 127.0}) {
      const Sizes sizes{32, n, 4096};
      const Matrix a = factor(Operation::Transpose, sizes.m, sizes.k, 0);
      const Matrix b = factor(Operation::None, sizes.k, sizes.n, 0);
      const Matrix c(GetParam().out, sizes.m, sizes.n, 0);
      a.fill(left);
      b.fill(-128);
      multiply(shape_of(sizes, Operation::Transpose, Operation::None), a, b, c, 1, 0);
      for (std::int64_t at = 0; at < c.elements(); ++at) ASSERT_EQ(c.get(at), left * -128 * 4096) << n;
    }
  }
}

// The device's tensor cores compute with subnormal BF16 values; AMX and AVX512-BF16 take them for zero.
TEST_P(BlasFloats, SubnormalFactorsCount) {
  const double tiny = GetParam().in == DataType::BF16 ? 0x1p-130 : 0x1p-24;
  const double large = GetParam().in == DataType::BF16 ? 0x1p120 : 0x1p14;
  for (const Operation operation : kOperations) {
    for (const std::int64_t n : {1, 6, 20, 40}) {
      for (const bool tiny_a : {true, false}) {
        const Sizes sizes{32, n, 64};
        const Matrix a = factor(operation, sizes.m, sizes.k, 0);
        const Matrix b = factor(Operation::None, sizes.k, sizes.n, 0);
        const Matrix c(GetParam().out, sizes.m, sizes.n, 0);
        a.fill(0);
        b.fill(0);
        (tiny_a ? a : b).set(0, tiny);
        (tiny_a ? b : a).set(0, large);
        multiply(shape_of(sizes, operation, Operation::None), a, b, c, 1, 0);
        ASSERT_EQ(c.get(0), tiny * large) << n << tiny_a;
      }
    }
  }
}

TEST_P(BlasFloats, InfiniteFactorsGiveInfinity) {
  for (const std::int64_t n : {1, 6, 20}) {
    const Sizes sizes{32, n, 64};
    const Matrix a = factor(Operation::Transpose, sizes.m, sizes.k, 0);
    const Matrix b = factor(Operation::None, sizes.k, sizes.n, 0);
    const Matrix c(GetParam().out, sizes.m, sizes.n, 0);
    a.fill(1);
    b.fill(1);
    a.set(5, -std::numeric_limits<double>::infinity());
    multiply(shape_of(sizes, Operation::Transpose, Operation::None), a, b, c, 1, 0);
    ASSERT_EQ(c.get(0), -std::numeric_limits<double>::infinity()) << n;
    ASSERT_EQ(c.get(1), 64) << n;
  }
}

// (1 + 2^-10)^2 needs the product of the last digits of both factors.
TEST_P(BlasHalves, AllDigitsOfHalvesCount) {
  for (const std::int64_t n : {1, 20}) {
    const Sizes sizes{16, n, 1};
    const Matrix a = factor(Operation::None, sizes.m, sizes.k, 0);
    const Matrix b = factor(Operation::None, sizes.k, sizes.n, 0);
    const Matrix c(DataType::F32, sizes.m, sizes.n, 0);
    a.fill(1 + 0x1p-10);
    b.fill(1 + 0x1p-10);
    multiply(shape_of(sizes, Operation::None, Operation::None), a, b, c, 1, 0);
    for (std::int64_t at = 0; at < c.elements(); ++at) ASSERT_EQ(c.get(at), 1 + 0x1p-9 + 0x1p-20) << n;
  }
}

struct Types {
  const char* name;
  DataType in, out;
};

// Of all sets of instructions.
std::vector<Case> cases_of(std::initializer_list<Types> types) {
  struct Set {
    const char* name;
    Instructions instructions;
  };
  constexpr Set kSets[] = {{"baseline", Instructions::Baseline},
                           {"avx2", Instructions::Avx2},
                           {"avx512", Instructions::Avx512},
                           {"amx", Instructions::Amx}};
  std::vector<Case> cases;
  for (const Set& set : kSets) {
    for (const Types& type : types) {
      cases.push_back({std::string(set.name) + "_" + type.name, set.instructions, type.in, type.out});
    }
  }
  return cases;
}

constexpr Types kBfloat{"BF16", DataType::BF16, DataType::F32}, kToBfloat{"BF16toBF16", DataType::BF16, DataType::BF16},
    kHalf{"F16", DataType::F16, DataType::F32}, kToHalf{"F16toF16", DataType::F16, DataType::F16},
    kByte{"I8", DataType::I8, DataType::I32}, kByteToFloat{"I8toF32", DataType::I8, DataType::F32};
const auto name_of = [](const auto& chosen) { return chosen.param.name; };

INSTANTIATE_TEST_SUITE_P(Sets, BlasInstructions,
                         ::testing::ValuesIn(cases_of({kBfloat, kToBfloat, kHalf, kToHalf, kByte, kByteToFloat})),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Sets, BlasBytes, ::testing::ValuesIn(cases_of({kByte, kByteToFloat})), name_of);
INSTANTIATE_TEST_SUITE_P(Sets, BlasFloats, ::testing::ValuesIn(cases_of({kBfloat, kToBfloat, kHalf, kToHalf})),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Sets, BlasHalves, ::testing::ValuesIn(cases_of({kHalf})), name_of);

}  // namespace
}  // namespace vgpu::blas
