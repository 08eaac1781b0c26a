#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "gpu/blas/element.h"
#include "shims/cublas/abi.h"
#include "shims/cublas/lt_types.h"
#include "tests/unit/cublas_fake_driver.h"

// cublasLt's epilogues, orders, algorithms and transforms against sums in doubles.
using vgpu::blas::Half;
extern "C" {
cublasStatus_t cublasLtCreate(cublasLtHandle_t*);
cublasStatus_t cublasLtDestroy(cublasLtHandle_t);
cublasStatus_t cublasLtMatrixLayoutInit_internal(LtMatrixLayout*, std::size_t, int, std::uint64_t, std::uint64_t,
                                                 std::int64_t);
cublasStatus_t cublasLtMatrixLayoutSetAttribute(LtMatrixLayout*, int, const void*, std::size_t);
cublasStatus_t cublasLtMatmulDescInit_internal(LtMatmulDescriptor*, std::size_t, int, int);
cublasStatus_t cublasLtMatmulDescSetAttribute(LtMatmulDescriptor*, int, const void*, std::size_t);
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, const LtMatmulDescriptor*, const void*, const void*,
                              const LtMatrixLayout*, const void*, const LtMatrixLayout*, const void*, const void*,
                              const LtMatrixLayout*, void*, const LtMatrixLayout*, const LtMatmulAlgorithm*, void*,
                              std::size_t, CublasStream);
cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, const LtMatmulDescriptor*, const LtMatrixLayout*,
                                       const LtMatrixLayout*, const LtMatrixLayout*, const LtMatrixLayout*,
                                       const LtMatmulAlgorithm*, LtHeuristicResult*);
cublasStatus_t cublasLtMatmulAlgoGetIds(cublasLtHandle_t, int, int, int, int, int, int, int, int*, int*);
cublasStatus_t cublasLtMatmulAlgoInit(cublasLtHandle_t, int, int, int, int, int, int, int, LtMatmulAlgorithm*);
cublasStatus_t cublasLtMatmulAlgoCapGetAttribute(const LtMatmulAlgorithm*, int, void*, std::size_t, std::size_t*);
cublasStatus_t cublasLtMatmulAlgoConfigSetAttribute(LtMatmulAlgorithm*, int, const void*, std::size_t);
cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const LtMatmulAlgorithm*, int, void*, std::size_t, std::size_t*);
cublasStatus_t cublasLtMatrixTransformDescCreate(LtTransformDescriptor**, int);
cublasStatus_t cublasLtMatrixTransformDescDestroy(LtTransformDescriptor*);
cublasStatus_t cublasLtMatrixTransformDescSetAttribute(LtTransformDescriptor*, int, const void*, std::size_t);
cublasStatus_t cublasLtMatrixTransformDescGetAttribute(const LtTransformDescriptor*, int, void*, std::size_t,
                                                       std::size_t*);
cublasStatus_t cublasLtMatrixTransform(cublasLtHandle_t, const LtTransformDescriptor*, const void*, const void*,
                                       const LtMatrixLayout*, const void*, const void*, const LtMatrixLayout*, void*,
                                       const LtMatrixLayout*, CublasStream);
cublasStatus_t cublasLtHeuristicsCacheSetCapacity(std::size_t);
cublasStatus_t cublasLtHeuristicsCacheGetCapacity(std::size_t*);
}

namespace vgpu::cublas_test {
namespace {

constexpr int kRows = 1;  // an order

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

class CublasLtProducts : public ::testing::Test {
 protected:
  static constexpr int kM = 11, kN = 6, kK = 5, kBatch = 2;

  void SetUp() override {
    driver = {};
    ASSERT_EQ(cublasLtCreate(&handle_), kSuccess);
    ASSERT_EQ(cublasLtMatmulDescInit_internal(&descriptor_, sizeof descriptor_, kCompute32F, kR32F), kSuccess);
  }
  void TearDown() override { EXPECT_EQ(cublasLtDestroy(handle_), kSuccess); }

