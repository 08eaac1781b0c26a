#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "shims/cudart/abi.h"
#include "tests/unit/cuda_program.h"

// The runtime API through its C functions, and a program's registration as nvcc's host code does it.
#define FUNCTION(library, family, state, check, variant, name, ...) \
  VGPU_IN_##library(cudaError_t name(VGPU_PARAMETERS(__VA_ARGS__));)
#define DIRECT(library, family, name)
#define REFUSED(library, variant, name)
#include "shims/cudart/library_version.h"
extern "C" {
#include "shims/cudart/functions.def"
const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);
void** __cudaRegisterFatBinary(void* wrapper);
void __cudaRegisterFatBinaryEnd(void** handle);
void __cudaUnregisterFatBinary(void** handle);
void __cudaRegisterFunction(void** handle, const char* host_function, char* device_function, const char* name, int,
                            void*, void*, void*, void*, int*);
void __cudaRegisterVar(void** handle, char* host_variable, char* device_address, const char* name, int, std::size_t,
                       int, int);
unsigned __cudaPushCallConfiguration(Dimensions3 grid, Dimensions3 block, std::size_t shared_size, CUstream stream);
cudaError_t __cudaPopCallConfiguration(Dimensions3* grid, Dimensions3* block, std::size_t* shared_size, void* stream);
}

namespace vgpu::cudart {
namespace {

struct Wrapper {
  std::uint32_t magic = 0x466243B1, version = 1;
  const void* container = nullptr;
  const void* unused = nullptr;
};

// A container with one uncompressed PTX entry.
std::vector<std::uint64_t> container_of(const std::string& text) {
  const std::size_t padded = (text.size() + 8) / 8 * 8;
  std::vector<std::uint64_t> words(2 + 8 + padded / 8);
  words[0] = 0xBA55ED50 | std::uint64_t{1} << 32 | std::uint64_t{16} << 48;
  words[1] = 64 + padded;
  words[2] = 1 | std::uint64_t{0x0101} << 16 | std::uint64_t{64} << 32;
  words[3] = padded;
  words[5] = 4 | std::uint64_t{8} << 16 | std::uint64_t{60} << 32;
  words[7] = 0x11;
  std::memcpy(&words[10], text.data(), text.size());
  return words;
}

class CudartTest : public testing::Test {
 protected:
  void SetUp() override {
    image_ = container_of(cuda::kAddPtx);
    wrapper_.container = image_.data();
    handle_ = __cudaRegisterFatBinary(&wrapper_);
    __cudaRegisterFunction(handle_, &add_, &add_, "add", -1, nullptr, nullptr, nullptr, nullptr, nullptr);
    __cudaRegisterFunction(handle_, &fault_, &fault_, "fault", -1, nullptr, nullptr, nullptr, nullptr, nullptr);
    __cudaRegisterFunction(handle_, &missing_, &missing_, "missing", -1, nullptr, nullptr, nullptr, nullptr, nullptr);
    __cudaRegisterVar(handle_, &offset_, &offset_, "offset", 0, 4, 0, 0);
    __cudaRegisterFatBinaryEnd(handle_);
  }
  void TearDown() override {
    EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
    __cudaUnregisterFatBinary(handle_);
  }

