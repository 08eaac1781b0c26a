#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <string>
#include <vector>

#include "gpu/blas/convert.h"
#include "shims/cublas/abi.h"
#include "shims/cublas/lt_types.h"
#include "tests/unit/cublas_fake_driver.h"

using vgpu::cublas_test::driver;

extern "C" {
cublasStatus_t cublasCreate_v2(cublasHandle_t*);
cublasStatus_t cublasDestroy_v2(cublasHandle_t);
cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t, int);
cublasStatus_t cublasSetMathMode(cublasHandle_t, int);
cublasStatus_t cublasGetMathMode(cublasHandle_t, int*);
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void*, std::size_t);
cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int*);
const char* cublasGetStatusString(cublasStatus_t);
const char* cublasGetStatusName(cublasStatus_t);
cublasStatus_t cublasSgemm_v2(cublasHandle_t, int, int, int, int, int, const float*, const float*, int, const float*,
                              int, const float*, float*, int);
cublasStatus_t cublasSgemm_v2_64(cublasHandle_t, int, int, std::int64_t, std::int64_t, std::int64_t, const float*,
                                 const float*, std::int64_t, const float*, std::int64_t, const float*, float*,
                                 std::int64_t);
cublasStatus_t cublasGemmEx(cublasHandle_t, int, int, int, int, int, const void*, const void*, int, int, const void*,
                            int, int, const void*, void*, int, int, int, int);
cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t, int, int, int, int, int, const void*, const void*, int, int,
                                          long long, const void*, int, int, long long, const void*, void*, int, int,
                                          long long, int, int, int);
cublasStatus_t cublasGemmBatchedEx(cublasHandle_t, int, int, int, int, int, const void*, const void* const*, int, int,
                                   const void* const*, int, int, const void*, void* const*, int, int, int, int, int);
cublasStatus_t cublasStrsmBatched(cublasHandle_t, int, int, int, int, int, int, const float*, const float* const*, int,
                                  float* const*, int, int);
cublasStatus_t cublasSdot_v2(cublasHandle_t, int, const float*, int, const float*, int, float*);
cublasStatus_t cublasDnrm2_v2(cublasHandle_t, int, const double*, int, double*);
cublasStatus_t cublasScasum_v2(cublasHandle_t, int, const std::complex<float>*, int, float*);
cublasStatus_t cublasIsamax_v2(cublasHandle_t, int, const float*, int, int*);
cublasStatus_t cublasIdamin_v2_64(cublasHandle_t, std::int64_t, const double*, std::int64_t, std::int64_t*);
cublasStatus_t cublasZdotc_v2(cublasHandle_t, int, const std::complex<double>*, int, const std::complex<double>*, int,
                              std::complex<double>*);
cublasStatus_t cublasSaxpy_v2(cublasHandle_t, int, const float*, const float*, int, float*, int);
cublasStatus_t cublasDscal_v2(cublasHandle_t, int, const double*, double*, int);
cublasStatus_t cublasSgemv_v2(cublasHandle_t, int, int, int, const float*, const float*, int, const float*, int,
                              const float*, float*, int);
cublasStatus_t cublasDger_v2(cublasHandle_t, int, int, const double*, const double*, int, const double*, int, double*,
                             int);
cublasStatus_t cublasSgeam(cublasHandle_t, int, int, int, int, const float*, const float*, int, const float*,
                           const float*, int, float*, int);
cublasStatus_t cublasSsyrk_v2(cublasHandle_t, int, int, int, int, const float*, const float*, int, const float*, float*,
                              int);
cublasStatus_t cublasSetMatrix(int, int, int, const void*, int, void*, int);
cublasStatus_t cublasGetVector(int, int, const void*, int, void*, int);
cublasStatus_t cublasUint8gemmBias();

