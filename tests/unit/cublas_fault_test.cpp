#include <gtest/gtest.h>
#include <sys/mman.h>

#include <vector>

#include "shims/cublas/abi.h"
#include "shims/cuda/exported.h"

// cuBLAS through the real libcuda.so.1: faults in a product are the device's, on whichever thread they happen.
extern "C" {
cublasStatus_t cublasCreate_v2(cublasHandle_t*);
cublasStatus_t cublasDestroy_v2(cublasHandle_t);
cublasStatus_t cublasSgemm_v2(cublasHandle_t, int, int, int, int, int, const float*, const float*, int, const float*,
                              int, const float*, float*, int);
}

namespace {

constexpr int kOrder = 512;  // enough for several tiles, so that several threads take part
constexpr std::size_t kBytes = sizeof(float) * kOrder * kOrder;

class CublasFault : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
    ASSERT_EQ(cublasCreate_v2(&handle_), kSuccess);
    unmapped_ = ::mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(unmapped_, MAP_FAILED);
  }
  void TearDown() override {
    cublasDestroy_v2(handle_);
    EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    ::munmap(unmapped_, kBytes);
  }
  cublasStatus_t multiply(const float* a, const float* b, float* c) {
    return cublasSgemm_v2(handle_, 0, 0, kOrder, kOrder, kOrder, &one_, a, kOrder, b, kOrder, &zero_, c, kOrder);
  }

  CUcontext context_ = nullptr;
  cublasHandle_t handle_ = nullptr;
  void* unmapped_ = nullptr;
  const float one_ = 1, zero_ = 0;
  std::vector<float> ones_ = std::vector<float>(std::size_t{kOrder} * kOrder, 1.0F);
  std::vector<float> result_ = std::vector<float>(std::size_t{kOrder} * kOrder);
};

TEST_F(CublasFault, AProductReadsMappedMemory) {
  ASSERT_EQ(multiply(ones_.data(), ones_.data(), result_.data()), kSuccess);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  for (const float value : result_) ASSERT_EQ(value, kOrder);
}

TEST_F(CublasFault, UnmappedFactorIsAnIllegalAddress) {
  ASSERT_EQ(multiply(static_cast<const float*>(unmapped_), ones_.data(), result_.data()), kSuccess);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
}

// The upper half only: the first tiles are well, and the fault comes on a thread that took a later one.
TEST_F(CublasFault, HalfUnmappedResultIsAnIllegalAddress) {
  ASSERT_EQ(::mprotect(unmapped_, kBytes / 2, PROT_READ | PROT_WRITE), 0);
  ASSERT_EQ(multiply(ones_.data(), ones_.data(), static_cast<float*>(unmapped_)), kSuccess);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_F(CublasFault, ProductsWorkAfterAReset) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(multiply(ones_.data(), static_cast<const float*>(unmapped_), result_.data()), kSuccess);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
    ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
    ASSERT_EQ(multiply(ones_.data(), ones_.data(), result_.data()), kSuccess);
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(result_.back(), kOrder);
  }
}

}  // namespace
