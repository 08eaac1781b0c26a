#include "tests/unit/gpu_programs.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace vgpu::programs {
namespace {

std::vector<double> doubles(std::size_t count, double start, double step) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = start + step * static_cast<double>(i);
  return values;
}

TEST_F(ProgramTest, DoubleArithmetic) {
  const auto function = compile(std::string(R"(
.visible .entry k(.param .u64 left, .param .u64 right, .param .u64 result, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<5>;
  .reg .b64 %rd<8>;
  .reg .f64 %fd<9>;
)") + kGlobalIndex + R"(
  ld.param.u32 %r4, [count];
  setp.ge.u32 %p1, %r1, %r4;
  @%p1 ret;
  ld.param.u64 %rd1, [left];
  ld.param.u64 %rd2, [right];
  ld.param.u64 %rd3, [result];
  mul.wide.u32 %rd4, %r1, 8;
  add.s64 %rd5, %rd1, %rd4;
  add.s64 %rd6, %rd2, %rd4;
  add.s64 %rd7, %rd3, %rd4;
  ld.global.f64 %fd1, [%rd5];
  ld.global.f64 %fd2, [%rd6];
  div.rn.f64 %fd3, %fd1, %fd2;
  sqrt.rn.f64 %fd4, %fd2;
  fma.rn.f64 %fd5, %fd1, %fd2, %fd3;
  sub.rn.f64 %fd6, %fd5, %fd4;
  neg.f64 %fd7, %fd6;
  max.f64 %fd8, %fd6, %fd7;
  st.global.f64 [%rd7], %fd8;
  ret;
}
)");
  constexpr unsigned kCount = 777;
  const auto left = doubles(kCount, -5, 0.37), right = doubles(kCount, 0.001, 1.0 / 3);
  const CUdeviceptr result = copy_in(std::vector<double>(kCount));
  run(function, {7, 1, 1}, {128, 1, 1}, 0, copy_in(left), copy_in(right), result, kCount);
  const auto values = copy_out<double>(result, kCount);
  for (unsigned i = 0; i < kCount; ++i) {
    const double expected = std::fabs(std::fma(left[i], right[i], left[i] / right[i]) - std::sqrt(right[i]));
    ASSERT_EQ(values[i], expected) << i;
  }
}

TEST_F(ProgramTest, AtomicsOfManyBlocks) {
  const auto function = compile(std::string(R"(
.visible .entry k(.param .u64 cells)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<6>;
  .reg .f32 %f<2>;
)") + kGlobalIndex + R"(
  ld.param.u64 %rd1, [cells];
  atom.global.add.f32 %f1, [%rd1], 0f3F000000;
  cvt.u64.u32 %rd2, %r1;
  atom.global.add.u64 %rd3, [%rd1+8], %rd2;
  atom.global.max.u32 %r4, [%rd1+16], %r1;
  red.global.add.u32 [%rd1+20], 1;
again:
  ld.volatile.global.u32 %r5, [%rd1+24];
  add.u32 %r6, %r5, 3;
  atom.global.cas.b32 %r7, [%rd1+24], %r5, %r6;
  setp.ne.u32 %p1, %r7, %r5;
  @%p1 bra again;
  mul.wide.u32 %rd4, %r1, 4;
  add.s64 %rd5, %rd1, %rd4;
  add.u32 %r6, %r1, 1;
  atom.global.exch.b32 %r7, [%rd1+28], %r6;
  st.global.u32 [%rd5+32], %r7;
  ret;
}
)");
  constexpr unsigned kThreads = 40 * 75;
  const CUdeviceptr cells = copy_in(std::vector<std::uint32_t>(8 + kThreads));
  run(function, {40, 1, 1}, {75, 1, 1}, 0, cells);
  const auto values = copy_out<std::uint32_t>(cells, 8 + kThreads);
  EXPECT_EQ(std::bit_cast<float>(values[0]), 0.5F * kThreads);
  EXPECT_EQ(values[2] | std::uint64_t{values[3]} << 32, std::uint64_t{kThreads} * (kThreads - 1) / 2);
  EXPECT_EQ(values[4], kThreads - 1);
  EXPECT_EQ(values[5], kThreads);
  EXPECT_EQ(values[6], 3 * kThreads);
  // Each value that was exchanged in comes out once: of a later thread, or at the end.
  std::vector<bool> seen(kThreads + 1);
  seen[values[7]] = true;
  for (unsigned i = 0; i < kThreads; ++i) {
    ASSERT_LE(values[8 + i], kThreads);
    EXPECT_FALSE(seen[values[8 + i]]) << values[8 + i];
    seen[values[8 + i]] = true;
  }
}

constexpr const char* kReduction = R"(
.extern .shared .align 4 .b8 cells[];
.visible .entry k(.param .u64 values, .param .u64 sums)
{
  .reg .pred %p<3>;
  .reg .b32 %r<14>;
  .reg .b64 %rd<6>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  mad.lo.u32 %r4, %r1, %r2, %r3;
  ld.param.u64 %rd1, [values];
  mul.wide.u32 %rd2, %r4, 4;
  add.s64 %rd3, %rd1, %rd2;
  ld.global.u32 %r5, [%rd3];
  mov.u32 %r6, cells;
  shl.b32 %r7, %r3, 2;
  add.u32 %r8, %r6, %r7;
  st.shared.u32 [%r8], %r5;
  mov.u32 %r9, %r2;
round:
  bar.sync 0;
  setp.le.u32 %p1, %r9, 1;
  @%p1 bra done;
  add.u32 %r10, %r9, 1;
  shr.u32 %r10, %r10, 1;
  sub.u32 %r11, %r9, %r10;
  setp.ge.u32 %p2, %r3, %r11;
  @%p2 bra skip;
  shl.b32 %r12, %r10, 2;
  add.u32 %r12, %r8, %r12;
  ld.shared.u32 %r13, [%r12];
  ld.shared.u32 %r5, [%r8];
  add.u32 %r5, %r5, %r13;
  st.shared.u32 [%r8], %r5;
skip:
  mov.u32 %r9, %r10;
  bra round;
done:
  setp.ne.u32 %p1, %r3, 0;
  @%p1 ret;
  ld.shared.u32 %r5, [cells];
  ld.param.u64 %rd4, [sums];
  mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd5, %rd4, %rd2;
  st.global.u32 [%rd5], %r5;
  ret;
}
)";

