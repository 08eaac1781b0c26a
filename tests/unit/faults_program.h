#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "shims/cuda/exported.h"

// Programs that go wrong, run by the compiler through libcuda.so.1; and what the log says about them.
namespace vgpu::faults {

inline constexpr const char* kPtx = R"(.version 7.0
.target sm_60
.address_size 64
.extern .func __assertfail(.param .b64 message, .param .b64 file, .param .b32 line, .param .b64 function,
                           .param .b64 size);
.global .align 1 .b8 text[5] = {116, 101, 115, 116, 0};
.visible .entry triple(.param .u64 target, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [target];
  ld.param.u32 %r1, [count];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r4, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r4, %r1;
  @%p1 bra done;
  mul.wide.u32 %rd2, %r4, 4;
  add.s64 %rd3, %rd1, %rd2;
  mul.lo.s32 %r5, %r4, 3;
  st.global.u32 [%rd3], %r5;
done:
  ret;
}
.visible .entry store(.param .u64 target)
{
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [target];
  st.global.u32 [%rd1], 7;
  ret;
}
.visible .entry load(.param .u64 source)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [source];
  ld.volatile.global.u32 %r1, [%rd1];
  ret;
}
.visible .entry add(.param .u64 target)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [target];
  atom.global.add.u32 %r1, [%rd1], 1;
  ret;
}
.visible .entry scatter(.param .u64 target, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<3>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [target];
  ld.param.u32 %r1, [count];
  mov.u32 %r2, %tid.x;
  setp.lt.u32 %p1, %r2, %r1;
  mul.wide.u32 %rd2, %r2, 8;
  add.s64 %rd3, %rd1, %rd2;
  selp.b64 %rd4, %rd3, 0, %p1;
  @%p1 st.global.u32 [%rd4], %r2;
  ret;
}
.visible .entry scatter_unguarded(.param .u64 target, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<3>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [target];
  ld.param.u32 %r1, [count];
  mov.u32 %r2, %tid.x;
  setp.lt.u32 %p1, %r2, %r1;
  mul.wide.u32 %rd2, %r2, 8;
  add.s64 %rd3, %rd1, %rd2;
  selp.b64 %rd4, %rd3, 0, %p1;
  st.global.u32 [%rd4], %r2;
  ret;
}
.visible .entry trap_in_thread(.param .u32 index)
{
  .reg .pred %p<2>;
  .reg .b32 %r<5>;
  ld.param.u32 %r1, [index];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r4, %r2, %r3, %r4;
  setp.ne.u32 %p1, %r4, %r1;
  @%p1 bra done;
  trap;
done:
  bar.sync 0;
  ret;
}
.visible .entry assert_in_thread(.param .u32 index)
{
  .reg .pred %p<2>;
  .reg .b32 %r<5>;
  .reg .b64 %rd<3>;
  ld.param.u32 %r1, [index];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r4, %r2, %r3, %r4;
  setp.ne.u32 %p1, %r4, %r1;
  @%p1 bra done;
  mov.u64 %rd1, text;
  cvta.global.u64 %rd2, %rd1;
  {
    .param .b64 param0;
    st.param.b64 [param0], %rd2;
    .param .b64 param1;
    st.param.b64 [param1], %rd2;
    .param .b32 param2;
    st.param.b32 [param2], 12;
    .param .b64 param3;
    st.param.b64 [param3], %rd2;
    .param .b64 param4;
    st.param.b64 [param4], 1;
    call.uni __assertfail, (param0, param1, param2, param3, param4);
  }
done:
  ret;
}
.func (.param .b32 result) deeper(.param .b32 depth)
{
  .reg .b32 %r<4>;
  ld.param.u32 %r1, [depth];
  add.u32 %r2, %r1, 1;
  call (%r3), deeper, (%r2);
  add.u32 %r3, %r3, %r1;
  st.param.b32 [result], %r3;
  ret;
}
.visible .entry recurse_without_end(.param .u64 target)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [target];
  call (%r1), deeper, (1);
  st.global.u32 [%rd1], %r1;
  ret;
}
.visible .entry call_pointer(.param .u64 pointer)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd1, [pointer];
  mov.u64 %rd2, deeper;
kind: .callprototype (.param .b32 _) _ (.param .b32 _);
  call (%r1), %rd1, (1), kind;
  ret;
}
.visible .entry call_foreign_pointer(.param .u64 pointer)
{
  .reg .pred %p1;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [pointer];
  setp.ne.u64 %p1, %rd1, 0;
kind: .callprototype _ (.param .b64 _, .param .b64 _);
  @%p1 call %rd1, (%rd1, %rd1), kind;
  ret;
}
.visible .entry bounded(.param .u64 target) .maxntid 64, 1, 1
{
  ret;
}
)";

