#include <cstdint>

#include "tests/unit/gpu_programs.h"

namespace vgpu::programs {
namespace {

// Each block writes a number, all blocks wait for each other as cooperative groups' grid.sync() does, and each reads
// its neighbour's; several rounds.
constexpr const char* kProgram = R"(
.visible .entry k(.param .u64 cells, .param .u64 result, .param .u32 rounds)
{
  .reg .pred %p<6>;
  .reg .b32 %r<30>;
  .reg .b64 %rd<12>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %nctaid.x;
  mov.u32 %r3, %tid.x;
  ld.param.u64 %rd1, [cells];
  ld.param.u64 %rd2, [result];
  ld.param.u32 %r4, [rounds];
  mov.u32 %r5, %envreg2;
  mov.u32 %r6, %envreg1;
  cvt.u64.u32 %rd3, %r5;
  cvt.u64.u32 %rd4, %r6;
  bfi.b64 %rd5, %rd4, %rd3, 32, 32;
  setp.ne.u32 %p1, %r3, 0;
  setp.eq.u32 %p2, %r1, 0;
  sub.u32 %r7, %r2, 1;
  sub.u32 %r8, 0x80000000, %r7;
  selp.b32 %r9, %r8, 1, %p2;
  add.u32 %r10, %r1, 1;
  rem.u32 %r10, %r10, %r2;
  mul.wide.u32 %rd6, %r1, 4;
  add.u64 %rd7, %rd1, %rd6;
  mul.wide.u32 %rd8, %r10, 4;
  add.u64 %rd9, %rd1, %rd8;
  add.u64 %rd10, %rd2, %rd6;
  mov.u32 %r11, 0;
  mov.u32 %r12, 0;
round:
  @%p1 bra written;
  mad.lo.u32 %r13, %r11, 1000, %r1;
  st.global.u32 [%rd7], %r13;
written:
  mov.u32 %r20, 0;
sync:
  bar.sync 0;
  @%p1 bra arrived;
  membar.gl;
  atom.global.add.u32 %r14, [%rd5+4], %r9;
wait:
  ld.volatile.u32 %r15, [%rd5+4];
  xor.b32 %r16, %r15, %r14;
  setp.gt.s32 %p3, %r16, -1;
  @%p3 bra wait;
  membar.gl;
arrived:
  bar.sync 0;
  setp.ne.u32 %p4, %r20, 0;
  @%p4 bra next;
  @%p1 bra read;
  ld.global.u32 %r17, [%rd9];
  add.u32 %r12, %r12, %r17;
read:
  mov.u32 %r20, 1;
  bra sync;
next:
  add.u32 %r11, %r11, 1;
  setp.lt.u32 %p5, %r11, %r4;
  @%p5 bra round;
  @%p1 bra done;
  st.global.u32 [%rd10], %r12;
done:
  ret;
}
)";

CUresult launch(CUfunction function, unsigned blocks, CUdeviceptr cells, CUdeviceptr result, unsigned rounds) {
  void* parameters[] = {&cells, &result, &rounds};
  return cuLaunchCooperativeKernel(function, blocks, 1, 1, 96, 1, 1, 0, nullptr, parameters);
}

using Cooperative = ProgramTest;

TEST_F(Cooperative, BlocksWaitForEachOther) {
  constexpr unsigned kBlocks = 20, kRounds = 3;
  const CUfunction function = compile(kProgram);
  const CUdeviceptr cells = copy_in(std::vector<std::uint32_t>(kBlocks));
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(kBlocks));
  for (int repeat = 0; repeat < 2; ++repeat) {
    ASSERT_EQ(launch(function, kBlocks, cells, result, kRounds), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    const auto values = copy_out<std::uint32_t>(result, kBlocks);
    for (unsigned b = 0; b < kBlocks; ++b) EXPECT_EQ(values[b], 3000 + kRounds * ((b + 1) % kBlocks)) << b;
  }
}

TEST_F(Cooperative, MoreBlocksThanFitAreRefused) {
  const CUfunction function = compile(kProgram);
  int device_blocks = 0, processors = 0, supported = 0;
  ASSERT_EQ(cuOccupancyMaxActiveBlocksPerMultiprocessor(&device_blocks, function, 96, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuDeviceGetAttribute(&processors, 16, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuDeviceGetAttribute(&supported, 95, 0), CUDA_SUCCESS);
  EXPECT_EQ(supported, 1);
  const auto most = static_cast<unsigned>(device_blocks * processors);
  const CUdeviceptr cells = copy_in(std::vector<std::uint32_t>(most));
  EXPECT_EQ(launch(function, most + 1, cells, cells, 1), CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(most));
  EXPECT_EQ(launch(function, most, cells, result, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(copy_out<std::uint32_t>(result, most)[0], 1u);
}

}  // namespace
}  // namespace vgpu::programs