cublasStatus_t cublasLtCreate(cublasLtHandle_t*);
cublasStatus_t cublasLtDestroy(cublasLtHandle_t);
cublasStatus_t cublasLtMatrixLayoutCreate(LtMatrixLayout**, int, std::uint64_t, std::uint64_t, std::int64_t);
cublasStatus_t cublasLtMatrixLayoutInit_internal(LtMatrixLayout*, std::size_t, int, std::uint64_t, std::uint64_t,
                                                 std::int64_t);
cublasStatus_t cublasLtMatrixLayoutSetAttribute(LtMatrixLayout*, int, const void*, std::size_t);
cublasStatus_t cublasLtMatrixLayoutGetAttribute(const LtMatrixLayout*, int, void*, std::size_t, std::size_t*);
cublasStatus_t cublasLtMatrixLayoutDestroy(LtMatrixLayout*);
cublasStatus_t cublasLtMatmulDescInit_internal(LtMatmulDescriptor*, std::size_t, int, int);
cublasStatus_t cublasLtMatmulDescSetAttribute(LtMatmulDescriptor*, int, const void*, std::size_t);
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, const LtMatmulDescriptor*, const void*, const void*,
                              const LtMatrixLayout*, const void*, const LtMatrixLayout*, const void*, const void*,
                              const LtMatrixLayout*, void*, const LtMatrixLayout*, const LtMatmulAlgorithm*, void*,
                              std::size_t, CublasStream);
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, const LtMatmulDescriptor*, const LtMatrixLayout*,
                                              const LtMatrixLayout*, const LtMatrixLayout*, const LtMatrixLayout*,
                                              const LtMatmulPreference*, int, LtHeuristicResult*, int*);
}

