#include <cstdint>

#include "tests/unit/gpu_programs.h"

// What the compiler does with lanes that nobody asks for, registers that need not be kept, and fields of bytes.
namespace vgpu::programs {
namespace {

// Registers of every sort live through two barriers: places, parameters, what follows from them, one that a guard
// writes, and one that is written twice.
constexpr const char* kAcrossBarriers = R"(
.shared .align 4 .b8 cells[4096];
.visible .entry k(.param .u64 result, .param .u32 scale, .param .u32 offset)
{
  .reg .pred %p<3>;
  .reg .b32 %r<32>;
  .reg .b64 %rd<4>;
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %tid.y;
  mov.u32 %r3, %tid.z;
  mov.u32 %r4, %ntid.x;
  mov.u32 %r5, %ntid.y;
  mov.u32 %r6, %ntid.z;
  mov.u32 %r7, %ctaid.x;
  mad.lo.u32 %r8, %r3, %r5, %r2;
  mad.lo.u32 %r9, %r8, %r4, %r1;
  mul.lo.u32 %r10, %r4, %r5;
  mul.lo.u32 %r11, %r10, %r6;
  ld.param.u32 %r12, [scale];
  ld.param.u32 %r13, [offset];
  ld.param.u64 %rd1, [result];
  cvta.to.global.u64 %rd2, %rd1;
  mul.lo.u32 %r14, %r9, %r12;
  add.u32 %r15, %r14, %r13;
  add.u32 %r28, %r13, %r7;
  shl.b32 %r29, %r28, 3;
  mov.u32 %r16, 7;
  and.b32 %r17, %r9, 1;
  setp.ne.u32 %p1, %r17, 0;
  @%p1 mov.u32 %r16, %r12;
  mov.u32 %r18, cells;
  shl.b32 %r19, %r9, 2;
  add.u32 %r20, %r18, %r19;
  st.shared.u32 [%r20], %r15;
  mov.u32 %r21, %r2;
  bar.sync 0;
  add.u32 %r22, %r9, 1;
  rem.u32 %r22, %r22, %r11;
  shl.b32 %r22, %r22, 2;
  add.u32 %r22, %r18, %r22;
  ld.shared.u32 %r23, [%r22];
  add.u32 %r21, %r21, %r23;
  bar.sync 0;
  st.shared.u32 [%r20], %r21;
  bar.sync 0;
  ld.shared.u32 %r24, [%r22];
  mad.lo.u32 %r25, %r14, 3, %r24;
  add.u32 %r25, %r25, %r16;
  mad.lo.u32 %r25, %r1, 1000, %r25;
  mad.lo.u32 %r25, %r3, 100000, %r25;
  add.u32 %r25, %r25, %r29;
  add.u32 %r25, %r25, %r21;
  mad.lo.u32 %r26, %r7, %r11, %r9;
  mul.wide.u32 %rd3, %r26, 4;
  add.s64 %rd3, %rd2, %rd3;
  st.global.u32 [%rd3], %r25;
  ret;
}
)";

class AcrossBarriers : public ProgramTest, public testing::WithParamInterface<Shape> {};

TEST_P(AcrossBarriers, RegistersHaveTheirValues) {
  const auto function = compile(kAcrossBarriers);
  const Shape& block = GetParam();
  constexpr std::uint32_t kScale = 11, kOffset = 5, kBlocks = 3;
  const std::uint32_t threads = block[0] * block[1] * block[2];
  const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(kBlocks * threads));
  run(function, {kBlocks, 1, 1}, block, 0, result, kScale, kOffset);
  const auto values = copy_out<std::uint32_t>(result, kBlocks * threads);
  const auto y_of = [&](std::uint32_t thread) { return thread / block[0] % block[1]; };
  // What a thread puts into its cell after the first barrier.
  const auto second = [&](std::uint32_t thread) { return y_of(thread) + (thread + 1) % threads * kScale + kOffset; };
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const std::uint32_t thread = i % threads, x = thread % block[0], z = thread / block[0] / block[1];
    const std::uint32_t expected = thread * kScale * 3 + second((thread + 1) % threads) +
                                   (thread % 2 != 0 ? kScale : 7) + x * 1000 + z * 100000 +
                                   (kOffset + i / threads) * 8 + second(thread);
    ASSERT_EQ(values[i], expected) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, AcrossBarriers,
                         testing::Values(Shape{32, 1, 1}, Shape{32, 4, 1}, Shape{192, 1, 1}, Shape{1024, 1, 1},
                                         Shape{64, 3, 1}, Shape{32, 2, 2}, Shape{16, 8, 1}, Shape{33, 2, 1},
                                         Shape{5, 3, 2}));

