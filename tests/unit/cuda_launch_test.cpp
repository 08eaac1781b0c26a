#include "tests/unit/cuda_program.h"

namespace vgpu::cuda {
namespace {

struct AddArguments {
  CUdeviceptr left, right, sum;
  unsigned count;
  void* pointers[4] = {&left, &right, &sum, &count};
};

TEST_F(CudaTest, AddsVectors) {
  const std::vector<unsigned> left(1000, 3), right(1000, 4);
  AddArguments arguments{allocate(left), allocate(right), allocate(std::vector<unsigned>(1000)), 1000};
  ASSERT_EQ(cuLaunchKernel(load("add"), 8, 1, 1, 128, 1, 1, 0, nullptr, arguments.pointers, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(read(arguments.sum, 1000), std::vector<unsigned>(1000, 7));
}

TEST_F(CudaTest, TakesParametersInOneBuffer) {
  AddArguments arguments{allocate({1, 2}), allocate({10, 20}), allocate({0, 0}), 2};
  std::size_t size = 28;
  void* extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &arguments, CU_LAUNCH_PARAM_BUFFER_SIZE, &size, nullptr};
  ASSERT_EQ(cuLaunchKernel(load("add"), 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, extra), CUDA_SUCCESS);
  EXPECT_EQ(read(arguments.sum, 2), (std::vector<unsigned>{11, 22}));
}

TEST_F(CudaTest, RefusesLaunchesThatCannotBe) {
  const CUfunction function = load("add");
  AddArguments arguments{allocate({1}), allocate({1}), allocate({1}), 1};
  const auto launch = [&](CUfunction which, unsigned grid_y, unsigned block, unsigned shared, CUstream stream) {
    return cuLaunchKernel(which, 1, grid_y, 1, block, 1, 1, shared, stream, arguments.pointers, nullptr);
  };
  EXPECT_EQ(launch(function, 1, 0, 0, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(function, 1, 1025, 0, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(function, 65536, 1, 0, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(function, 1, 1, 1 << 20, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(reinterpret_cast<CUfunction>(0x1234), 1, 1, 0, nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(launch(function, 1, 1, 0, reinterpret_cast<CUstream>(0x1234)), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(CudaTest, FaultsStayUntilTheDeviceIsReset) {
  ASSERT_EQ(cuLaunchKernel(load("fault"), 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  CUdeviceptr address = 0;
  EXPECT_EQ(cuMemAlloc_v2(&address, 16), CUDA_ERROR_ILLEGAL_ADDRESS);
  ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&address, 16), CUDA_SUCCESS);
}

TEST_F(CudaTest, ReplaysWhatTwoStreamsCaptured) {
  const CUfunction function = load("add");
  const CUdeviceptr ones = allocate({1, 1}), sum = allocate({0, 0});
  AddArguments arguments{sum, ones, sum, 2};
  CUstream first = nullptr, second = nullptr;
  CUevent fork = nullptr, join = nullptr;
  ASSERT_EQ(cuStreamCreate(&first, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamCreate(&second, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&fork, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&join, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  const auto add_in = [&](CUstream stream) {
    return cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, stream, arguments.pointers, nullptr);
  };
  ASSERT_EQ(cuStreamBeginCapture_v2(first, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
  EXPECT_EQ(add_in(first), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(fork, first), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(second, fork, 0), CUDA_SUCCESS);
  EXPECT_EQ(add_in(second), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(join, second), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(first, join, 0), CUDA_SUCCESS);
  CUgraph graph = nullptr;
  ASSERT_EQ(cuStreamEndCapture(first, &graph), CUDA_SUCCESS);
  EXPECT_EQ(read(sum, 2), (std::vector<unsigned>{0, 0}));
  std::size_t count = 0;
  EXPECT_EQ(cuGraphGetNodes(graph, nullptr, &count), CUDA_SUCCESS);
  EXPECT_EQ(count, 2U);
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  for (int repeat = 0; repeat < 3; ++repeat) ASSERT_EQ(cuGraphLaunch(executable, first), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(first), CUDA_SUCCESS);
  EXPECT_EQ(read(sum, 2), (std::vector<unsigned>{6, 6}));
}

TEST_F(CudaTest, CapturesMustBeJoined) {
  CUstream first = nullptr, second = nullptr;
  CUevent fork = nullptr;
  ASSERT_EQ(cuStreamCreate(&first, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamCreate(&second, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&fork, 0), CUDA_SUCCESS);
  const CUdeviceptr memory = allocate({1});
  ASSERT_EQ(cuStreamBeginCapture_v2(first, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(fork, first), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(second, fork, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD32Async(memory, 2, 1, second), CUDA_SUCCESS);
  CUgraph graph = nullptr;
  EXPECT_EQ(cuStreamEndCapture(first, &graph), CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
}

TEST_F(CudaTest, FindsModuleVariables) {
  CUmodule module = nullptr;
  ASSERT_EQ(cuModuleLoadData(&module, kAddPtx), CUDA_SUCCESS);
  CUdeviceptr address = 0;
  std::size_t size = 0;
  ASSERT_EQ(cuModuleGetGlobal_v2(&address, &size, module, "offset"), CUDA_SUCCESS);
  EXPECT_EQ(size, 4U);
  EXPECT_EQ(read(address, 1), std::vector<unsigned>{5});
  EXPECT_EQ(cuModuleGetGlobal_v2(&address, &size, module, "none"), CUDA_ERROR_NOT_FOUND);
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "none"), CUDA_ERROR_NOT_FOUND);
}

}  // namespace
}  // namespace vgpu::cuda
