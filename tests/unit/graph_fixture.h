#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "tests/unit/cuda_program.h"

// Small graphs of memsets and copies, and what comes of them.
namespace vgpu::cuda {

class GraphTest : public CudaTest {
 protected:
  void SetUp() override {
    CudaTest::SetUp();
    ASSERT_EQ(cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphCreate(&graph_, 0), CUDA_SUCCESS);
  }

  static CUDA_MEMSET_NODE_PARAMS fill_of(CUdeviceptr address, unsigned value, std::size_t count = 1) {
    return {.destination = address, .pitch = 0, .value = value, .element_size = 4, .width = count, .height = 1};
  }
  CUgraphNode add_fill(CUdeviceptr address, unsigned value, const std::vector<CUgraphNode>& after = {}) {
    const auto parameters = fill_of(address, value);
    CUgraphNode node = nullptr;
    EXPECT_EQ(cuGraphAddMemsetNode(&node, graph_, after.data(), after.size(), &parameters, context_), CUDA_SUCCESS);
    return node;
  }
  static CUDA_MEMCPY3D copy_of(CUdeviceptr to, CUdeviceptr from, std::size_t words) {
    CUDA_MEMCPY3D copy{};
    copy.source_type = copy.destination_type = CU_MEMORYTYPE_DEVICE;
    copy.source_device = from;
    copy.destination_device = to;
    copy.width = words * sizeof(unsigned);
    copy.height = copy.depth = 1;
    return copy;
  }
  CUgraphExec instantiate(CUgraph graph, std::uint64_t flags = 0) {
    CUgraphExec executable = nullptr;
    EXPECT_EQ(cuGraphInstantiateWithFlags(&executable, graph, flags), CUDA_SUCCESS);
    return executable;
  }
  void launch(CUgraphExec executable) {
    EXPECT_EQ(cuGraphLaunch(executable, stream_), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  }
  unsigned word(CUdeviceptr address) { return read(address, 1)[0]; }

  CUstream stream_ = nullptr;
  CUgraph graph_ = nullptr;
};

// True when the condition came true within ten seconds.
inline bool comes_true(const std::function<bool()>& condition) {
  for (int turn = 0; turn < 10'000; ++turn) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace vgpu::cuda