  template <class T>
  void set(int number, T value) {
    ASSERT_EQ(cublasLtMatmulDescSetAttribute(&descriptor_, number, &value, sizeof value), kSuccess);
  }
  static LtMatrixLayout layout(int type, std::uint64_t rows, std::uint64_t columns, std::int64_t ld, int order = 0,
                               std::int64_t stride = 0, std::int32_t batch = 1) {
    LtMatrixLayout made{};
    EXPECT_EQ(cublasLtMatrixLayoutInit_internal(&made, sizeof made, type, rows, columns, ld), kSuccess);
    EXPECT_EQ(cublasLtMatrixLayoutSetAttribute(&made, 1, &order, sizeof order), kSuccess);
    EXPECT_EQ(cublasLtMatrixLayoutSetAttribute(&made, 5, &batch, sizeof batch), kSuccess);
    EXPECT_EQ(cublasLtMatrixLayoutSetAttribute(&made, 6, &stride, sizeof stride), kSuccess);
    return made;
  }
  std::vector<float> numbers(std::size_t count) {
    std::vector<float> made(count);
    for (float& each : made) each = static_cast<float>(random_() % 2001) / 1000 - 1;
    return made;
  }

  // The products of a batch, by columns and without padding: A is m x k, B k x n, D m x n.
  struct Problem {
    std::vector<float> a, b, d, product;
  };
  Problem problem() {
    Problem made{numbers(kBatch * kM * kK), numbers(kBatch * kK * kN),
                 std::vector<float>(kBatch * kM * kN, std::nanf("")), std::vector<float>(kBatch * kM * kN)};
    for (int batch = 0; batch < kBatch; ++batch) {
      for (int column = 0; column < kN; ++column) {
        for (int row = 0; row < kM; ++row) {
          double sum = 0;
          for (int depth = 0; depth < kK; ++depth) {
            sum += double{made.a[batch * kM * kK + row + depth * kM]} * made.b[batch * kK * kN + depth + column * kK];
          }
          made.product[place(batch, row, column)] = static_cast<float>(sum);
        }
      }
    }
    return made;
  }
  static std::size_t place(int batch, int row, int column) {
    return static_cast<std::size_t>(batch * kM * kN + row + column * kM);
  }
  cublasStatus_t multiply(const Problem& with, float* d) {
    const auto a = layout(kR32F, kM, kK, kM, 0, kM * kK, kBatch);
    const auto b = layout(kR32F, kK, kN, kK, 0, kK * kN, kBatch);
    const auto c = layout(kR32F, kM, kN, kM, 0, kM * kN, kBatch);
    const float one = 1;
    const float zero = 0;
    const auto status = cublasLtMatmul(handle_, &descriptor_, &one, with.a.data(), &a, with.b.data(), &b, &zero, d, &c,
                                       d, &c, nullptr, nullptr, 0, nullptr);
    driver.run();
    return status;
  }
  // Calls check(batch, row, column, product, d) for every element.
  template <class Check>
  static void each(const Problem& of, Check check) {
    for (int batch = 0; batch < kBatch; ++batch) {
      for (int column = 0; column < kN; ++column) {
        for (int row = 0; row < kM; ++row) {
          check(batch, row, column, of.product[place(batch, row, column)], of.d[place(batch, row, column)]);
        }
      }
    }
  }