// The log goes to a file of this process, nothing is kept between runs, and the compiler is the one that was built.
struct LogFile {
  LogFile() : path(testing::TempDir() + "vgpu-faults-" + std::to_string(::getpid()) + ".log") {
    ::setenv("VGPU_LOG", ("info:" + path).c_str(), 1);
    ::setenv("CUDA_CACHE_DISABLE", "1", 1);
    ::unsetenv("VGPU_ENGINE");
    ::unsetenv("CUDA_VISIBLE_DEVICES");
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() { ::unlink(path.c_str()); }

  const std::string path;
};
inline const LogFile log_file;

// Lines of the log that begin so.
inline std::vector<std::string> logged(const std::vector<std::string>& beginnings) {
  std::vector<std::string> lines;
  std::ifstream file(log_file.path);
  for (std::string line; std::getline(file, line);) {
    for (const std::string& beginning : beginnings) {
      if (line.starts_with("vgpu: " + beginning + ": ")) lines.push_back(line);
    }
  }
  return lines;
}

// The compiler's lines and the like are left out.
inline std::vector<std::string> complaints() {
  return logged({"error", "warn"});
}

inline void clear_log() {
  std::error_code none;
  std::filesystem::resize_file(log_file.path, 0, none);
}

class FaultTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    make_context();
    clear_log();
  }
  // The process lives on: after a reset a kernel is right.
  void TearDown() override {
    reset();
    expect_right_results();
    reset();
    EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  }

  void make_context() {
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  }
  void reset() {
    ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    make_context();
  }

  static CUfunction load(const char* name) {
    CUmodule module = nullptr;
    EXPECT_EQ(cuModuleLoadData(&module, kPtx), CUDA_SUCCESS);
    CUfunction function = nullptr;
    EXPECT_EQ(cuModuleGetFunction(&function, module, name), CUDA_SUCCESS);
    return function;
  }
  static CUdeviceptr allocate(std::size_t size) {
    CUdeviceptr address = 0;
    EXPECT_EQ(cuMemAlloc_v2(&address, size), CUDA_SUCCESS);
    return address;
  }
  // A launch of `blocks` blocks of 100 threads.
  template <class... Parameters>
  static CUresult launch(CUfunction function, unsigned blocks, Parameters... parameters) {
    void* pointers[] = {static_cast<void*>(&parameters)...};
    return cuLaunchKernel(function, blocks, 1, 1, 100, 1, 1, 0, nullptr, pointers, nullptr);
  }

  static void expect_right_results() {
    constexpr unsigned kCount = 250;
    const CUdeviceptr memory = allocate(kCount * 4);
    ASSERT_EQ(launch(load("triple"), 3, memory, kCount), CUDA_SUCCESS);
    std::vector<unsigned> values(kCount);
    ASSERT_EQ(cuMemcpyDtoH_v2(values.data(), memory, kCount * 4), CUDA_SUCCESS);
    for (unsigned i = 0; i < kCount; ++i) ASSERT_EQ(values[i], 3 * i);
  }

  // One line, with all these words.
  static void expect_one_complaint(const std::vector<std::string>& words) {
    const auto lines = complaints();
    ASSERT_EQ(lines.size(), 1U) << testing::PrintToString(lines);
    for (const std::string& word : words) EXPECT_THAT(lines[0], testing::HasSubstr(word));
  }

  CUcontext context_ = nullptr;
};

// A fat binary's container with one image that is not compressed. Kinds: 1 PTX, 2 machine code.
inline std::vector<std::uint64_t> container_of(const std::string& payload, unsigned kind = 1, unsigned arch = 60) {
  const std::size_t padded = (payload.size() + 8) / 8 * 8;
  std::vector<std::uint64_t> words(2 + 8 + padded / 8);
  words[0] = 0xBA55ED50 | std::uint64_t{1} << 32 | std::uint64_t{16} << 48;
  words[1] = 64 + padded;
  words[2] = kind | std::uint64_t{0x0101} << 16 | std::uint64_t{64} << 32;
  words[3] = padded;
  words[5] = 4 | std::uint64_t{8} << 16 | std::uint64_t{arch} << 32;
  words[7] = 0x11;
  std::memcpy(&words[10], payload.data(), payload.size());
  return words;
}

}  // namespace vgpu::faults
