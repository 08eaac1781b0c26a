#include <cstdint>

#include "tests/unit/gpu_programs.h"

// Warps that wait for each other at mbarrier objects, and at nothing else.
namespace vgpu::programs {
namespace {

constexpr unsigned kThreads = 256;

// An object for all threads: each round every thread writes, waits with the state of its arrival, and reads what a
// thread of another warp has written.
TEST_F(ProgramTest, AllThreadsMeetAtAnMbarrier) {
  const auto function = compile(R"(
.visible .entry k(.param .u64 result, .param .u32 rounds)
{
  .reg .pred %p<5>;
  .reg .b32 %r<16>;
  .reg .b64 %rd<9>;
  .shared .align 8 .b64 meeting;
  .shared .align 4 .b8 cells[1024];
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, meeting;
  setp.eq.u32 %p1, %r1, 0;
  @%p1 mbarrier.init.shared.b64 [%r2], 256;
  bar.sync 0;
  ld.param.u32 %r3, [rounds];
  mov.u32 %r4, cells;
  mad.lo.u32 %r5, %r1, 4, %r4;
  sub.u32 %r6, 255, %r1;
  mad.lo.u32 %r6, %r6, 4, %r4;
  mov.u32 %r7, %r1;
  mov.u32 %r8, 0;
round:
  mad.lo.u32 %r9, %r7, 3, %r8;
  st.shared.u32 [%r5], %r9;
  mbarrier.arrive.shared.b64 %rd1, [%r2];
written:
  mbarrier.test_wait.shared.b64 %p2, [%r2], %rd1;
  @!%p2 bra written;
  ld.shared.u32 %r7, [%r6];
  mbarrier.arrive.shared.b64 %rd1, [%r2];
read:
  mbarrier.try_wait.shared.b64 %p2, [%r2], %rd1, 100;
  @!%p2 bra read;
  add.u32 %r8, %r8, 1;
  setp.lt.u32 %p3, %r8, %r3;
  @%p3 bra round;
  ld.param.u64 %rd2, [result];
  mul.wide.u32 %rd3, %r1, 4;
  add.u64 %rd3, %rd3, %rd2;
  st.global.u32 [%rd3], %r7;
  ret;
}
)");
  constexpr unsigned kRounds = 7;
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(kThreads));
  run(function, {1, 1, 1}, {kThreads, 1, 1}, 0, result, kRounds);
  std::vector<std::uint32_t> expected(kThreads);
  for (std::uint32_t i = 0; i < kThreads; ++i) expected[i] = i;
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    const auto before = expected;
    for (std::uint32_t i = 0; i < kThreads; ++i) expected[i] = before[kThreads - 1 - i] * 3 + round;
  }
  EXPECT_EQ(copy_out<std::uint32_t>(result, kThreads), expected);
}