  std::mt19937 random_{11};
  cublasLtHandle_t handle_ = nullptr;
  LtMatmulDescriptor descriptor_{};
};

TEST_F(CublasLtProducts, ReluKeepsAMaskThatItsGradientUses) {
  constexpr std::int64_t kLd = 128;
  constexpr std::int64_t kStride = kLd * kN;
  const auto bias = numbers(kBatch * kM);
  for (const bool with_bias : {false, true}) {
    auto forward = problem();
    std::vector<std::uint8_t> mask(kBatch * kStride / 8, 0xff);
    set<std::uint32_t>(7, with_bias ? 134 : 130);
    set<const void*>(8, bias.data());
    set<std::int64_t>(10, kM);
    set<void*>(11, mask.data());
    set<std::int64_t>(12, kLd);
    set<std::int64_t>(13, kStride);
    ASSERT_EQ(multiply(forward, forward.d.data()), kSuccess);
    const auto bit = [&](int batch, int row, int column) {
      const auto index = static_cast<std::size_t>(batch * kStride + column * kLd + row);
      return (mask[index / 8] >> (index % 8) & 1) != 0;
    };
    int passed = 0;
    each(forward, [&](int batch, int row, int column, float product, float d) {
      const double input = product + (with_bias ? bias[batch * kM + row] : 0);
      EXPECT_NEAR(d, std::max(input, 0.0), 1e-6);
      EXPECT_EQ(bit(batch, row, column), input > 0);
      passed += input > 0 ? 1 : 0;
    });
    EXPECT_GT(passed, 20);
    EXPECT_LT(passed, kBatch * kM * kN - 20);
    EXPECT_EQ(mask[2], 0xff) << "bits of rows that D does not have";

    for (const bool with_gradient : {false, true}) {
      auto backward = problem();
      std::vector<float> gradient(kBatch * kM, std::nanf(""));
      set<std::uint32_t>(7, with_gradient ? 152 : 136);
      set<const void*>(8, gradient.data());
      ASSERT_EQ(multiply(backward, backward.d.data()), kSuccess);
      std::vector<double> sums(kBatch * kM);
      each(backward, [&](int batch, int row, int column, float product, float d) {
        const double expected = bit(batch, row, column) ? product : 0;
        EXPECT_NEAR(d, expected, 1e-6);
        sums[batch * kM + row] += expected;
      });
      for (std::size_t row = 0; row < sums.size(); ++row) {
        if (with_gradient) {
          EXPECT_NEAR(gradient[row], sums[row], 1e-5);
        } else {
          EXPECT_TRUE(std::isnan(gradient[row]));
        }
      }
    }
  }
}

TEST_F(CublasLtProducts, GeluKeepsItsInputThatItsGradientUses) {
  constexpr std::int64_t kLd = 16;
  constexpr std::int64_t kStride = kLd * kN;
  const auto bias = numbers(kM);
  for (const int type : {-1, kR16F}) {
    auto forward = problem();
    std::vector<float> singles(kBatch * kStride, std::nanf(""));
    std::vector<Half> halves(kBatch * kStride);
    const auto input = [&](int batch, int row, int column) -> double {
      const auto index = static_cast<std::size_t>(batch * kStride + column * kLd + row);
      return type == kR16F ? blas::widen(halves[index]) : singles[index];
    };
    set<std::uint32_t>(7, 164);
    set<const void*>(8, bias.data());
    set<void*>(11, type == kR16F ? static_cast<void*>(halves.data()) : singles.data());
    set<std::int64_t>(12, kLd);
    set<std::int64_t>(13, kStride);
    set<std::int32_t>(22, type);
    ASSERT_EQ(multiply(forward, forward.d.data()), kSuccess);
    const double tolerance = type == kR16F ? 1e-3 : 1e-6;
    each(forward, [&](int batch, int row, int column, float product, float d) {
      EXPECT_NEAR(d, gelu(double{product} + bias[row]), 1e-6);
      EXPECT_NEAR(input(batch, row, column), double{product} + bias[row], 2 * tolerance);
    });

    auto backward = problem();
    std::vector<float> gradient(kM * kBatch, std::nanf(""));
    set<std::uint32_t>(7, 208);
    set<const void*>(8, gradient.data());
    set<std::int64_t>(10, kM);
    ASSERT_EQ(multiply(backward, backward.d.data()), kSuccess);
    std::vector<double> sums(kBatch * kM);
    each(backward, [&](int batch, int row, int column, float product, float d) {
      const double x = input(batch, row, column);
      const double slope = (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5;
      EXPECT_NEAR(d, slope * product, 1e-5);
      sums[batch * kM + row] += slope * product;
    });
    for (std::size_t row = 0; row < sums.size(); ++row) EXPECT_NEAR(gradient[row], sums[row], 1e-4);
    set<std::int64_t>(10, 0);
  }
}

TEST_F(CublasLtProducts, BiasGradientsOfTheFactors) {
  for (const bool of_a : {true, false}) {
    auto made = problem();
    const int count = of_a ? kM : kN;
    std::vector<float> gradient(static_cast<std::size_t>(kBatch * count), std::nanf(""));
    set<std::uint32_t>(7, of_a ? 256 : 512);
    set<const void*>(8, gradient.data());
    set<std::int64_t>(10, count);
    ASSERT_EQ(multiply(made, made.d.data()), kSuccess);
    each(made, [&](int, int, int, float product, float d) { EXPECT_NEAR(d, product, 1e-6); });
    for (int batch = 0; batch < kBatch; ++batch) {
      for (int index = 0; index < count; ++index) {
        double sum = 0;
        for (int depth = 0; depth < kK; ++depth) {
          sum += of_a ? made.a[batch * kM * kK + index + depth * kM] : made.b[batch * kK * kN + depth + index * kK];
        }
        EXPECT_NEAR(gradient[static_cast<std::size_t>(batch * count + index)], sum, 1e-6);
      }
    }
  }
}

TEST_F(CublasLtProducts, EveryMixtureOfOrdersAndOperations) {
  const auto bias = numbers(kM);
  for (int choice = 0; choice < 64; ++choice) {
    const bool rows_a = (choice & 1) != 0;
    const bool rows_b = (choice & 2) != 0;
    const bool rows_d = (choice & 4) != 0;
    const int operation_a = choice >> 3 & 1;
    const int operation_b = choice >> 4 & 1;
    const bool with_bias = (choice & 32) != 0;
    SCOPED_TRACE(choice);
    const auto made = problem();
    // `get` of a matrix as it is stored, with padding.
    const auto store = [](std::uint64_t rows, std::uint64_t columns, bool by_rows, auto get) {
      const std::uint64_t ld = (by_rows ? columns : rows) + 3;
      std::vector<float> stored(ld * (by_rows ? rows : columns), std::nanf(""));
      for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::uint64_t column = 0; column < columns; ++column) {
          stored[by_rows ? row * ld + column : row + column * ld] = get(row, column);
        }
      }
      return std::pair(stored, ld);
    };
    const auto [a, lda] = store(operation_a == 0 ? kM : kK, operation_a == 0 ? kK : kM, rows_a,
                                [&](std::uint64_t row, std::uint64_t column) {
                                  return operation_a == 0 ? made.a[row + column * kM] : made.a[column + row * kM];
                                });
    const auto [b, ldb] = store(operation_b == 0 ? kK : kN, operation_b == 0 ? kN : kK, rows_b,
                                [&](std::uint64_t row, std::uint64_t column) {
                                  return operation_b == 0 ? made.b[row + column * kK] : made.b[column + row * kK];
                                });
    const auto [c, ldc] = store(kM, kN, rows_d, [](std::uint64_t row, std::uint64_t column) {
      return static_cast<float>(row) - static_cast<float>(column);
    });
    const std::int64_t ldd = (rows_d ? kN : kM) + 1;
    std::vector<float> d(static_cast<std::size_t>(ldd * (rows_d ? kM : kN)), std::nanf(""));
    const auto layout_a =
        layout(kR32F, operation_a == 0 ? kM : kK, operation_a == 0 ? kK : kM, lda, rows_a ? kRows : 0);
    const auto layout_b =
        layout(kR32F, operation_b == 0 ? kK : kN, operation_b == 0 ? kN : kK, ldb, rows_b ? kRows : 0);
    const auto layout_c = layout(kR32F, kM, kN, ldc, rows_d ? kRows : 0);
    const auto layout_d = layout(kR32F, kM, kN, ldd, rows_d ? kRows : 0);
    set<std::int32_t>(3, operation_a);
    set<std::int32_t>(4, operation_b);
    set<std::uint32_t>(7, with_bias ? 6 : 1);
    set<const void*>(8, bias.data());
    const float alpha = 2;
    const float beta = 0.5F;
    ASSERT_EQ(cublasLtMatmul(handle_, &descriptor_, &alpha, a.data(), &layout_a, b.data(), &layout_b, &beta, c.data(),
                             &layout_c, d.data(), &layout_d, nullptr, nullptr, 0, nullptr),
              kSuccess);
    driver.run();
    for (int column = 0; column < kN; ++column) {
      for (int row = 0; row < kM; ++row) {
        double expected = 2.0 * made.product[place(0, row, column)] + 0.5 * (row - column);
        if (with_bias) expected = std::max(expected + bias[row], 0.0);
        EXPECT_NEAR(d[static_cast<std::size_t>(rows_d ? row * ldd + column : row + column * ldd)], expected, 2e-6)
            << row << ", " << column;
      }
    }
  }
}

TEST_F(CublasLtProducts, WhatIsNotThere) {
  auto made = problem();
  float memory[2] = {};
  set<std::uint32_t>(7, 130);
  set<void*>(11, memory);
  set<std::int64_t>(12, 64);
  EXPECT_EQ(multiply(made, made.d.data()), kInvalidValue) << "a mask's columns are multiples of 128 bits";
  set<std::int64_t>(12, 0);
  EXPECT_EQ(multiply(made, made.d.data()), kInvalidValue);
  set<std::int64_t>(12, 128);
  set<void*>(11, nullptr);
  EXPECT_EQ(multiply(made, made.d.data()), kInvalidValue);
  set<std::uint32_t>(7, 4);
  set<const void*>(8, nullptr);
  EXPECT_EQ(multiply(made, made.d.data()), kInvalidValue) << "a bias that is nowhere";
  set<std::uint32_t>(7, 3);
  EXPECT_EQ(multiply(made, made.d.data()), kNotSupported);
  set<std::uint32_t>(7, 130);
  set<void*>(11, memory);
  const auto square = layout(kR32F, 1, 1, 1, kRows);
  const auto other = layout(kR32F, 1, 1, 1);
  const float one = 1;
  const auto call = [&](const LtMatrixLayout& c, const LtMatrixLayout& d) {
    return cublasLtMatmul(handle_, &descriptor_, &one, &one, &square, &one, &square, &one, memory, &c, memory, &d,
                          nullptr, nullptr, 0, nullptr);
  };
  EXPECT_EQ(call(square, square), kNotSupported) << "a mask beside a D in row order";
  set<std::uint32_t>(7, 256);
  EXPECT_EQ(call(square, square), kNotSupported) << "a factor's gradient beside a D in row order";
  set<std::uint32_t>(7, 1);
  EXPECT_EQ(call(other, square), kNotSupported) << "two orders";
  EXPECT_EQ(call(square, square), kSuccess);
  set<std::int32_t>(1, kR64F);
  EXPECT_EQ(call(square, square), kNotSupported) << "a scale that is not the sums' type";
  driver.run();
}

TEST_F(CublasLtProducts, TheOneAlgorithm) {
  int ids[4] = {-1, -1, -1, -1};
  int count = -1;
  ASSERT_EQ(cublasLtMatmulAlgoGetIds(handle_, kCompute32F, kR32F, kR16F, kR16F, kR16F, kR16F, 4, ids, &count),
            kSuccess);
  ASSERT_EQ(count, 1);
  EXPECT_EQ(cublasLtMatmulAlgoGetIds(handle_, kCompute32F, kR32F, kR64F, kR64F, kR64F, kR64F, 4, ids, &count),
            kNotSupported);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(cublasLtMatmulAlgoGetIds(handle_, kCompute32F, kR32F, kR16F, kR16F, kR16F, kR16F, 0, ids, &count),
            kInvalidValue);
  LtMatmulAlgorithm algorithm;
  std::memset(&algorithm, 0x5a, sizeof algorithm);
  EXPECT_EQ(cublasLtMatmulAlgoInit(handle_, kCompute32F, kR32F, kR32F, kR32F, kR32F, kR32F, 7, &algorithm),
            kInvalidValue);
  EXPECT_EQ(cublasLtMatmulAlgoInit(handle_, kCompute16F, kR32F, kR32F, kR32F, kR32F, kR32F, ids[0], &algorithm),
            kNotSupported);
  ASSERT_EQ(cublasLtMatmulAlgoInit(handle_, kCompute32F, kR32F, kR32F, kR32F, kR32F, kR32F, ids[0], &algorithm),
            kSuccess);

  const auto square = layout(kR32F, 2, 2, 2);
  LtHeuristicResult result{};
  const auto check = [&] {
    return cublasLtMatmulAlgoCheck(handle_, &descriptor_, &square, &square, &square, &square, &algorithm, &result);
  };
  EXPECT_EQ(check(), kSuccess);
  EXPECT_EQ(result.workspace_size, 0U);
  std::int32_t splits = 4;
  std::size_t written = 0;
  ASSERT_EQ(cublasLtMatmulAlgoConfigSetAttribute(&algorithm, 2, &splits, sizeof splits), kSuccess);
  splits = 0;
  ASSERT_EQ(cublasLtMatmulAlgoConfigGetAttribute(&algorithm, 2, &splits, sizeof splits, &written), kSuccess);
  EXPECT_EQ(splits, 4);
  EXPECT_EQ(written, sizeof splits);
  EXPECT_EQ(check(), kNotSupported) << "it does not split";
  EXPECT_EQ(cublasLtMatmulAlgoConfigSetAttribute(&algorithm, 0, &splits, sizeof splits), kInvalidValue);
  EXPECT_EQ(cublasLtMatmulAlgoConfigSetAttribute(&algorithm, 2, &splits, 2), kInvalidValue);

  std::uint32_t value = 99;
  ASSERT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, 6, nullptr, 0, &written), kSuccess);
  EXPECT_EQ(written, sizeof value) << "one tile";
  ASSERT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, 6, &value, sizeof value, &written), kSuccess);
  EXPECT_EQ(value, 0U);
  ASSERT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, 3, &value, sizeof value, &written), kSuccess);
  EXPECT_EQ(value, 1U) << "strided batches";
  ASSERT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, 12, &value, sizeof value, &written), kSuccess);
  EXPECT_EQ(value, 1023U) << "every epilogue";
  EXPECT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, 99, &value, sizeof value, &written), kInvalidValue);
}

