#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu/ptx/control_flow.h"
#include "unit/ptx_text.h"

namespace vgpu::ptx {
namespace {

using ::testing::ElementsAre;

constexpr const char* kRegisters = ".reg .pred %p<4>; .reg .b32 %r<6>;\n";

TEST(PtxFlow, BranchesMeetAtThePostDominator) {
  const auto function = parse_kernel(std::string(kRegisters) + R"(
  @%p1 bra ELSE;
  mov.u32 %r1, 1;
  bra END;
ELSE: mov.u32 %r1, 2;
END: ret;)");
  ASSERT_TRUE(function) << function.error().message;
  const ControlFlow flow = analyze_control_flow(*function);
  EXPECT_THAT(flow.order, ElementsAre(0u, 1u, 2u, 3u));
  EXPECT_THAT(flow.dominator, ElementsAre(kNoBlock, 0u, 0u, 0u));
  EXPECT_THAT(flow.post_dominator, ElementsAre(3u, 3u, 3u, kNoBlock));
  EXPECT_TRUE(flow.reducible);
}

TEST(PtxFlow, GuardedReturnLeadsToTheExit) {
  const auto function = parse_kernel(std::string(kRegisters) + "@%p1 ret; mov.u32 %r1, 1; ret;");
  ASSERT_TRUE(function);
  EXPECT_THAT(analyze_control_flow(*function).post_dominator, ElementsAre(kNoBlock, kNoBlock));
}

TEST(PtxFlow, NestedLoopsStayTogether) {
  // Exits stand amid the loops' blocks in the text, where a plain reverse post-order would leave them.
  const auto function = parse_kernel(std::string(kRegisters) + R"(
OUTER: mov.u32 %r1, 1;
INNER: mov.u32 %r2, 1;
  @%p1 bra OUT1;
  @%p2 bra INNER;
  @%p3 bra OUTER;
  bra END;
OUT1: mov.u32 %r3, 1;
  @%p2 bra OUTER;
END: ret;)");
  ASSERT_TRUE(function) << function.error().message;
  const ControlFlow flow = analyze_control_flow(*function);
  ASSERT_EQ(flow.loops.size(), 2u);
  EXPECT_EQ(flow.loops[0].header, 0u);
  EXPECT_EQ(flow.loops[1].header, 1u);
  EXPECT_EQ(flow.loops[1].parent, 0u);
  EXPECT_THAT(flow.loops[1].exits, ElementsAre(3u, 5u));
  for (const Loop& loop : flow.loops) {
    const std::uint32_t first = flow.position[loop.header];
    for (const std::uint32_t block : loop.blocks) {
      EXPECT_GE(flow.position[block], first);
      EXPECT_LT(flow.position[block], first + loop.blocks.size());
    }
  }
}

TEST(PtxFlow, EndlessLoopAndUnreachableBlocks) {
  const auto function = parse_kernel(std::string(kRegisters) + "L: mov.u32 %r1, 1; bra L; mov.u32 %r2, 1; ret;");
  ASSERT_TRUE(function);
  const ControlFlow flow = analyze_control_flow(*function);
  EXPECT_THAT(flow.order, ElementsAre(0u));
  EXPECT_THAT(flow.position, ElementsAre(0u, kNoBlock));
  EXPECT_THAT(flow.loops[0].exits, ElementsAre());
}

TEST(PtxFlow, IrreducibleGraphIsNamedSo) {
  const auto function =
      parse_kernel(std::string(kRegisters) + "@%p1 bra B; A: mov.u32 %r1, 1; @%p2 bra END; B: @%p3 bra A; END: ret;");
  ASSERT_TRUE(function);
  const ControlFlow flow = analyze_control_flow(*function);
  EXPECT_FALSE(flow.reducible);
  EXPECT_EQ(flow.order.size(), function->blocks.size());
}

TEST(PtxFlow, Liveness) {
  const auto function = parse_kernel(std::string(kRegisters) + R"(
  mov.u32 %r1, 1;
  mov.u32 %r2, 2;
L: @%p1 mov.u32 %r2, 3;
  add.s32 %r1, %r1, %r2;
  mov.u32 %r3, %r1;
  @%p2 bra L;
  mov.u32 %r4, %r3;
  ret;)");
  ASSERT_TRUE(function) << function.error().message;
  const Liveness live = analyze_liveness(*function, analyze_control_flow(*function));
  const auto set = [&](const std::vector<bool>& bits) {
    std::string names;
    for (std::size_t i = 0; i < bits.size(); ++i) {
      if (bits[i]) names += (i < 4 ? "p" + std::to_string(i) : "r" + std::to_string(i - 4)) + ' ';
    }
    return names;
  };
  EXPECT_EQ(set(live.live_in[0]), "p1 p2 ");
  EXPECT_EQ(set(live.live_in[1]), "p1 p2 r1 r2 ");
  EXPECT_EQ(set(live.live_out[1]), "p1 p2 r1 r2 r3 ");
  EXPECT_EQ(set(live.live_in[2]), "r3 ");
}

}  // namespace
}  // namespace vgpu::ptx
