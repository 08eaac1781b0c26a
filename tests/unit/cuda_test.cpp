#include <unistd.h>

#include "shims/cuda/private_interface.h"
#include "tests/unit/cuda_program.h"

namespace vgpu::cuda {
namespace {

TEST(CudaInitialization, ComesFirst) {
  int count = 0;
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_ERROR_NOT_INITIALIZED);
  EXPECT_EQ(cuInit(1), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_GE(count, 1);
  CUdeviceptr address = 0;
  EXPECT_EQ(cuMemAlloc_v2(&address, 16), CUDA_ERROR_INVALID_CONTEXT);
  CUdevice device = 0;
  EXPECT_EQ(cuDeviceGet(&device, count), CUDA_ERROR_INVALID_DEVICE);
}

TEST_F(CudaTest, TellsWhatTheDeviceIs) {
  int major = 0, minor = 0, warp = 0, value = 0;
  EXPECT_EQ(cuDeviceGetAttribute(&major, 75, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceComputeCapability(&value, &minor, 0), CUDA_SUCCESS);
  EXPECT_EQ(major, value);
  EXPECT_EQ(cuDeviceGetAttribute(&warp, 10, 0), CUDA_SUCCESS);
  EXPECT_EQ(warp, 32);
  EXPECT_EQ(cuDeviceGetAttribute(&value, 102, 0), CUDA_SUCCESS);
  EXPECT_EQ(value, 0);
  EXPECT_EQ(cuDeviceGetAttribute(&value, 100000, 0), CUDA_ERROR_INVALID_VALUE);
  char id[16];
  CUdevice device = -1;
  ASSERT_EQ(cuDeviceGetPCIBusId(id, sizeof id, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGetByPCIBusId(&device, id), CUDA_SUCCESS);
  EXPECT_EQ(device, 0);
}

TEST_F(CudaTest, CountsMemory) {
  std::size_t before = 0, after = 0, total = 0;
  ASSERT_EQ(cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
  CUdeviceptr address = 0;
  EXPECT_EQ(cuMemAlloc_v2(&address, total + 1), CUDA_ERROR_OUT_OF_MEMORY);
  ASSERT_EQ(cuMemAlloc_v2(&address, 1 << 20), CUDA_SUCCESS);
  ASSERT_EQ(cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_GE(before - after, std::size_t{1} << 20);
  EXPECT_EQ(cuMemFree_v2(address + 8), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(address), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(address), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(CudaTest, ChecksTheRangesOfCopies) {
  const CUdeviceptr memory = allocate({1, 2, 3, 4});
  unsigned host[8] = {};
  EXPECT_EQ(cuMemcpyDtoH_v2(host, memory, 20), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyDtoH_v2(host, reinterpret_cast<CUdeviceptr>(host), 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyDtoH_v2(host, memory + 4, 12), CUDA_SUCCESS);
  EXPECT_EQ(host[2], 4U);
  EXPECT_EQ(cuMemsetD16_v2(memory, 0x0102, 8), CUDA_SUCCESS);
  EXPECT_EQ(read(memory, 4), std::vector<unsigned>(4, 0x01020102));
  EXPECT_EQ(cuMemsetD32_v2(memory + 2, 0, 1), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(CudaTest, MapsPhysicalMemory) {
  CUmemAllocationProp properties{};
  properties.type = 1;
  properties.location = {1, 0};
  std::size_t granularity = 0;
  ASSERT_EQ(cuMemGetAllocationGranularity(&granularity, &properties, 0), CUDA_SUCCESS);
  CUdeviceptr address = 0;
  CUmemGenericAllocationHandle handle = 0;
  ASSERT_EQ(cuMemAddressReserve(&address, 2 * granularity, 0, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemCreate(&handle, granularity, &properties, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuMemMap(address, granularity, 0, handle, 0), CUDA_SUCCESS);
  const CUmemAccessDesc access{{1, 0}, 3};
  ASSERT_EQ(cuMemSetAccess(address, granularity, &access, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD32_v2(address, 9, 4), CUDA_SUCCESS);
  EXPECT_EQ(read(address, 4), std::vector<unsigned>(4, 9));
  EXPECT_EQ(cuMemMap(address + 2 * granularity, granularity, 0, handle, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemUnmap(address, granularity), CUDA_SUCCESS);
  EXPECT_EQ(cuMemRelease(handle), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAddressFree(address, 2 * granularity), CUDA_SUCCESS);
}

TEST_F(CudaTest, MeasuresTimeBetweenEvents) {
  CUevent start = nullptr, end = nullptr;
  ASSERT_EQ(cuEventCreate(&start, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&end, 0), CUDA_SUCCESS);
  float milliseconds = -1;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), CUDA_ERROR_INVALID_HANDLE);
  ASSERT_EQ(cuEventRecord(start, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuEventRecord(end, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventSynchronize(end), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), CUDA_SUCCESS);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cuEventDestroy_v2(start), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy_v2(start), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(CudaTest, LegacyStreamWaitsForBlockingStreams) {
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  const CUdeviceptr memory = allocate({0});
  void (*slow)(void*) = [](void*) { usleep(20000); };
  ASSERT_EQ(cuLaunchHostFunc(stream, slow, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuMemsetD32Async(memory, 1, 1, stream), CUDA_SUCCESS);
  ASSERT_EQ(cuMemsetD32Async(memory, 2, 1, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(read(memory, 1), std::vector<unsigned>{2});
}

TEST_F(CudaTest, FindsEntryPointsByVersion) {
  void* address = nullptr;
  ASSERT_EQ(cuGetProcAddress_v2("cuMemAlloc", &address, 12080, 0, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(address, reinterpret_cast<void*>(&cuMemAlloc_v2));
  ASSERT_EQ(cuGetProcAddress_v2("cuCtxCreate", &address, 11040, 0, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(address, reinterpret_cast<void*>(&cuCtxCreate_v3));
  ASSERT_EQ(cuGetProcAddress_v2("cuLaunchKernel", &address, 12080, 2, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(address, reinterpret_cast<void*>(&cuLaunchKernel_ptsz));
  int status = -1;
  EXPECT_EQ(cuGetProcAddress_v2("cuNoSuch", &address, 12080, 0, &status), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(cuGetProcAddress_v2("cuMemAllocAsync", &address, 11000, 0, &status), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(status, 2);
}

TEST_F(CudaTest, RunsTasksOfOurLibrariesInStreamOrder) {
  const void* table = nullptr;
  ASSERT_EQ(cuGetExportTable(&table, &kPrivateInterfaceId), CUDA_SUCCESS);
  const auto* interface = static_cast<const PrivateInterface*>(table);
  ASSERT_GE(interface->size, sizeof(PrivateInterface));
  int runs[2] = {};
  ASSERT_EQ(interface->enqueue_task(
                nullptr, "count", [](void* argument) { ++static_cast<int*>(argument)[0]; }, runs,
                [](void* argument) { ++static_cast<int*>(argument)[1]; }),
            CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(runs[0], 1);
  const CUuuid other{};
  EXPECT_EQ(cuGetExportTable(&table, &other), CUDA_ERROR_NOT_FOUND);
}

}  // namespace
}  // namespace vgpu::cuda