namespace {

constexpr int kNone = 0, kTransposed = 1;

class Cublas : public ::testing::Test {
 protected:
  void SetUp() override {
    driver = {};
    ASSERT_EQ(cublasCreate_v2(&handle_), kSuccess);
  }
  void TearDown() override { EXPECT_EQ(cublasDestroy_v2(handle_), kSuccess); }
  cublasHandle_t handle_ = nullptr;
  const float one_ = 1, zero_ = 0;
};

TEST_F(Cublas, InvalidHandlesAreNotInitialized) {
  int garbage = 0;
  const auto fake = reinterpret_cast<cublasHandle_t>(&garbage);
  EXPECT_EQ(cublasDestroy_v2(nullptr), kNotInitialized);
  EXPECT_EQ(cublasDestroy_v2(fake), kNotInitialized);
  EXPECT_EQ(cublasSetMathMode(fake, 0), kNotInitialized);
  EXPECT_EQ(cublasSgemm_v2(fake, 0, 0, 1, 1, 1, &one_, &one_, 1, &one_, 1, &zero_, nullptr, 1), kNotInitialized);
  EXPECT_EQ(cublasCreate_v2(nullptr), kInvalidValue);
}

TEST_F(Cublas, Settings) {
  int value = 0;
  EXPECT_EQ(cublasSetMathMode(handle_, 3), kSuccess);
  EXPECT_EQ(cublasGetMathMode(handle_, &value), kSuccess);
  EXPECT_EQ(value, 3);
  EXPECT_EQ(cublasSetPointerMode_v2(handle_, 2), kInvalidValue);
  EXPECT_EQ(cublasGetVersion_v2(handle_, &value), kSuccess);
  EXPECT_EQ(value, 120804);
  alignas(256) char workspace[512];
  EXPECT_EQ(cublasSetWorkspace_v2(handle_, workspace, 512), kSuccess);
  EXPECT_EQ(cublasSetWorkspace_v2(handle_, workspace + 1, 511), kInvalidValue);
  EXPECT_STREQ(cublasGetStatusName(kNotSupported), "CUBLAS_STATUS_NOT_SUPPORTED");
  EXPECT_STREQ(cublasGetStatusString(kSuccess), "success");
}

TEST_F(Cublas, SgemmRunsInStreamOrderWithTheScalarsOfTheCall) {
  const float a[] = {1, 2, 3, 4};  // columns (1, 2) and (3, 4)
  const float b[] = {5, 6, 7, 8};
  float c[] = {NAN, NAN, NAN, NAN};
  float alpha = 2;
  float beta = 0;
  ASSERT_EQ(cublasSgemm_v2(handle_, kNone, kNone, 2, 2, 2, &alpha, a, 2, b, 2, &beta, c, 2), kSuccess);
  EXPECT_TRUE(std::isnan(c[0])) << "ran before its turn";
  alpha = 100;
  driver.run();
  EXPECT_EQ(c[0], 2 * (1 * 5 + 3 * 6));
  EXPECT_EQ(c[1], 2 * (2 * 5 + 4 * 6));
  EXPECT_EQ(c[2], 2 * (1 * 7 + 3 * 8));
  EXPECT_EQ(c[3], 2 * (2 * 7 + 4 * 8));
  EXPECT_EQ(driver.names.back(), "cublasSgemm");
  EXPECT_EQ(driver.destroyed, 1);
}

TEST_F(Cublas, DeviceScalarsAreReadInStreamOrder) {
  const float a[] = {3};
  float c[] = {1};
  float alpha = 1;
  float beta = 1;
  ASSERT_EQ(cublasSetPointerMode_v2(handle_, 1), kSuccess);
  ASSERT_EQ(cublasSgemm_v2_64(handle_, kNone, kNone, 1, 1, 1, &alpha, a, 1, a, 1, &beta, c, 1), kSuccess);
  alpha = 10;
  beta = 5;
  driver.run();
  EXPECT_EQ(c[0], 95);
}

TEST_F(Cublas, GemmArgumentsAreChecked) {
  float c[4] = {};
  const auto gemm = [&](int operation, int m, int lda, int ldb, int ldc, const float* alpha) {
    return cublasSgemm_v2(handle_, operation, kNone, m, 2, 3, alpha, c, lda, c, ldb, &zero_, c, ldc);
  };
  EXPECT_EQ(gemm(kNone, -1, 2, 3, 2, &one_), kInvalidValue);
  EXPECT_EQ(gemm(3, 2, 2, 3, 2, &one_), kInvalidValue);
  EXPECT_EQ(gemm(kNone, 2, 1, 3, 2, &one_), kInvalidValue);
  EXPECT_EQ(gemm(kTransposed, 2, 2, 3, 2, &one_), kInvalidValue);
  EXPECT_EQ(gemm(kNone, 2, 2, 2, 2, &one_), kInvalidValue);
  EXPECT_EQ(gemm(kNone, 2, 2, 3, 1, &one_), kInvalidValue);
  EXPECT_EQ(gemm(kNone, 2, 2, 3, 2, nullptr), kInvalidValue);
  EXPECT_EQ(gemm(kNone, 0, 1, 3, 1, &one_), kSuccess);
  EXPECT_TRUE(driver.queue.empty());
  driver.refuse = true;
  EXPECT_EQ(gemm(kNone, 1, 1, 3, 1, &one_), kExecutionFailed);
}

TEST_F(Cublas, HalfGemmWithBothComputeTypes) {
  using vgpu::blas::float_to_half;
  using vgpu::blas::half_to_float;
  const std::uint16_t a[] = {float_to_half(1.5F), float_to_half(-2)};
  const std::uint16_t b[] = {float_to_half(4), float_to_half(0.5F)};
  std::uint16_t c = 0x7e00;
  const std::uint16_t half_one = float_to_half(1);
  const std::uint16_t half_zero = 0;
  ASSERT_EQ(cublasGemmEx(handle_, kTransposed, kNone, 1, 1, 2, &half_one, a, kR16F, 2, b, kR16F, 2, &half_zero, &c,
                         kR16F, 1, kCompute16F, -1),
            kSuccess);
  driver.run();
  EXPECT_EQ(half_to_float(c), 5);
  float result = NAN;
  ASSERT_EQ(cublasGemmEx(handle_, kTransposed, kNone, 1, 1, 2, &one_, a, kR16F, 2, b, kR16F, 2, &zero_, &result, kR32F,
                         1, kCompute32F, -1),
            kSuccess);
  driver.run();
  EXPECT_EQ(result, 5);
  EXPECT_EQ(cublasGemmEx(handle_, kNone, kNone, 1, 1, 1, &one_, a, kR16F, 1, b, kR32F, 1, &zero_, &c, kR16F, 1,
                         kCompute32F, -1),
            kNotSupported);
  EXPECT_EQ(
      cublasGemmEx(handle_, kNone, kNone, 1, 1, 1, &one_, a, 28, 1, b, 28, 1, &zero_, &c, kR16F, 1, kCompute32F, -1),
      kNotSupported);
}

TEST_F(Cublas, IntegerGemmHasIntegerScalars) {
  const std::int8_t a[] = {-128, 127};
  const std::int8_t b[] = {-128, 127};
  std::int32_t c = 7;
  const std::int32_t alpha = 3;
  const std::int32_t beta = -1;
  ASSERT_EQ(cublasGemmEx(handle_, kTransposed, kNone, 1, 1, 2, &alpha, a, kR8I, 2, b, kR8I, 2, &beta, &c, kR32I, 1,
                         kCompute32I, -1),
            kSuccess);
  driver.run();
  EXPECT_EQ(c, 3 * (128 * 128 + 127 * 127) - 7);
}

TEST_F(Cublas, StridedAndPointerBatches) {
  const float a[] = {1, 2, 3};
  const float b[] = {10, 20, 30};
  float c[] = {0, 0, 0, 0, 0, 0};
  ASSERT_EQ(cublasGemmStridedBatchedEx(handle_, 0, 0, 1, 1, 1, &one_, a, kR32F, 1, 1, b, kR32F, 1, 0, &zero_, c, kR32F,
                                       1, 2, 3, kCompute32FFastTF32, -1),
            kSuccess);
  driver.run();
  EXPECT_EQ(c[0], 10);
  EXPECT_EQ(c[2], 20) << "b has stride 0";
  EXPECT_EQ(c[4], 30);
  const void* pointers_a[] = {nullptr, nullptr};
  const void* pointers_b[] = {b + 1, b + 2};
  void* pointers_c[] = {c + 1, c + 3};
  ASSERT_EQ(cublasGemmBatchedEx(handle_, 0, 0, 1, 1, 1, &one_, pointers_a, kR32F, 1, pointers_b, kR32F, 1, &zero_,
                                pointers_c, kR32F, 1, 2, kCompute32F, -1),
            kSuccess);
  pointers_a[0] = a + 2;  // the array is device memory: written by earlier work of the stream
  pointers_a[1] = a + 1;
  driver.run();
  EXPECT_EQ(c[1], 60);
  EXPECT_EQ(c[3], 60);
}

TEST_F(Cublas, StrsmBatched) {
  const float first[] = {2, 1, 0, 4};
  const float second[] = {1, 1, 0, 1};
  float x[] = {2, 9};
  float y[] = {3, 5};
  const float* a[] = {first, second};
  float* b[] = {x, y};
  ASSERT_EQ(cublasStrsmBatched(handle_, 0, 0, kNone, 0, 2, 1, &one_, a, 2, b, 2, 2), kSuccess);
  driver.run();
  EXPECT_EQ(x[0], 1);
  EXPECT_EQ(x[1], 2);
  EXPECT_EQ(y[0], 3);
  EXPECT_EQ(y[1], 2);
}

TEST_F(Cublas, ResultsInHostModeWait) {
  const float x[] = {1, -5, 3};
  const double d[] = {3, -4};
  float sum = 0;
  double norm = 0;
  int index = 0;
  std::int64_t index_64 = 0;
  EXPECT_EQ(cublasSdot_v2(handle_, 3, x, 1, x, 1, &sum), kSuccess);
  EXPECT_EQ(sum, 35);
  EXPECT_EQ(cublasDnrm2_v2(handle_, 2, d, 1, &norm), kSuccess);
  EXPECT_EQ(norm, 5);
  EXPECT_EQ(cublasIsamax_v2(handle_, 3, x, 1, &index), kSuccess);
  EXPECT_EQ(index, 2) << "counted from 1";
  EXPECT_EQ(cublasIdamin_v2_64(handle_, 2, d, 1, &index_64), kSuccess);
  EXPECT_EQ(index_64, 1);
  EXPECT_EQ(cublasIsamax_v2(handle_, 0, x, 1, &index), kSuccess);
  EXPECT_EQ(index, 0);
  const std::complex<float> c[] = {{1, -2}, {3, 4}};
  EXPECT_EQ(cublasScasum_v2(handle_, 2, c, 1, &sum), kSuccess);
  EXPECT_EQ(sum, 10);
  const std::complex<double> z[] = {{1, 2}};
  std::complex<double> product;
  EXPECT_EQ(cublasZdotc_v2(handle_, 1, z, 1, z, 1, &product), kSuccess);
  EXPECT_EQ(product, std::complex<double>(5, 0));
  EXPECT_EQ(cublasSdot_v2(handle_, 3, x, 1, x, 1, nullptr), kInvalidValue);
}

TEST_F(Cublas, LevelsOneToThree) {
  const float x[] = {1, 2};
  float y[] = {10, 20};
  const float alpha = 3;
  EXPECT_EQ(cublasSaxpy_v2(handle_, 2, &alpha, x, 1, y, 1), kSuccess);
  driver.run();
  EXPECT_EQ(y[0], 13);
  EXPECT_EQ(y[1], 26);
  double d[] = {1, 2, 3};
  const double two = 2;
  EXPECT_EQ(cublasDscal_v2(handle_, 2, &two, d, 2), kSuccess);
  driver.run();
  EXPECT_EQ(d[0], 2);
  EXPECT_EQ(d[1], 2);
  EXPECT_EQ(d[2], 6);
  const float a[] = {1, 2, 3, 4, 5, 6};  // 2 x 3
  float v[] = {NAN, NAN};
  const float w[] = {1, 1, 1};
  EXPECT_EQ(cublasSgemv_v2(handle_, kNone, 2, 3, &one_, a, 2, w, 1, &zero_, v, 1), kSuccess);
  driver.run();
  EXPECT_EQ(v[0], 9);
  EXPECT_EQ(v[1], 12);
  double outer[] = {0, 0, 0, 1};
  EXPECT_EQ(cublasDger_v2(handle_, 2, 2, &two, d, 1, d, 1, outer, 2), kSuccess);
  driver.run();
  EXPECT_EQ(outer[3], 9);
  float t[6] = {};
  EXPECT_EQ(cublasSgeam(handle_, kTransposed, kNone, 3, 2, &one_, a, 2, &zero_, nullptr, 3, t, 3), kSuccess);
  driver.run();
  EXPECT_EQ(t[1], 3);
  EXPECT_EQ(t[3], 2);
  float s[] = {0, 0, 77, 0};
  EXPECT_EQ(cublasSsyrk_v2(handle_, 0, kNone, 2, 3, &one_, a, 2, &zero_, s, 2), kSuccess);
  driver.run();
  EXPECT_EQ(s[1], 1 * 2 + 3 * 4 + 5 * 6);
  EXPECT_EQ(s[2], 77) << "the other triangle is not written";
}

TEST_F(Cublas, Transfers) {
  const std::int32_t host[] = {1, 2, 99, 3, 4, 99};
  std::int32_t device[4] = {};
  EXPECT_EQ(cublasSetMatrix(2, 2, 4, host, 3, device, 2), kSuccess);
  EXPECT_EQ(device[1], 2);
  EXPECT_EQ(device[2], 3);
  std::int32_t back[2] = {};
  EXPECT_EQ(cublasGetVector(2, 4, device, 2, back, 1), kSuccess);
  EXPECT_EQ(back[1], 3);
  EXPECT_EQ(cublasGetVector(2, 0, device, 2, back, 1), kInvalidValue);
}

class CublasLt : public ::testing::Test {
 protected:
  void SetUp() override {
    driver = {};
    ASSERT_EQ(cublasLtCreate(&handle_), kSuccess);
    ASSERT_EQ(cublasLtMatmulDescInit_internal(&descriptor_, sizeof descriptor_, kCompute32F, kR32F), kSuccess);
    set_operation(kTransposed);
  }
  void TearDown() override { EXPECT_EQ(cublasLtDestroy(handle_), kSuccess); }

