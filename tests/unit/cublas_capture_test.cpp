#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "shims/cublas/abi.h"
#include "shims/cublas/lt_types.h"
#include "shims/cuda/exported.h"

// cuBLAS and cublasLt through the real libcuda.so.1: what is captured runs when the graph does, and each time it does.
extern "C" {
cublasStatus_t cublasCreate_v2(cublasHandle_t*);
cublasStatus_t cublasDestroy_v2(cublasHandle_t);
cublasStatus_t cublasSetStream_v2(cublasHandle_t, CublasStream);
cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t, int);
cublasStatus_t cublasAxpyEx(cublasHandle_t, int, const void*, int, const void*, int, int, void*, int, int, int);
cublasStatus_t cublasDotEx(cublasHandle_t, int, const void*, int, int, const void*, int, int, void*, int, int);
cublasStatus_t cublasDgetrfBatched(cublasHandle_t, int, double* const*, int, int*, int*, int);
cublasStatus_t cublasDgetrsBatched(cublasHandle_t, int, int, int, const double* const*, int, const int*, double* const*,
                                   int, int*, int);
cublasStatus_t cublasLtCreate(cublasLtHandle_t*);
cublasStatus_t cublasLtDestroy(cublasLtHandle_t);
cublasStatus_t cublasLtMatrixLayoutInit_internal(LtMatrixLayout*, std::size_t, int, std::uint64_t, std::uint64_t,
                                                 std::int64_t);
cublasStatus_t cublasLtMatrixTransformDescInit_internal(LtTransformDescriptor*, std::size_t, int);
cublasStatus_t cublasLtMatrixTransform(cublasLtHandle_t, const LtTransformDescriptor*, const void*, const void*,
                                       const LtMatrixLayout*, const void*, const void*, const LtMatrixLayout*, void*,
                                       const LtMatrixLayout*, CublasStream);
}

namespace {

class CublasCapture : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
    ASSERT_EQ(cuStreamCreate(&stream_, 1), CUDA_SUCCESS);
    ASSERT_EQ(cublasCreate_v2(&handle_), kSuccess);
    ASSERT_EQ(cublasSetStream_v2(handle_, stream_), kSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cuGraphExecDestroy(executable_), CUDA_SUCCESS);
    EXPECT_EQ(cublasDestroy_v2(handle_), kSuccess);
    EXPECT_EQ(cuStreamDestroy_v2(stream_), CUDA_SUCCESS);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  }

  template <class Work>
  void capture(Work work) {
    CUgraph graph = nullptr;
    ASSERT_EQ(cuStreamBeginCapture_v2(stream_, {}), CUDA_SUCCESS);
    work();
    ASSERT_EQ(cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphInstantiateWithFlags(&executable_, graph, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  }
  void launch() {
    ASSERT_EQ(cuGraphLaunch(executable_, stream_), CUDA_SUCCESS);
    ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  }

  CUcontext context_ = nullptr;
  CUstream stream_ = nullptr;
  CUgraphExec executable_ = nullptr;
  cublasHandle_t handle_ = nullptr;
};

TEST_F(CublasCapture, SumsAndResultsOfEveryLaunch) {
  float x = 2;
  float y = 1;
  float alpha = 3;
  float result = -1;
  ASSERT_EQ(cublasSetPointerMode_v2(handle_, 1), kSuccess);
  capture([&] {
    ASSERT_EQ(cublasAxpyEx(handle_, 1, &alpha, kR32F, &x, kR32F, 1, &y, kR32F, 1, kR32F), kSuccess);
    ASSERT_EQ(cublasDotEx(handle_, 1, &y, kR32F, 1, &y, kR32F, 1, &result, kR32F, kR32F), kSuccess);
  });
  EXPECT_EQ(y, 1) << "capturing is not running";
  launch();
  EXPECT_EQ(y, 7);
  EXPECT_EQ(result, 49);
  alpha = -1;
  launch();
  EXPECT_EQ(y, 5);
  EXPECT_EQ(result, 25);
}

TEST_F(CublasCapture, FactorsAndSolutionsAfterNewNumbers) {
  std::vector<double> matrix(4);
  std::vector<double> side(2);
  double* a[] = {matrix.data()};
  double* b[] = {side.data()};
  int pivots[2] = {};
  int info = -1;
  int wrong = -1;
  capture([&] {
    ASSERT_EQ(cublasDgetrfBatched(handle_, 2, a, 2, pivots, &info, 1), kSuccess);
    ASSERT_EQ(cublasDgetrsBatched(handle_, 0, 2, 1, a, 2, pivots, b, 2, &wrong, 1), kSuccess);
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(info, -1);
  matrix = {0, 2, 1, 0};
  side = {3, 4};
  launch();
  EXPECT_EQ(info, 0);
  EXPECT_EQ(side, (std::vector<double>{2, 3}));
  matrix = {1, 0, 0, 4};
  side = {3, 4};
  launch();
  EXPECT_EQ(side, (std::vector<double>{3, 1}));
  matrix = {0, 0, 0, 1};
  launch();
  EXPECT_EQ(info, 1) << "singular";
}

TEST_F(CublasCapture, Transforms) {
  cublasLtHandle_t light = nullptr;
  ASSERT_EQ(cublasLtCreate(&light), kSuccess);
  LtTransformDescriptor descriptor{};
  LtMatrixLayout layout{};
  ASSERT_EQ(cublasLtMatrixTransformDescInit_internal(&descriptor, sizeof descriptor, kR32F), kSuccess);
  ASSERT_EQ(cublasLtMatrixLayoutInit_internal(&layout, sizeof layout, kR32F, 1, 1, 1), kSuccess);
  float from = 1;
  float to = 0;
  const float alpha = 10;
  capture([&] {
    ASSERT_EQ(cublasLtMatrixTransform(light, &descriptor, &alpha, &from, &layout, nullptr, nullptr, nullptr, &to,
                                      &layout, stream_),
              kSuccess);
  });
  EXPECT_EQ(to, 0);
  from = 4;
  launch();
  EXPECT_EQ(to, 40);
  EXPECT_EQ(cublasLtDestroy(light), kSuccess);
}

}  // namespace