class Reduction : public ProgramTest, public testing::WithParamInterface<unsigned> {};

TEST_P(Reduction, InDynamicSharedMemory) {
  constexpr unsigned kBlocks = 23;
  const unsigned threads = GetParam();
  std::vector<std::uint32_t> values(kBlocks * threads);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint32_t>(i * i * 2654435761U);
  const CUdeviceptr sums = copy_in(std::vector<std::uint32_t>(kBlocks));
  run(compile(kReduction), {kBlocks, 1, 1}, {threads, 1, 1}, threads * 4, copy_in(values), sums);
  const auto result = copy_out<std::uint32_t>(sums, kBlocks);
  for (unsigned block = 0; block < kBlocks; ++block) {
    const auto first = values.begin() + block * threads;
    EXPECT_EQ(result[block], std::accumulate(first, first + threads, std::uint32_t{0})) << block;
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Reduction, testing::Values(1, 2, 31, 32, 33, 64, 100, 257, 1000, 1024));

TEST_F(ProgramTest, DivergentLoops) {
  const auto function = compile(std::string(R"(
.visible .entry k(.param .u64 steps, .param .u32 count)
{
  .reg .pred %p<4>;
  .reg .b32 %r<9>;
  .reg .b64 %rd<4>;
)") + kGlobalIndex + R"(
  ld.param.u32 %r4, [count];
  setp.ge.u32 %p1, %r1, %r4;
  @%p1 bra end;
  add.u32 %r5, %r1, 1;
  mov.u32 %r6, 0;
next:
  setp.eq.u32 %p2, %r5, 1;
  @%p2 bra store;
  and.b32 %r7, %r5, 1;
  setp.eq.u32 %p3, %r7, 0;
  @%p3 bra even;
  mad.lo.u32 %r5, %r5, 3, 1;
  bra counted;
even:
  shr.u32 %r5, %r5, 1;
counted:
  add.u32 %r6, %r6, 1;
  bra next;
store:
  ld.param.u64 %rd1, [steps];
  mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3], %r6;
end:
  ret;
}
)");
  constexpr unsigned kCount = 5000;
  const CUdeviceptr steps = copy_in(std::vector<std::uint32_t>(kCount));
  run(function, {51, 1, 1}, {100, 1, 1}, 0, steps, kCount);
  const auto values = copy_out<std::uint32_t>(steps, kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) {
    std::uint32_t expected = 0;
    for (std::uint32_t n = i + 1; n != 1; ++expected) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    ASSERT_EQ(values[i], expected) << i;
  }
}

TEST_F(ProgramTest, ConstantsWithInitialValues) {
  const auto function = compile(std::string(R"(
.const .align 4 .u32 table[5] = {2, 3, 5, 7, 11};
.const .align 8 .f64 scale = 0d3FE0000000000000;
.visible .entry k(.param .u64 result)
{
  .reg .b32 %r<5>;
  .reg .b64 %rd<6>;
  .reg .f64 %fd<4>;
)") + kGlobalIndex + R"(
  rem.u32 %r4, %r1, 5;
  mul.wide.u32 %rd1, %r4, 4;
  mov.u64 %rd2, table;
  add.s64 %rd2, %rd2, %rd1;
  ld.const.u32 %r4, [%rd2];
  cvt.rn.f64.u32 %fd1, %r4;
  ld.const.f64 %fd2, [scale];
  mul.rn.f64 %fd3, %fd1, %fd2;
  ld.param.u64 %rd3, [result];
  mul.wide.u32 %rd4, %r1, 8;
  add.s64 %rd5, %rd3, %rd4;
  st.global.f64 [%rd5], %fd3;
  ret;
}
)");
  const CUdeviceptr result = copy_in(std::vector<double>(200));
  const auto expect_scaled = [&](double scale) {
    run(function, {2, 1, 1}, {100, 1, 1}, 0, result);
    const auto values = copy_out<double>(result, 200);
    constexpr double kTable[] = {2, 3, 5, 7, 11};
    for (unsigned i = 0; i < 200; ++i) ASSERT_EQ(values[i], kTable[i % 5] * scale) << i;
  };
  expect_scaled(0.5);
  CUdeviceptr address = 0;
  std::size_t size = 0;
  ASSERT_EQ(cuModuleGetGlobal_v2(&address, &size, module_, "scale"), CUDA_SUCCESS);
  ASSERT_EQ(size, sizeof(double));
  const double scale = -4;
  ASSERT_EQ(cuMemcpyHtoD_v2(address, &scale, sizeof scale), CUDA_SUCCESS);
  expect_scaled(-4);
}

class Shapes : public ProgramTest, public testing::WithParamInterface<std::pair<Shape, Shape>> {};

TEST_P(Shapes, EveryThreadRunsOnceWithItsIndices) {
  const auto function = compile(R"(
.visible .entry k(.param .u64 result)
{
  .reg .b32 %r<26>;
  .reg .b64 %rd<4>;
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %tid.y;
  mov.u32 %r3, %tid.z;
  mov.u32 %r4, %ntid.x;
  mov.u32 %r5, %ntid.y;
  mov.u32 %r6, %ntid.z;
  mov.u32 %r7, %ctaid.x;
  mov.u32 %r8, %ctaid.y;
  mov.u32 %r9, %ctaid.z;
  mov.u32 %r10, %nctaid.x;
  mov.u32 %r11, %nctaid.y;
  mad.lo.u32 %r20, %r3, %r5, %r2;
  mad.lo.u32 %r12, %r20, %r4, %r1;
  mad.lo.u32 %r21, %r9, %r11, %r8;
  mad.lo.u32 %r13, %r21, %r10, %r7;
  mul.lo.u32 %r22, %r4, %r5;
  mul.lo.u32 %r14, %r22, %r6;
  mad.lo.u32 %r15, %r13, %r14, %r12;
  shl.b32 %r23, %r3, 20;
  shl.b32 %r17, %r2, 10;
  or.b32 %r24, %r23, %r17;
  or.b32 %r25, %r24, %r1;
  add.u32 %r16, %r25, 1;
  ld.param.u64 %rd1, [result];
  mul.wide.u32 %rd2, %r15, 4;
  add.s64 %rd3, %rd1, %rd2;
  atom.global.add.u32 %r18, [%rd3], %r16;
  ret;
}
)");
  const auto& [grid, block] = GetParam();
  const std::size_t threads = std::size_t{block[0]} * block[1] * block[2];
  const std::size_t count = threads * grid[0] * grid[1] * grid[2];
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(count));
  run(function, grid, block, 0, result);
  const auto values = copy_out<std::uint32_t>(result, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t thread = i % threads;
    const std::size_t x = thread % block[0], y = thread / block[0] % block[1], z = thread / block[0] / block[1];
    ASSERT_EQ(values[i], (z << 20 | y << 10 | x) + 1) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    GridsAndBlocks, Shapes,
    testing::Values(std::pair{Shape{1, 1, 1}, Shape{1, 1, 1}}, std::pair{Shape{3, 4, 5}, Shape{7, 5, 3}},
                    std::pair{Shape{2, 1, 3}, Shape{33, 3, 1}}, std::pair{Shape{5, 2, 1}, Shape{32, 4, 2}},
                    std::pair{Shape{1, 7, 1}, Shape{1, 64, 2}}, std::pair{Shape{1, 1, 9}, Shape{3, 1, 64}},
                    std::pair{Shape{2, 2, 2}, Shape{10, 10, 10}}, std::pair{Shape{1, 3, 2}, Shape{1024, 1, 1}},
                    std::pair{Shape{3, 2, 1}, Shape{16, 16, 1}}, std::pair{Shape{2, 3, 1}, Shape{16, 6, 3}},
                    std::pair{Shape{2, 2, 2}, Shape{8, 8, 2}}, std::pair{Shape{3, 1, 1}, Shape{8, 6, 2}},
                    std::pair{Shape{1, 2, 3}, Shape{4, 16, 5}}, std::pair{Shape{4, 1, 1}, Shape{2, 32, 3}},
                    std::pair{Shape{3, 2, 1}, Shape{32, 1, 1}}, std::pair{Shape{2, 1, 1}, Shape{32, 2, 1}},
                    std::pair{Shape{2, 1, 1}, Shape{32, 1, 2}}, std::pair{Shape{3, 1, 1}, Shape{96, 1, 1}}));

TEST_F(ProgramTest, DeviceFunctions) {
  const auto function = compile(std::string(R"(
.func (.param .b32 result) square_plus(.param .b32 value, .param .b32 more)
{
  .reg .b32 %r<4>;
  ld.param.u32 %r1, [value];
  ld.param.u32 %r2, [more];
  mad.lo.u32 %r3, %r1, %r1, %r2;
  st.param.b32 [result], %r3;
  ret;
}
.visible .entry k(.param .u64 target)
{
  .reg .b32 %r<6>;
  .reg .b64 %rd<4>;
)") + kGlobalIndex + R"(
  {
    .param .b32 param0;
    st.param.b32 [param0], %r1;
    .param .b32 param1;
    st.param.b32 [param1], 7;
    .param .b32 retval0;
    call.uni (retval0), square_plus, (param0, param1);
    ld.param.b32 %r4, [retval0];
  }
  ld.param.u64 %rd1, [target];
  mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3], %r4;
  ret;
}
)");
  const CUdeviceptr target = copy_in(std::vector<std::uint32_t>(200));
  run(function, {2, 1, 1}, {100, 1, 1}, 0, target);
  const auto values = copy_out<std::uint32_t>(target, 200);
  for (std::uint32_t i = 0; i < 200; ++i) ASSERT_EQ(values[i], i * i + 7) << i;
}

TEST_F(ProgramTest, Printing) {
  const auto function = compile(R"(
.extern .func (.param .b32 result) vprintf(.param .b64 format, .param .b64 arguments);
.global .align 1 .b8 format[] = {116, 61, 37, 100, 32, 120, 61, 37, 46, 50, 102, 10, 0};
.visible .entry k()
{
  .local .align 8 .b8 frame[16];
  .reg .pred %p<2>;
  .reg .b32 %r<5>;
  .reg .b64 %rd<5>;
  .reg .f64 %fd<3>;
  mov.u32 %r1, %tid.x;
  setp.lt.u32 %p1, %r1, 38;
  @%p1 bra done;
  mov.u64 %rd1, frame;
  cvta.local.u64 %rd2, %rd1;
  st.local.u32 [%rd1], %r1;
  cvt.rn.f64.u32 %fd1, %r1;
  mul.rn.f64 %fd2, %fd1, 0d3FD0000000000000;
  st.local.f64 [%rd1+8], %fd2;
  mov.u64 %rd3, format;
  cvta.global.u64 %rd4, %rd3;
  {
    .param .b64 param0;
    st.param.b64 [param0], %rd4;
    .param .b64 param1;
    st.param.b64 [param1], %rd2;
    .param .b32 retval0;
    call.uni (retval0), vprintf, (param0, param1);
    ld.param.b32 %r2, [retval0];
  }
done:
  ret;
}
)");
  testing::internal::CaptureStdout();
  run(function, {1, 1, 1}, {40, 1, 1}, 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "t=38 x=9.50\nt=39 x=9.75\n");
}

}  // namespace
}  // namespace vgpu::programs