TEST_F(CublasLtProducts, Settings) {
  std::size_t capacity = 0;
  EXPECT_EQ(cublasLtHeuristicsCacheSetCapacity(77), kSuccess);
  EXPECT_EQ(cublasLtHeuristicsCacheGetCapacity(&capacity), kSuccess);
  EXPECT_EQ(capacity, 77U);
  EXPECT_EQ(cublasLtHeuristicsCacheGetCapacity(nullptr), kInvalidValue);
}

class CublasLtTransforms : public CublasLtProducts {
 protected:
  void SetUp() override {
    CublasLtProducts::SetUp();
    ASSERT_EQ(cublasLtMatrixTransformDescCreate(&transform_, kR32F), kSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cublasLtMatrixTransformDescDestroy(transform_), kSuccess);
    CublasLtProducts::TearDown();
  }
  void set_operations(int a, int b) {
    ASSERT_EQ(cublasLtMatrixTransformDescSetAttribute(transform_, 2, &a, sizeof a), kSuccess);
    ASSERT_EQ(cublasLtMatrixTransformDescSetAttribute(transform_, 3, &b, sizeof b), kSuccess);
  }
  LtTransformDescriptor* transform_ = nullptr;
};

TEST_F(CublasLtTransforms, OrdersTypesAndSums) {
  constexpr int kWidth = 70;
  constexpr int kHeight = 3;
  const auto a = numbers(std::size_t{kWidth} * kHeight);
  const auto b = numbers(std::size_t{kWidth} * kHeight);
  // A is kHeight x kWidth by rows; B its transpose by columns, which is the same memory; C by 32 columns in halves.
  const auto layout_a = layout(kR32F, kHeight, kWidth, kWidth, kRows);
  const auto layout_b = layout(kR32F, kWidth, kHeight, kWidth);
  constexpr std::int64_t kLd = 32 * 4;
  const auto layout_c = layout(kR16F, kHeight, kWidth, kLd, 2);
  std::vector<Half> c(3 * kLd, Half{0x1234});
  set_operations(0, 1);
  float alpha = 2;
  const float beta = -1;
  ASSERT_EQ(cublasLtMatrixTransform(handle_, transform_, &alpha, a.data(), &layout_a, &beta, b.data(), &layout_b,
                                    c.data(), &layout_c, nullptr),
            kSuccess);
  alpha = 99;
  EXPECT_EQ(c[0].bits, 0x1234) << "ran before its turn";
  driver.run();
  for (int row = 0; row < kHeight; ++row) {
    for (int column = 0; column < kWidth; ++column) {
      const auto from = static_cast<std::size_t>(row * kWidth + column);
      const auto to = static_cast<std::size_t>(column / 32 * kLd + row * 32 + column % 32);
      EXPECT_NEAR(blas::widen(c[to]), 2 * a[from] - b[from], 2e-3);
    }
  }
  EXPECT_EQ(c[3 * 32].bits, 0x1234) << "the row that is not there";
  // And back, without a second matrix.
  std::vector<float> back(std::size_t{kWidth} * kHeight);
  const float one = 1;
  ASSERT_EQ(cublasLtMatrixTransform(handle_, transform_, &one, c.data(), &layout_c, nullptr, nullptr, nullptr,
                                    back.data(), &layout_a, nullptr),
            kSuccess);
  driver.run();
  for (std::size_t index = 0; index < back.size(); ++index) EXPECT_NEAR(back[index], 2 * a[index] - b[index], 2e-3);
}

