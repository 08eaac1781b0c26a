#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "shims/cuda/exported.h"

// A context on the first device for each test, and PTX that needs no more than integer arithmetic.
namespace vgpu::cuda {

inline constexpr const char* kAddPtx = R"(.version 6.0
.target sm_60
.address_size 64
.visible .global .align 4 .u32 offset = 5;
.visible .entry add(.param .u64 left, .param .u64 right, .param .u64 sum, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<9>;
  .reg .b64 %rd<9>;
  ld.param.u64 %rd1, [left];
  ld.param.u64 %rd2, [right];
  ld.param.u64 %rd3, [sum];
  ld.param.u32 %r1, [count];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra done;
  mul.wide.u32 %rd4, %r5, 4;
  add.s64 %rd5, %rd1, %rd4;
  add.s64 %rd6, %rd2, %rd4;
  add.s64 %rd7, %rd3, %rd4;
  ld.global.u32 %r6, [%rd5];
  ld.global.u32 %r7, [%rd6];
  add.s32 %r8, %r6, %r7;
  st.global.u32 [%rd7], %r8;
done:
  ret;
}
.visible .entry fault()
{
  .reg .b64 %rd<2>;
  .reg .b32 %r<2>;
  mov.u64 %rd1, 64;
  mov.u32 %r1, 1;
  st.global.u32 [%rd1], %r1;
  ret;
}
)";

class CudaTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    cuCtxSetCurrent(nullptr);
  }

  static CUfunction load(const char* name) {
    CUmodule module = nullptr;
    EXPECT_EQ(cuModuleLoadData(&module, kAddPtx), CUDA_SUCCESS);
    CUfunction function = nullptr;
    EXPECT_EQ(cuModuleGetFunction(&function, module, name), CUDA_SUCCESS);
    return function;
  }
  static CUdeviceptr allocate(const std::vector<unsigned>& values) {
    CUdeviceptr address = 0;
    EXPECT_EQ(cuMemAlloc_v2(&address, values.size() * sizeof(unsigned)), CUDA_SUCCESS);
    EXPECT_EQ(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(unsigned)), CUDA_SUCCESS);
    return address;
  }
  static std::vector<unsigned> read(CUdeviceptr address, std::size_t count) {
    std::vector<unsigned> values(count);
    EXPECT_EQ(cuMemcpyDtoH_v2(values.data(), address, count * sizeof(unsigned)), CUDA_SUCCESS);
    return values;
  }

  CUcontext context_ = nullptr;
};

}  // namespace vgpu::cuda
