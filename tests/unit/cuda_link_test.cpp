#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/unit/cuda_program.h"

// The linker of the driver API: Numba and PyCUDA link what they compile with device functions of their users'.
namespace vgpu::cuda {
namespace {

enum : CUjitInputType { kMachineCode = 0, kPtx = 1, kLast = 4 };
enum : CUjit_option { kErrorBuffer = 5, kErrorSize = 6 };

std::string caller() {
  return R"(.version 6.0
.target sm_60
.address_size 64
.extern .func (.param .b32 result) twice(.param .b32 value);
.visible .entry write_twice(.param .u64 target, .param .u32 value)
{
  .reg .b32 %r<3>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [target];
  ld.param.u32 %r1, [value];
  call (%r2), twice, (%r1);
  st.global.u32 [%rd1], %r2;
  ret;
}
)";
}

std::string callee() {
  return R"(.version 6.0
.target sm_60
.address_size 64
.visible .func (.param .b32 result) twice(.param .b32 value)
{
  .reg .b32 %r<3>;
  ld.param.u32 %r1, [value];
  add.u32 %r2, %r1, %r1;
  st.param.b32 [result], %r2;
  ret;
}
)";
}

class CudaLinkTest : public CudaTest {
 protected:
  void SetUp() override {
    CudaTest::SetUp();
    ASSERT_EQ(cuLinkCreate_v2(2, options_, values_, &link_), CUDA_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(cuLinkDestroy(link_), CUDA_SUCCESS);
    EXPECT_EQ(cuLinkDestroy(link_), CUDA_ERROR_INVALID_HANDLE);
    CudaTest::TearDown();
  }
  CUresult add(CUjitInputType type, std::string text, const char* name) {
    return cuLinkAddData_v2(link_, type, text.data(), text.size(), name, 0, nullptr, nullptr);
  }
  [[nodiscard]] std::size_t written() const { return reinterpret_cast<std::size_t>(values_[1]); }

  CUlinkState link_ = nullptr;
  char errors_[64] = "untouched";
  CUjit_option options_[2] = {kErrorBuffer, kErrorSize};
  void* values_[2] = {errors_, reinterpret_cast<void*>(sizeof errors_)};
};

TEST_F(CudaLinkTest, WhatIsLinkedRuns) {
  ASSERT_EQ(add(kPtx, caller(), "caller"), CUDA_SUCCESS);
  ASSERT_EQ(add(kPtx, callee(), "callee"), CUDA_SUCCESS);
  void* image = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(cuLinkComplete(link_, &image, &size), CUDA_SUCCESS);
  EXPECT_EQ(size, std::strlen(static_cast<const char*>(image)) + 1);
  EXPECT_EQ(written(), 0u);
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  ASSERT_EQ(cuModuleLoadData(&module, image), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetFunction(&function, module, "write_twice"), CUDA_SUCCESS);
  CUdeviceptr target = allocate({0});
  unsigned value = 21;
  void* parameters[] = {&target, &value};
  ASSERT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(read(target, 1), std::vector{42U});
  // What was linked can be linked again, under the kind that programs know it by.
  CUlinkState again = nullptr;
  ASSERT_EQ(cuLinkCreate_v2(0, nullptr, nullptr, &again), CUDA_SUCCESS);
  EXPECT_EQ(cuLinkAddData_v2(again, kMachineCode, image, size, "linked", 0, nullptr, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuLinkComplete(again, &image, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuLinkDestroy(again), CUDA_SUCCESS);
}

TEST_F(CudaLinkTest, FromAFile) {
  const std::string path = testing::TempDir() + "vgpu-link-" + std::to_string(::getpid()) + ".ptx";
  FILE* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs(callee().c_str(), file);
  std::fclose(file);
  EXPECT_EQ(cuLinkAddFile_v2(link_, kPtx, path.c_str(), 0, nullptr, nullptr), CUDA_SUCCESS);
  std::remove(path.c_str());
  EXPECT_EQ(cuLinkAddFile_v2(link_, kPtx, path.c_str(), 0, nullptr, nullptr), CUDA_ERROR_FILE_NOT_FOUND);
  void* image = nullptr;
  EXPECT_EQ(cuLinkComplete(link_, &image, nullptr), CUDA_SUCCESS);
}

TEST_F(CudaLinkTest, TheErrorIsInTheProgramsBuffer) {
  ASSERT_EQ(add(kPtx, callee(), "one"), CUDA_SUCCESS);
  ASSERT_EQ(add(kPtx, callee(), "two"), CUDA_SUCCESS);
  void* image = nullptr;
  EXPECT_EQ(cuLinkComplete(link_, &image, nullptr), CUDA_ERROR_INVALID_PTX);
  EXPECT_EQ(std::string(errors_), "\"twice\" is defined in \"one\" and in \"two\"");
  EXPECT_EQ(written(), std::strlen(errors_));
}

TEST_F(CudaLinkTest, ALongErrorIsCut) {
  ASSERT_EQ(add(kPtx, "nonsense", std::string(200, 'n').c_str()), CUDA_SUCCESS);
  void* image = nullptr;
  EXPECT_EQ(cuLinkComplete(link_, &image, nullptr), CUDA_ERROR_INVALID_PTX);
  EXPECT_EQ(written(), sizeof errors_ - 1);
  EXPECT_EQ(std::strlen(errors_), sizeof errors_ - 1);
}

TEST_F(CudaLinkTest, RefusesWhatCannotBeLinked) {
  EXPECT_EQ(add(kMachineCode,
                "\x7f"
                "ELF",
                "code"),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_EQ(add(kLast + 1, callee(), "kind"), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuLinkAddData_v2(link_, kPtx, nullptr, 0, "none", 0, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuLinkAddData_v2(nullptr, kPtx, errors_, 1, "none", 0, nullptr, nullptr), CUDA_ERROR_INVALID_HANDLE);
  void* image = nullptr;
  EXPECT_EQ(cuLinkComplete(link_, &image, nullptr), CUDA_ERROR_INVALID_PTX) << "nothing to link";
}

}  // namespace
}  // namespace vgpu::cuda