TEST_F(CublasLtTransforms, IntegersRoundAndSaturateOverABatch) {
  const float from[] = {0.5F, 1.5F, 300, -300, -2.5F, 7};
  std::int8_t to[6] = {};
  const auto layout_a = layout(kR32F, 1, 3, 1, 0, 3, 2);
  const auto layout_c = layout(kR8I, 1, 3, 1, 0, 3, 2);
  const float one = 1;
  const float zero = 0;
  ASSERT_EQ(cublasLtMatrixTransform(handle_, transform_, &one, from, &layout_a, &zero, nullptr, nullptr, to, &layout_c,
                                    nullptr),
            kSuccess);
  driver.run();
  const std::int8_t expected[] = {0, 2, 127, -128, -2, 7};
  for (int index = 0; index < 6; ++index) EXPECT_EQ(to[index], expected[index]) << index;
}

TEST_F(CublasLtTransforms, WrongArguments) {
  float value = 1;
  const auto one = layout(kR32F, 1, 1, 1);
  const auto two = layout(kR32F, 2, 1, 2);
  const auto complex = layout(kC32F, 1, 1, 1);
  const auto strange = layout(kR32F, 1, 1, 1, 3);
  const auto short_ld = layout(kR32F, 2, 1, 1);
  const auto call = [&](const LtMatrixLayout* a, const LtMatrixLayout* c) {
    return cublasLtMatrixTransform(handle_, transform_, &value, &value, a, nullptr, nullptr, nullptr, &value, c,
                                   nullptr);
  };
  EXPECT_EQ(call(&one, &two), kInvalidValue);
  EXPECT_EQ(call(&short_ld, &short_ld), kInvalidValue);
  EXPECT_EQ(call(&one, nullptr), kInvalidValue);
  EXPECT_EQ(call(&complex, &one), kNotSupported);
  EXPECT_EQ(call(&strange, &strange), kNotSupported);
  EXPECT_TRUE(driver.queue.empty());
  std::int32_t operation = -1;
  std::size_t written = 0;
  ASSERT_EQ(cublasLtMatrixTransformDescGetAttribute(transform_, 2, &operation, sizeof operation, &written), kSuccess);
  EXPECT_EQ(operation, 0);
  EXPECT_EQ(cublasLtMatrixTransformDescSetAttribute(transform_, 9, &operation, sizeof operation), kNotSupported);
}

}  // namespace
}  // namespace vgpu::cublas_test