// Sums a warp's values, then computes with the sum; all lanes store, or lane 0 alone.
std::string after_sum(bool lane_zero_alone) {
  std::string text = R"(
.visible .entry k(.param .u64 values, .param .u64 result)
{
  .reg .pred %p<6>;
  .reg .b32 %r<10>;
  .reg .b64 %rd<8>;
  .reg .f32 %f<24>;
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %tid.y;
  mov.u32 %r3, %ntid.y;
  mov.u32 %r4, %ctaid.x;
  mad.lo.u32 %r5, %r4, %r3, %r2;
  shl.b32 %r6, %r5, 5;
  add.u32 %r6, %r6, %r1;
  ld.param.u64 %rd1, [values];
  ld.param.u64 %rd2, [result];
  mul.wide.u32 %rd3, %r6, 4;
  add.s64 %rd4, %rd1, %rd3;
  ld.global.f32 %f1, [%rd4];
)";
  for (const unsigned distance : {16, 8, 4, 2, 1}) {
    text += "  shfl.sync.bfly.b32 %f2, %f1, " + std::to_string(distance) + ", 31, -1;\n  add.f32 %f1, %f1, %f2;\n";
  }
  if (lane_zero_alone) text += "  setp.ne.u32 %p1, %r1, 0;\n  @%p1 ret;\n";
  text += R"(
  mul.f32 %f3, %f1, 0fBFB8AA3B;
  ex2.approx.f32 %f4, %f3;
  add.f32 %f5, %f4, 0f3F800000;
  div.rn.f32 %f6, %f1, %f5;
  abs.f32 %f7, %f6;
  sqrt.rn.f32 %f8, %f7;
  setp.gt.f32 %p2, %f8, 0f3F800000;
  selp.f32 %f9, %f8, %f6, %p2;
  cvt.rzi.s32.f32 %r7, %f9;
  cvt.rn.f32.s32 %f10, %r7;
  @%p2 bra large;
  fma.rn.f32 %f10, %f10, %f9, %f6;
  bra join;
large:
  sub.f32 %f10, %f9, %f10;
join:
  max.f32 %f11, %f10, %f6;
  add.s64 %rd5, %rd2, %rd3;
  st.global.f32 [%rd5], %f11;
  ret;
}
)";
  return text;
}

TEST_F(ProgramTest, LaneZeroAloneComputesWhatAllLanesDo) {
  constexpr unsigned kBlocks = 40, kRows = 4, kCount = kBlocks * kRows * 32;
  std::vector<float> values(kCount);
  for (unsigned i = 0; i < kCount; ++i)
    values[i] = static_cast<float>(static_cast<int>(i * 2654435761u % 2001) - 1000) / 900;
  std::vector<std::uint32_t> results[2];
  for (const bool alone : {false, true}) {
    const auto function = compile(after_sum(alone));
    const CUdeviceptr result = copy_in(std::vector<std::uint32_t>(kCount, 0xdeadbeef));
    run(function, {kBlocks, 1, 1}, {32, kRows, 1}, 0, copy_in(values), result);
    results[alone ? 1 : 0] = copy_out<std::uint32_t>(result, kCount);
  }
  for (unsigned i = 0; i < kCount; ++i) {
    ASSERT_NE(results[0][i], 0xdeadbeef) << i;
    ASSERT_EQ(results[1][i], i % 32 == 0 ? results[0][i] : 0xdeadbeef) << i;
  }
}

struct ByteField {
  unsigned shift;
  std::uint32_t mask;
};

class ByteFields : public ProgramTest, public testing::WithParamInterface<ByteField> {};

TEST_P(ByteFields, AreShiftedAndMasked) {
  const auto [shift, mask] = GetParam();
  const auto function = compile(std::string(R"(
.visible .entry k(.param .u64 values)
{
  .reg .b32 %r<8>;
  .reg .b64 %rd<4>;
)") + kGlobalIndex + R"(
  ld.param.u64 %rd1, [values];
  mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd3, %rd1, %rd2;
  ld.global.u32 %r4, [%rd3];
  shr.u32 %r5, %r4, )" + std::to_string(shift) +
                                ";\n  and.b32 %r6, %r5, " + std::to_string(mask) + R"(;
  st.global.u32 [%rd3], %r6;
  ret;
}
)");
  constexpr unsigned kCount = 4096;
  std::vector<std::uint32_t> values(kCount);
  for (unsigned i = 0; i < kCount; ++i) values[i] = i * 2654435761u ^ i << 7;
  const CUdeviceptr cells = copy_in(values);
  run(function, {kCount / 256, 1, 1}, {256, 1, 1}, 0, cells);
  const auto results = copy_out<std::uint32_t>(cells, kCount);
  for (unsigned i = 0; i < kCount; ++i) ASSERT_EQ(results[i], values[i] >> shift & mask) << i;
}

// The last three take bits of the neighbouring byte, or differ between bytes.
INSTANTIATE_TEST_SUITE_P(ShiftsAndMasks, ByteFields,
                         testing::Values(ByteField{4, 0x0f0f0f0f}, ByteField{2, 0x03030303}, ByteField{6, 0x03030303},
                                         ByteField{1, 0x55555555}, ByteField{7, 0x01010101}, ByteField{3, 0x1a1a1a1a},
                                         ByteField{4, 0x1f1f1f1f}, ByteField{8, 0x0f0f0f0f}, ByteField{4, 0x0f000f0f}));

}  // namespace
}  // namespace vgpu::programs
