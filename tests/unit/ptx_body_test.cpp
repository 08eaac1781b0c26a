#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/module.h"
#include "gpu/ptx/print.h"

namespace vgpu::ptx {
namespace {

using ::testing::ElementsAre;

constexpr const char* kSaxpy = R"(
.version 6.4
.target sm_61
.address_size 64
.visible .entry saxpy(.param .u32 n, .param .f32 a, .param .u64 x, .param .u64 y)
{
  .reg .pred %p<2>;
  .reg .f32 %f<5>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<8>;
  ld.param.u32 %r1, [n];
  ld.param.f32 %f1, [a];
  ld.param.u64 %rd1, [x];
  ld.param.u64 %rd2, [y];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  cvta.to.global.u64 %rd3, %rd1;
  mul.wide.u32 %rd4, %r5, 4;
  add.s64 %rd5, %rd3, %rd4;
  ld.global.f32 %f2, [%rd5];
  cvta.to.global.u64 %rd6, %rd2;
  add.s64 %rd7, %rd6, %rd4;
  ld.global.f32 %f3, [%rd7+0];
  fma.rn.f32 %f4, %f2, %f1, %f3;
  st.global.f32 [%rd7], %f4;
DONE:
  ret;
}
)";

TEST(PtxBody, ParsesSaxpy) {
  const auto module = Module::parse(kSaxpy);
  ASSERT_TRUE(module) << module.error().message;
  const auto function = (*module)->parse_entry("saxpy");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_EQ(function->parameter_size, 24u);
  ASSERT_EQ(function->blocks.size(), 3u);
  EXPECT_THAT(function->blocks[0].successors, ElementsAre(2u, 1u));
  EXPECT_THAT(function->blocks[1].successors, ElementsAre(2u));
  EXPECT_EQ(full_opcode(function->instructions[7]), "mad.lo.s32");
  const ControlFlow flow = analyze_control_flow(*function);
  EXPECT_THAT(flow.order, ElementsAre(0u, 1u, 2u));
  EXPECT_THAT(flow.post_dominator, ElementsAre(2u, 2u, kNoBlock));
}

}  // namespace
}  // namespace vgpu::ptx
