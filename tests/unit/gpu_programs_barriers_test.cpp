#include <cstdint>

#include "tests/unit/gpu_programs.h"

namespace vgpu::programs {
namespace {

// Every kind of register, and local memory, is needed after barriers that some lanes and warps never meet.
constexpr const char* kProgram = R"(
.visible .entry k(.param .u64 result, .param .u32 limit, .param .u32 rounds)
{
  .reg .pred %p<5>;
  .reg .b16 %rs<3>;
  .reg .b32 %r<24>;
  .reg .b64 %rd<10>;
  .shared .align 4 .b8 cells[4096];
  .local .align 4 .b8 frame[16];
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %tid.y;
  mov.u32 %r3, %ntid.x;
  mad.lo.u32 %r4, %r2, %r3, %r1;
  ld.param.u32 %r5, [limit];
  ld.param.u32 %r6, [rounds];
  setp.ge.u32 %p1, %r4, %r5;
  @%p1 ret;
  mul.lo.u32 %r7, %r4, 3;
  st.local.u32 [frame+4], %r7;
  and.b32 %r8, %r4, 1;
  setp.eq.u32 %p2, %r8, 0;
  cvt.u16.u32 %rs1, %r4;
  cvt.u64.u32 %rd1, %r4;
  shl.b64 %rd1, %rd1, 33;
  add.cc.u32 %r9, %r4, 0xffffffff;
  mov.u32 %r10, 0;
  mov.u32 %r11, 0;
  mov.u32 %r12, cells;
  shl.b32 %r13, %r4, 2;
  add.u32 %r14, %r12, %r13;
  add.u32 %r15, %r4, 1;
  rem.u32 %r15, %r15, %r5;
  shl.b32 %r15, %r15, 2;
  add.u32 %r15, %r12, %r15;
again:
  add.u32 %r16, %r10, %r11;
  add.u32 %r16, %r16, %r4;
  st.shared.u32 [%r14], %r16;
  bar.sync 0;
  ld.shared.u32 %r17, [%r15];
  bar.sync 0;
  add.u32 %r10, %r10, %r17;
  @%p2 add.u32 %r10, %r10, 7;
  add.u32 %r11, %r11, 1;
  setp.lt.u32 %p3, %r11, %r6;
  @%p3 bra again;
  addc.u32 %r18, 0, 0;
  add.u64 %rd2, frame, 0;
  cvta.local.u64 %rd3, %rd2;
  ld.u32 %r19, [%rd3+4];
  cvta.to.local.u64 %rd4, %rd3;
  ld.local.u32 %r20, [%rd4+4];
  cvt.u32.u16 %r21, %rs1;
  shr.u64 %rd5, %rd1, 33;
  cvt.u32.u64 %r22, %rd5;
  add.u32 %r10, %r10, %r18;
  add.u32 %r10, %r10, %r19;
  add.u32 %r10, %r10, %r20;
  add.u32 %r10, %r10, %r21;
  add.u32 %r10, %r10, %r22;
  ld.param.u64 %rd6, [result];
  mul.wide.u32 %rd7, %r4, 4;
  add.u64 %rd8, %rd6, %rd7;
  st.global.u32 [%rd8], %r10;
  ret;
}
)";

std::vector<std::uint32_t> expected(unsigned threads, unsigned limit, unsigned rounds) {
  std::vector<std::uint32_t> sums(limit), cells(limit), result(threads);
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned t = 0; t < limit; ++t) cells[t] = sums[t] + round + t;
    for (unsigned t = 0; t < limit; ++t) sums[t] += cells[(t + 1) % limit] + (t % 2 == 0 ? 7 : 0);
  }
  // t - 1 carries for all but thread 0; local memory holds 3 t, read twice; t comes back as 16 and as 64 bits.
  for (unsigned t = 0; t < limit; ++t) result[t] = sums[t] + (t != 0 ? 1 : 0) + 2 * 3 * t + 2 * t;
  return result;
}

class Barriers : public ProgramTest, public testing::WithParamInterface<Shape> {};

TEST_P(Barriers, KeepWhatThreadsNeedAfterwards) {
  const CUfunction function = compile(kProgram);
  const Shape block = GetParam();
  const unsigned threads = block[0] * block[1] * block[2];
  for (const unsigned limit : {threads, threads - 1, threads / 2, 5u, 1u}) {
    for (const unsigned rounds : {1u, 4u}) {
      const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(threads));
      run(function, {1, 1, 1}, block, 0, result, limit, rounds);
      EXPECT_EQ(copy_out<std::uint32_t>(result, threads), expected(threads, limit, rounds))
          << limit << " threads, " << rounds << " rounds";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, Barriers,
                         testing::Values(Shape{32, 1, 1}, Shape{128, 1, 1}, Shape{32, 4, 1}, Shape{64, 3, 1},
                                         Shape{16, 8, 1}, Shape{100, 1, 1}, Shape{7, 9, 1}, Shape{1024, 1, 1}));

}  // namespace
}  // namespace vgpu::programs
