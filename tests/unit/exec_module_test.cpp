#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/unit/exec_fixture.h"

namespace vgpu::exec::test {
namespace {

using gpu::Status;

constexpr const char* kModule = R"(
// A module of the tests.
.version 7.0
.target sm_61
.address_size 64

.global .align 4 .b8 table[16] = {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0};
.const .align 4 .f32 factor = 0f40000000;
.global .align 8 .u64 table_address = generic(table);
.global .align 4 .u32 counter;

.visible .entry saxpy(
  .param .u32 saxpy_param_0,
  .param .f32 saxpy_param_1,
  .param .u64 saxpy_param_2,
  .param .u64 saxpy_param_3
)
.maxntid 128, 1, 1
{
  .reg .pred %p<2>;
  .reg .f32 %f<5>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<8>;
  ld.param.u32 %r2, [saxpy_param_0];
  ld.param.f32 %f1, [saxpy_param_1];
  ld.param.u64 %rd1, [saxpy_param_2];
  ld.param.u64 %rd2, [saxpy_param_3];
  mov.u32 %r3, %ctaid.x;
  mov.u32 %r4, %ntid.x;
  mov.u32 %r5, %tid.x;
  mad.lo.s32 %r1, %r3, %r4, %r5;
  setp.ge.s32 %p1, %r1, %r2;
  @%p1 bra $done;
  cvta.to.global.u64 %rd3, %rd1;
  mul.wide.s32 %rd4, %r1, 4;
  add.s64 %rd5, %rd3, %rd4;
  ld.global.f32 %f2, [%rd5];
  cvta.to.global.u64 %rd6, %rd2;
  add.s64 %rd7, %rd6, %rd4;
  ld.global.f32 %f3, [%rd7];
  fma.rn.f32 %f4, %f1, %f2, %f3;
  st.global.f32 [%rd7], %f4;
$done:
  ret;
}

.visible .entry reverse(
  .param .u64 reverse_param_0
)
{
  .reg .b32 %r<8>;
  .reg .f32 %f<4>;
  .reg .b64 %rd<6>;
  .shared .align 4 .b8 values[512];
  ld.param.u64 %rd1, [reverse_param_0];
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd3, %rd1, %rd2;
  ld.global.f32 %f1, [%rd3];
  ld.const.f32 %f2, [factor];
  mul.rn.f32 %f3, %f1, %f2;
  shl.b32 %r2, %r1, 2;
  mov.u32 %r3, values;
  add.s32 %r4, %r3, %r2;
  st.shared.f32 [%r4], %f3;
  bar.sync 0;
  sub.s32 %r5, %r3, %r2;
  ld.shared.f32 %f1, [%r5+508];
  st.global.f32 [%rd3], %f1;
  ret;
}

.visible .entry trap_all()
{
  trap;
}
)";

class ExecModule : public testing::Test {
 protected:
  // The interpreter, unless VGPU_ENGINE names the library with the JIT.
  static void SetUpTestSuite() { ::setenv("VGPU_ENGINE", "interp", 0); }
  ~ExecModule() override { backend.wait_all(); }

