#include "tests/unit/cuda_program.h"

// What the driver API charges to the device, and when it gives it back.
namespace vgpu::cuda {
namespace {

constexpr std::size_t kMiB = 1 << 20;

std::size_t free_memory() {
  std::size_t free = 0, total = 0;
  EXPECT_EQ(cuMemGetInfo_v2(&free, &total), CUDA_SUCCESS);
  return free;
}

TEST_F(CudaTest, APoolGivesBackAtASynchronizationWhatItMayNotKeep) {
  CUmemoryPool pool = nullptr;
  ASSERT_EQ(cuDeviceGetDefaultMemPool(&pool, 0), CUDA_SUCCESS);
  const std::size_t before = free_memory();
  CUdeviceptr address = 0;
  ASSERT_EQ(cuMemAllocAsync(&address, 3 * kMiB, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - 3 * kMiB);
  ASSERT_EQ(cuMemFreeAsync(address, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamSynchronize(nullptr), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before);

  std::uint64_t threshold = 2 * kMiB;
  constexpr int kReleaseThreshold = 4;
  ASSERT_EQ(cuMemPoolSetAttribute(pool, kReleaseThreshold, &threshold), CUDA_SUCCESS);
  CUdeviceptr other = 0;
  ASSERT_EQ(cuMemAllocAsync(&address, 2 * kMiB, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuMemAllocAsync(&other, 2 * kMiB, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuMemFreeAsync(address, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuMemFreeAsync(other, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - 2 * kMiB);
  ASSERT_EQ(cuMemPoolTrimTo(pool, 0), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before);
  threshold = 0;
  ASSERT_EQ(cuMemPoolSetAttribute(pool, kReleaseThreshold, &threshold), CUDA_SUCCESS);
}

TEST_F(CudaTest, PhysicalMemoryIsChargedUntilItsLastHandleAndMappingAreGone) {
  CUmemAllocationProp properties{};
  properties.type = 1;
  properties.location = {1, 0};
  const std::size_t before = free_memory();
  CUmemGenericAllocationHandle handle = 0;
  ASSERT_EQ(cuMemCreate(&handle, 4 * kMiB, &properties, 0), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - 4 * kMiB);
  CUdeviceptr address = 0;
  ASSERT_EQ(cuMemAddressReserve(&address, 4 * kMiB, 0, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - 4 * kMiB) << "addresses alone are free";
  ASSERT_EQ(cuMemMap(address, 4 * kMiB, 0, handle, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemRelease(handle), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - 4 * kMiB);
  ASSERT_EQ(cuMemUnmap(address, 4 * kMiB), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before);
  EXPECT_EQ(cuMemAddressFree(address, 4 * kMiB), CUDA_SUCCESS);
}

TEST_F(CudaTest, AModulesVariablesAreCharged) {
  const char image[] =
      ".version 6.0\n.target sm_50\n.address_size 64\n.visible .global .align 4 .b8 table[1048576];\n"
      ".visible .entry none() { ret; }\n";
  const std::size_t before = free_memory();
  CUmodule module = nullptr;
  ASSERT_EQ(cuModuleLoadData(&module, image), CUDA_SUCCESS);
  CUdeviceptr table = 0;
  std::size_t size = 0;
  ASSERT_EQ(cuModuleGetGlobal_v2(&table, &size, module, "table"), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - kMiB);
  ASSERT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before);

  CUdeviceptr most = 0;
  ASSERT_EQ(cuMemAlloc_v2(&most, before - kMiB + 512), CUDA_SUCCESS);
  CUfunction function = nullptr;
  const CUresult loaded = cuModuleLoadData(&module, image);
  EXPECT_EQ(loaded == CUDA_SUCCESS ? cuModuleGetFunction(&function, module, "none") : loaded, CUDA_ERROR_OUT_OF_MEMORY);
  if (loaded == CUDA_SUCCESS) cuModuleUnload(module);
  EXPECT_EQ(cuMemFree_v2(most), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before);
}

TEST_F(CudaTest, AResetLeavesNothingInPools) {
  CUdeviceptr address = 0, again = 0;
  const std::size_t before = free_memory();
  ASSERT_EQ(cuMemAllocAsync(&address, kMiB, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuMemFreeAsync(address, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before);
  ASSERT_EQ(cuMemAllocAsync(&again, kMiB, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(free_memory(), before - kMiB) << "newly allocated, not what the pool had";
  EXPECT_EQ(cuMemsetD8_v2(again, 1, kMiB), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeAsync(again, nullptr), CUDA_SUCCESS);
}

}  // namespace
}  // namespace vgpu::cuda