  std::vector<std::uint64_t> image_;
  Wrapper wrapper_;
  void** handle_ = nullptr;
  char add_ = 0, fault_ = 0, missing_ = 0, offset_ = 0;
};

TEST_F(CudartTest, RunsARegisteredKernel) {
  const std::vector<unsigned> ones(100, 1);
  void* left = nullptr;
  void* sum = nullptr;
  ASSERT_EQ(cudaMalloc(&left, 400), cudaSuccess);
  ASSERT_EQ(cudaMalloc(&sum, 400), cudaSuccess);
  ASSERT_EQ(cudaMemcpy(left, ones.data(), 400, cudaMemcpyHostToDevice), cudaSuccess);
  unsigned count = 100;
  void* arguments[] = {&left, &left, &sum, &count};
  __cudaPushCallConfiguration({4, 1, 1}, {32, 1, 1}, 0, nullptr);
  Dimensions3 grid{}, block{};
  std::size_t shared = 1;
  CUstream stream = nullptr;
  ASSERT_EQ(__cudaPopCallConfiguration(&grid, &block, &shared, &stream), cudaSuccess);
  ASSERT_EQ(cudaLaunchKernel(&add_, grid, block, arguments, shared, stream), cudaSuccess);
  std::vector<unsigned> result(100);
  ASSERT_EQ(cudaMemcpy(result.data(), sum, 400, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(result, std::vector<unsigned>(100, 2));
  EXPECT_EQ(cudaLaunchKernel(&add_, {1, 1, 1}, {2048, 1, 1}, arguments, 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaLaunchKernel(&missing_, grid, block, arguments, 0, nullptr), cudaErrorInvalidDeviceFunction);
  EXPECT_EQ(cudaLaunchKernel(&count, grid, block, arguments, 0, nullptr), cudaErrorInvalidDeviceFunction);
}

TEST_F(CudartTest, RemembersTheLastError) {
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaSetDevice(1000), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorInvalidDevice), "cudaErrorInvalidDevice");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
}

TEST_F(CudartTest, FaultsStayUntilTheDeviceIsReset) {
  ASSERT_EQ(cudaLaunchKernel(&fault_, {1, 1, 1}, {1, 1, 1}, nullptr, 0, nullptr), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  void* pointer = nullptr;
  EXPECT_EQ(cudaMalloc(&pointer, 16), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&pointer, 16), cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(CudartTest, ReachesVariables) {
  unsigned value = 0;
  ASSERT_EQ(cudaMemcpyFromSymbol(&value, &offset_, 4, 0, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(value, 5U);
  value = 8;
  ASSERT_EQ(cudaMemcpyToSymbol(&offset_, &value, 4, 0, cudaMemcpyHostToDevice), cudaSuccess);
  value = 0;
  ASSERT_EQ(cudaMemcpyFromSymbol(&value, &offset_, 4, 0, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(value, 8U);
  EXPECT_EQ(cudaMemcpyToSymbol(&offset_, &value, 4, 1, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyToSymbol(&value, &value, 4, 0, cudaMemcpyHostToDevice), cudaErrorInvalidSymbol);
}

TEST_F(CudartTest, DescribesTheDevice) {
  cudaDeviceProp properties;
  ASSERT_EQ(cudaGetDeviceProperties_v2(&properties, 0), cudaSuccess);
  int major = 0;
  ASSERT_EQ(cudaDeviceGetAttribute(&major, 75, 0), cudaSuccess);
  EXPECT_EQ(properties.major, major);
  EXPECT_EQ(properties.warpSize, 32);
  EXPECT_GT(properties.totalGlobalMem, 0U);
  EXPECT_NE(properties.name[0], 0);
  EXPECT_EQ(cudaGetDeviceProperties_v2(&properties, 1000), cudaErrorInvalidDevice);
}

TEST_F(CudartTest, TellsWhereMemoryIs) {
  void* device = nullptr;
  void* host = nullptr;
  int local = 0;
  ASSERT_EQ(cudaMalloc(&device, 16), cudaSuccess);
  ASSERT_EQ(cudaMallocHost(&host, 16), cudaSuccess);
  cudaPointerAttributes attributes;
  ASSERT_EQ(cudaPointerGetAttributes(&attributes, device), cudaSuccess);
  EXPECT_EQ(attributes.type, 2);
  ASSERT_EQ(cudaPointerGetAttributes(&attributes, host), cudaSuccess);
  EXPECT_EQ(attributes.type, 1);
  ASSERT_EQ(cudaPointerGetAttributes(&attributes, &local), cudaSuccess);
  EXPECT_EQ(attributes.type, 0);
  EXPECT_EQ(cudaMemcpy(device, &local, 4, 9), cudaErrorInvalidMemcpyDirection);
}

}  // namespace
}  // namespace vgpu::cudart