  gpu::KernelObject* kernel(const char* name) {
    gpu::KernelObject* found = nullptr;
    EXPECT_EQ(backend.find_kernel(*module, name, found), Status::Success);
    return found;
  }
  CpuBackend backend{small_device()};
  std::shared_ptr<gpu::StreamObject> stream = backend.create_stream(0);
  std::shared_ptr<gpu::ModuleObject> module;
};

TEST_F(ExecModule, TellsKernelsAndVariables) {
  ASSERT_EQ(backend.load_module(kModule, module), Status::Success);
  EXPECT_EQ(backend.kernel_names(*module), (std::vector<std::string>{"saxpy", "reverse", "trap_all"}));
  gpu::KernelObject* missing = nullptr;
  EXPECT_EQ(backend.find_kernel(*module, "none", missing), Status::NotFound);

  const gpu::KernelObject* saxpy = kernel("saxpy");
  ASSERT_EQ(saxpy->parameters().size(), 4u);
  EXPECT_EQ(saxpy->parameters()[2].offset, 8u);
  EXPECT_EQ(saxpy->parameters()[2].size, 8u);
  EXPECT_EQ(saxpy->parameter_block_size(), 24u);
  EXPECT_EQ(saxpy->attributes().maximum_threads, 128u);
  EXPECT_EQ(saxpy->attributes().ptx_version, 61u);
  EXPECT_EQ(saxpy->attributes().binary_version, 75u);
  EXPECT_EQ(saxpy->attributes().constant_size, 4u);
  EXPECT_EQ(kernel("reverse")->attributes().static_shared_size, 512u);
  EXPECT_EQ(kernel("reverse")->attributes().maximum_threads, 1024u);

  std::uint64_t address = 0;
  std::uint64_t size = 0;
  ASSERT_EQ(backend.find_variable(*module, "table", address, size), Status::Success);
  EXPECT_EQ(size, 16u);
  EXPECT_EQ(reinterpret_cast<const std::uint32_t*>(address)[3], 4u);
  const std::uint64_t table = address;
  ASSERT_EQ(backend.find_variable(*module, "table_address", address, size), Status::Success);
  EXPECT_EQ(*reinterpret_cast<const std::uint64_t*>(address), table);
  ASSERT_EQ(backend.find_variable(*module, "counter", address, size), Status::Success);
  EXPECT_EQ(*reinterpret_cast<const std::uint32_t*>(address), 0u);
  EXPECT_EQ(backend.find_variable(*module, "none", address, size), Status::NotFound);
  EXPECT_LT(backend.memory_info().free, kTotalMemory);
  EXPECT_TRUE(backend.find_allocation(table).has_value());
  module.reset();
  EXPECT_FALSE(backend.find_allocation(table).has_value());
  EXPECT_EQ(backend.memory_info().free, kTotalMemory);
}

struct Saxpy {
  std::uint32_t count;
  float a;
  const float* x;
  float* y;
};

TEST_F(ExecModule, RunsKernels) {
  ASSERT_EQ(backend.load_module(kModule, module), Status::Success);
  for (const std::uint32_t threads : {128u, 100u, 32u, 7u}) {
    constexpr std::uint32_t kCount = 5000;
    std::vector<float> x(kCount);
    std::vector<float> y(kCount + 1, 0.5f);
    for (std::uint32_t i = 0; i < kCount; ++i) x[i] = static_cast<float>(i);
    gpu::LaunchWork work;
    work.kernel = kernel("saxpy");
    work.grid = {(kCount + threads - 1) / threads, 1, 1};
    work.block = {threads, 1, 1};
    const Saxpy parameters{kCount, 3.0f, x.data(), y.data()};
    work.parameters.resize(sizeof parameters);
    std::memcpy(work.parameters.data(), &parameters, sizeof parameters);
    backend.enqueue(*stream, work);
    backend.wait(*stream);
    ASSERT_EQ(backend.status(), Status::Success);
    for (std::uint32_t i = 0; i < kCount; ++i) ASSERT_EQ(y[i], 3.0f * static_cast<float>(i) + 0.5f);
    EXPECT_EQ(y[kCount], 0.5f);
  }
}

TEST_F(ExecModule, RunsBarriersSharedMemoryAndConstants) {
  ASSERT_EQ(backend.load_module(kModule, module), Status::Success);
  std::vector<float> values(128);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  gpu::LaunchWork work;
  work.kernel = kernel("reverse");
  work.block = {128, 1, 1};
  float* parameter = values.data();
  work.parameters.resize(sizeof parameter);
  std::memcpy(work.parameters.data(), &parameter, sizeof parameter);
  backend.enqueue(*stream, work);
  backend.wait(*stream);
  ASSERT_EQ(backend.status(), Status::Success);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], 2.0f * static_cast<float>(127 - i));
}

TEST_F(ExecModule, TrapIsALaunchFailure) {
  ASSERT_EQ(backend.load_module(kModule, module), Status::Success);
  gpu::LaunchWork work;
  work.kernel = kernel("trap_all");
  work.block = {32, 1, 1};
  backend.enqueue(*stream, work);
  backend.wait(*stream);
  EXPECT_EQ(backend.status(), Status::LaunchFailed);
}

TEST_F(ExecModule, RefusesWhatIsNoModule) {
  EXPECT_EQ(backend.load_module("hello", module), Status::InvalidImage);
  EXPECT_EQ(backend.load_module("", module), Status::InvalidImage);
  EXPECT_EQ(backend.load_module("\x7f"
                                "ELF\x02\x01",
                                module),
            Status::NoBinaryForGpu);
  EXPECT_EQ(backend.load_module(nullptr, module), Status::InvalidValue);
  ASSERT_EQ(backend.load_module(".version 7.0\n.target sm_61\n.address_size 64\nnonsense {", module), Status::Success);
  gpu::KernelObject* found = nullptr;
  EXPECT_EQ(backend.find_kernel(*module, "f", found), Status::InvalidPtx);
}

TEST_F(ExecModule, BrokenBodyIsRefusedAndTheOthersRun) {
  ASSERT_EQ(backend.load_module(".version 7.0\n.target sm_61\n.address_size 64\n"
                                ".visible .entry bad()\n{\n  frobnicate.u32 1, 2;\n  ret;\n}\n"
                                ".visible .entry good()\n{\n  ret;\n}\n",
                                module),
            Status::Success);
  gpu::LaunchWork work;
  work.kernel = kernel("good");
  backend.enqueue(*stream, work);
  backend.wait(*stream);
  EXPECT_EQ(backend.status(), Status::Success);
  gpu::KernelObject* found = nullptr;
  EXPECT_EQ(backend.find_kernel(*module, "bad", found), Status::InvalidPtx);
  EXPECT_EQ(backend.status(), Status::Success);
}

TEST(ExecModuleDeathTest, WithoutTheEngineLaunchesFail) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::setenv("VGPU_ENGINE", "/nonexistent/libvgpu-engine.so", 1);
        CpuBackend backend(small_device());
        std::shared_ptr<gpu::ModuleObject> module;
        gpu::LaunchWork work;
        if (backend.load_module(kModule, module) != Status::Success) ::_exit(1);
        if (backend.find_kernel(*module, "saxpy", work.kernel) != Status::Success) ::_exit(2);
        const auto stream = backend.create_stream(0);
        backend.enqueue(*stream, work);
        backend.wait(*stream);
        ::_exit(backend.status() == Status::NotFound ? 0 : 3);
      },
      testing::ExitedWithCode(0), "engine \"libvgpu-engine.so\": cannot be loaded");
}

}  // namespace
}  // namespace vgpu::exec::test