// The last warp fills one buffer after the other by bulk copies, which tell `full` of their bytes; the other warps take
// them and say so at `empty`. The producer runs ahead by two buffers at most, whichever warp runs first.
TEST_F(ProgramTest, AWarpProducesWhatOthersConsume) {
  const auto function = compile(R"(
.visible .entry k(.param .u64 source, .param .u64 result, .param .u32 rounds)
{
  .reg .pred %p<6>;
  .reg .b32 %r<24>;
  .reg .b64 %rd<9>;
  .shared .align 8 .b8 objects[32];
  .shared .align 16 .b8 buffers[1024];
  mov.u32 %r1, %tid.x;
  shr.u32 %r2, %r1, 5;
  mov.u32 %r3, objects;
  setp.ne.u32 %p1, %r1, 0;
  @%p1 bra made;
  mbarrier.init.shared.b64 [%r3], 1;
  mbarrier.init.shared.b64 [%r3+8], 1;
  mbarrier.init.shared.b64 [%r3+16], 128;
  mbarrier.init.shared.b64 [%r3+24], 128;
  fence.mbarrier_init.release.cluster;
made:
  bar.sync 0;
  ld.param.u64 %rd1, [source];
  ld.param.u64 %rd2, [result];
  ld.param.u32 %r4, [rounds];
  mov.u32 %r5, buffers;
  mov.u32 %r6, 0;
  mov.u32 %r7, 0;
  setp.eq.u32 %p2, %r2, 4;
  @%p2 bra produce;
consume:
  and.b32 %r8, %r6, 1;
  shr.u32 %r9, %r6, 1;
  and.b32 %r9, %r9, 1;
  mad.lo.u32 %r10, %r8, 8, %r3;
filled:
  mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 %p3, [%r10], %r9;
  @!%p3 bra filled;
  mad.lo.u32 %r11, %r8, 512, %r5;
  xor.b32 %r12, %r1, 127;
  mad.lo.u32 %r11, %r12, 4, %r11;
  ld.shared.u32 %r13, [%r11];
  mad.lo.u32 %r7, %r7, 5, %r13;
  mbarrier.arrive.release.cta.shared::cta.b64 _, [%r10+16];
  add.u32 %r6, %r6, 1;
  setp.lt.u32 %p4, %r6, %r4;
  @%p4 bra consume;
  mul.wide.u32 %rd3, %r1, 4;
  add.u64 %rd3, %rd3, %rd2;
  st.global.u32 [%rd3], %r7;
  ret;
produce:
  and.b32 %r8, %r6, 1;
  shr.u32 %r9, %r6, 1;
  and.b32 %r9, %r9, 1;
  xor.b32 %r9, %r9, 1;
  mad.lo.u32 %r10, %r8, 8, %r3;
emptied:
  mbarrier.try_wait.parity.shared.b64 %p3, [%r10+16], %r9;
  @!%p3 bra emptied;
  mov.u32 %r14, %laneid;
  setp.ne.u32 %p5, %r14, 0;
  @%p5 bra issued;
  mad.lo.u32 %r11, %r8, 512, %r5;
  mul.wide.u32 %rd4, %r6, 512;
  add.u64 %rd4, %rd4, %rd1;
  mbarrier.arrive.expect_tx.shared.b64 _, [%r10], 512;
  cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r11], [%rd4], 512, [%r10];
issued:
  add.u32 %r6, %r6, 1;
  setp.lt.u32 %p4, %r6, %r4;
  @%p4 bra produce;
  ret;
}
)");
  constexpr unsigned kRounds = 9, kConsumers = 128;
  std::vector<std::uint32_t> words(kRounds * kConsumers);
  for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = i * 2654435761u;
  const CUdeviceptr source = copy_in(words);
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(kConsumers));
  run(function, {1, 1, 1}, {kConsumers + 32, 1, 1}, 0, source, result, kRounds);
  std::vector<std::uint32_t> expected(kConsumers);
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    for (std::uint32_t i = 0; i < kConsumers; ++i) {
      expected[i] = expected[i] * 5 + words[round * kConsumers + (i ^ 127)];
    }
  }
  EXPECT_EQ(copy_out<std::uint32_t>(result, kConsumers), expected);
}

// A warp that gives up its turn where its code runs all warps one after the other: each still runs once.
TEST_F(ProgramTest, SleepingOutsideOfLoops) {
  const auto function = compile(R"(
.visible .entry k(.param .u64 result)
{
  .reg .b64 %rd<3>;
  ld.param.u64 %rd1, [result];
  nanosleep.u32 100;
  red.global.add.u32 [%rd1], 1;
  nanosleep.u32 100;
  red.global.add.u32 [%rd1+4], 1;
  ret;
}
)");
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(2));
  run(function, {6, 1, 1}, {128, 1, 1}, 0, result);
  EXPECT_EQ(copy_out<std::uint32_t>(result, 2), (std::vector<std::uint32_t>{768, 768}));
}

}  // namespace
}  // namespace vgpu::programs
