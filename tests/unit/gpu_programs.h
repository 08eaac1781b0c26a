#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "shims/cuda/exported.h"

// Whole programs through libcuda.so.1: hand-written PTX, compiled, against loops of this machine's own.
namespace vgpu::programs {

// Set before the library looks: the compiler that was built is used, and nothing is kept between runs.
inline const bool prepared = [] {
  ::setenv("CUDA_CACHE_DISABLE", "1", 1);
  ::unsetenv("VGPU_ENGINE");
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  return true;
}();

inline constexpr const char* kHead = ".version 7.0\n.target sm_60\n.address_size 64\n";

// The thread's index in the whole one-dimensional grid, in %r1; uses %r1 to %r3.
inline constexpr const char* kGlobalIndex =
    "  mov.u32 %r1, %ctaid.x;\n  mov.u32 %r2, %ntid.x;\n  mov.u32 %r3, %tid.x;\n  mad.lo.u32 %r1, %r1, %r2, %r3;\n";

using Shape = std::array<unsigned, 3>;

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    cuCtxSetCurrent(nullptr);
  }

  // The entry `k` of a module with this text behind its head.
  CUfunction compile(const std::string& text) {
    CUfunction function = nullptr;
    EXPECT_EQ(cuModuleLoadData(&module_, (kHead + text).c_str()), CUDA_SUCCESS);
    EXPECT_EQ(cuModuleGetFunction(&function, module_, "k"), CUDA_SUCCESS);
    return function;
  }
  template <class T>
  static CUdeviceptr copy_in(const std::vector<T>& values) {
    CUdeviceptr address = 0;
    EXPECT_EQ(cuMemAlloc_v2(&address, values.size() * sizeof(T)), CUDA_SUCCESS);
    EXPECT_EQ(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(T)), CUDA_SUCCESS);
    return address;
  }
  template <class T>
  static std::vector<T> copy_out(CUdeviceptr address, std::size_t count) {
    std::vector<T> values(count);
    EXPECT_EQ(cuMemcpyDtoH_v2(values.data(), address, count * sizeof(T)), CUDA_SUCCESS);
    return values;
  }
  template <class... Parameters>
  static CUresult launch_in(CUstream stream, CUfunction function, Shape grid, Shape block, unsigned shared,
                            Parameters... parameters) {
    void* pointers[] = {static_cast<void*>(&parameters)..., nullptr};
    return cuLaunchKernel(function, grid[0], grid[1], grid[2], block[0], block[1], block[2], shared, stream, pointers,
                          nullptr);
  }
  template <class... Parameters>
  static void run(CUfunction function, Shape grid, Shape block, unsigned shared, Parameters... parameters) {
    ASSERT_EQ(launch_in(nullptr, function, grid, block, shared, parameters...), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  }

  CUcontext context_ = nullptr;
  CUmodule module_ = nullptr;
};

}  // namespace vgpu::programs