  void set_operation(int operation) {
    ASSERT_EQ(cublasLtMatmulDescSetAttribute(&descriptor_, 3, &operation, sizeof operation), kSuccess);
  }
  void set_epilogue(std::uint32_t epilogue, const void* bias) {
    ASSERT_EQ(cublasLtMatmulDescSetAttribute(&descriptor_, 7, &epilogue, sizeof epilogue), kSuccess);
    ASSERT_EQ(cublasLtMatmulDescSetAttribute(&descriptor_, 8, &bias, sizeof bias), kSuccess);
  }
  static LtMatrixLayout layout(int type, std::uint64_t rows, std::uint64_t columns, std::int64_t ld) {
    LtMatrixLayout made{};
    EXPECT_EQ(cublasLtMatrixLayoutInit_internal(&made, sizeof made, type, rows, columns, ld), kSuccess);
    return made;
  }

  // D = epilogue(A^T B + beta C) with A^T = (1 2; 3 4), B = (1 -1; 1 -1): columns (3, 7) and (-3, -7).
  cublasStatus_t multiply(const float* c, float beta, float* d) {
    const LtMatrixLayout square = layout(kR32F, 2, 2, 2);
    const float one = 1;
    const cublasStatus_t status = cublasLtMatmul(handle_, &descriptor_, &one, a_, &square, b_, &square, &beta, c,
                                                 &square, d, &square, nullptr, nullptr, 0, nullptr);
    driver.run();
    return status;
  }

  const float a_[4] = {1, 2, 3, 4};
  const float b_[4] = {1, 1, -1, -1};
  cublasLtHandle_t handle_ = nullptr;
  LtMatmulDescriptor descriptor_{};
};

TEST_F(CublasLt, PlainWithSeparateC) {
  const float c[] = {1, 2, 3, 4};
  float d[] = {NAN, NAN, NAN, NAN};
  ASSERT_EQ(multiply(c, 10, d), kSuccess);
  EXPECT_EQ(d[0], 13);
  EXPECT_EQ(d[1], 27);
  EXPECT_EQ(d[2], 27);
  EXPECT_EQ(d[3], 33);
  EXPECT_EQ(c[0], 1);
}

TEST_F(CublasLt, BiasAndReluAndGelu) {
  const float bias[] = {4, -8};
  float d[] = {NAN, NAN, NAN, NAN};
  set_epilogue(4, bias);
  ASSERT_EQ(multiply(d, 0, d), kSuccess);
  EXPECT_EQ(d[0], 7);
  EXPECT_EQ(d[1], -1);
  EXPECT_EQ(d[2], 1);
  EXPECT_EQ(d[3], -15);
  set_epilogue(6, bias);
  ASSERT_EQ(multiply(d, 0, d), kSuccess);
  EXPECT_EQ(d[0], 7);
  EXPECT_EQ(d[1], 0);
  set_epilogue(32, nullptr);
  ASSERT_EQ(multiply(d, 0, d), kSuccess);
  EXPECT_NEAR(d[0], 2.9964, 1e-3);
  EXPECT_NEAR(d[2], -0.0036, 1e-3);
  set_epilogue(128 | 1, nullptr);
  EXPECT_EQ(multiply(d, 0, d), kNotSupported);
}

TEST_F(CublasLt, HeuristicAnswersOnlyForWhatRuns) {
  const LtMatrixLayout half = layout(kR16F, 4, 4, 4);
  const LtMatrixLayout single = layout(kR32F, 4, 4, 4);
  const LtMatrixLayout other = layout(kR16F, 4, 5, 4);
  LtHeuristicResult result{};
  int count = -1;
  const auto ask = [&](const LtMatrixLayout& a, const LtMatrixLayout& b, const LtMatrixLayout& d) {
    return cublasLtMatmulAlgoGetHeuristic(handle_, &descriptor_, &a, &b, &d, &d, nullptr, 1, &result, &count);
  };
  EXPECT_EQ(ask(half, half, half), kSuccess);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(result.workspace_size, 0U);
  EXPECT_EQ(ask(half, single, half), kNotSupported);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(ask(half, other, half), kInvalidValue);
}

TEST_F(CublasLt, StridedBatch) {
  const float a[] = {2, 3};
  float d[] = {0, 0, 0};
  LtMatrixLayout in = layout(kR32F, 1, 1, 1);
  LtMatrixLayout out = layout(kR32F, 1, 1, 1);
  const std::int32_t batch = 2;
  const std::int64_t in_stride = 1;
  const std::int64_t out_stride = 2;
  for (LtMatrixLayout* each : {&in, &out}) {
    ASSERT_EQ(cublasLtMatrixLayoutSetAttribute(each, 5, &batch, sizeof batch), kSuccess);
    ASSERT_EQ(cublasLtMatrixLayoutSetAttribute(each, 6, each == &in ? &in_stride : &out_stride, 8), kSuccess);
  }
  const float one = 1;
  const float zero = 0;
  ASSERT_EQ(cublasLtMatmul(handle_, &descriptor_, &one, a, &in, a, &in, &zero, d, &out, d, &out, nullptr, nullptr, 0,
                           nullptr),
            kSuccess);
  driver.run();
  EXPECT_EQ(d[0], 4);
  EXPECT_EQ(d[2], 9);
}

TEST_F(CublasLt, Attributes) {
  LtMatrixLayout* made = nullptr;
  ASSERT_EQ(cublasLtMatrixLayoutCreate(&made, kR32F, 3, 5, 7), kSuccess);
  std::uint64_t rows = 0;
  std::size_t written = 0;
  EXPECT_EQ(cublasLtMatrixLayoutGetAttribute(made, 2, &rows, sizeof rows, &written), kSuccess);
  EXPECT_EQ(rows, 3U);
  EXPECT_EQ(written, 8U);
  EXPECT_EQ(cublasLtMatrixLayoutGetAttribute(made, 2, &rows, 4, nullptr), kInvalidValue);
  EXPECT_EQ(cublasLtMatrixLayoutSetAttribute(made, 99, &rows, 8), kNotSupported);
  EXPECT_EQ(cublasLtMatrixLayoutDestroy(made), kSuccess);
}

TEST(CublasTable, EveryRowIsExportedAndRefusedOnesRefuse) {
#define FUNCTION(state, name) EXPECT_NE(dlsym(RTLD_DEFAULT, #name), nullptr) << #name;
#include "shims/cublas/functions.def"
#undef FUNCTION
#define FUNCTION_done(name) EXPECT_NE(dlsym(RTLD_DEFAULT, #name), nullptr) << #name;
#define FUNCTION_partial FUNCTION_done
#define FUNCTION_refused(name)
#define FUNCTION(state, name) FUNCTION_##state(name)
#include "shims/cublas/lt_functions.def"
#undef FUNCTION
#undef FUNCTION_done
#undef FUNCTION_partial
#undef FUNCTION_refused
  EXPECT_EQ(cublasUint8gemmBias(), kNotSupported);
}

}  // namespace
