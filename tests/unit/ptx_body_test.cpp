#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu/ptx/print.h"
#include "unit/ptx_text.h"

namespace vgpu::ptx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> printed(const Function& function) {
  std::vector<std::string> lines;
  for (const Instruction& instruction : function.instructions) lines.push_back(print(function, instruction));
  return lines;
}

void expect_error(const Expected<Function>& function, const std::string& message) {
  ASSERT_FALSE(function) << "parsed; wanted: " << message;
  EXPECT_THAT(function.error().message, HasSubstr(message));
}

TEST(PtxBody, Saxpy) {
  const auto module = parse_module(R"(
.visible .entry saxpy(.param .u32 n, .param .f32 a, .param .u64 x, .param .u64 y)
{
  .reg .pred %p<2>;
  .reg .f32 %f<5>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<8>;
  ld.param.u32 %r1, [n];
  ld.param.u64 %rd1, [x];
  mov.u32 %r2, %ctaid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  ld.global.f32 %f2, [%rd5+-4];
  fma.rn.f32 %f4, %f2, %f1, 0f3F800000;
  st.global.f32 [%rd7], %f4;
DONE:
  ret;
})");
  ASSERT_TRUE(module) << module.error().message;
  const auto function = (*module)->parse_entry("saxpy");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_EQ(function->parameter_size, 24u);
  EXPECT_EQ(function->variables[2].offset, 8u);
  ASSERT_EQ(function->blocks.size(), 3u);
  EXPECT_THAT(function->blocks[0].successors, ElementsAre(2u, 1u));
  EXPECT_THAT(function->blocks[1].successors, ElementsAre(2u));
  EXPECT_THAT(function->blocks[2].predecessors, ElementsAre(0u, 1u));
  EXPECT_THAT(printed(*function),
              ElementsAre("ld.param.u32 %r8, [n];", "ld.param.u64 %r14, [x];", "mov.u32 %r9, %ctaid.x;",
                          "mad.lo.s32 %r12, %r9, %r10, %r11;", "setp.ge.u32 %r1, %r12, %r8;", "@%r1 bra;",
                          "ld.global.f32 %r4, [%r18-4];", "fma.rn.f32 %r6, %r4, %r3, 1065353216;",
                          "st.global.f32 [%r20], %r6;", "ret;"));
  EXPECT_EQ(function->instructions[0].line, 11u);
}

TEST(PtxBody, InnerBracesHideNames) {
  const auto function = parse_kernel(R"(
  .reg .b32 %r<3>; .reg .b16 low; .reg .pred q;
  {.reg .b16 low, high; mov.b32 {low,high}, %r1; @!q bra OUT; L: bra L; }
  { L: mov.b32 %r2, {low, low}; @q bra L; }
OUT:)");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_THAT(printed(*function), ElementsAre("mov.b32 {%r5, %r6}, %r1;", "@!%r4 bra;", "bra;",
                                              "mov.b32 %r2, %r3, %r3;", "@%r4 bra;", "ret;"));
  ASSERT_EQ(function->blocks.size(), 4u);
  EXPECT_THAT(function->blocks[0].successors, ElementsAre(3u, 1u));
  EXPECT_THAT(function->blocks[1].successors, ElementsAre(1u));
  EXPECT_THAT(function->blocks[2].successors, ElementsAre(2u, 3u));
}

TEST(PtxBody, OperandForms) {
  const auto function = parse_kernel(R"(
  .reg .pred %p<4>; .reg .b32 %r<9>; .reg .b64 %rd<3>; .reg .f64 %d<2>;
  setp.lt.and.s32 %p1|%p2, %r1, -7, !%p3;
  shfl.sync.down.b32 %r1|%p1, %r2, %r3, 31, -1;
  shfl.sync.bfly.b32 _, %r2, 1, 0x1f, 0xffffffff;
  ld.global.v4.u32 {%r1,%r2,_,%r4}, [%rd1+16];
  @!%p1 st.global.v2.u32 [%rd1], {%r1, 5};
  atom.global.cas.b32 %r1, [%rd1], %r2, %r3;
  mov.f64 %d1, 1.5;
  mov.b64 %rd1, 0d4000000000000000;
  mov.u32 %r1, WARP_SZ;
  vote.ballot.sync.b32 %r1, %p1, -1;
  add .s32 %r1, %r1, 0xFFU;
  ld.global.L2::cache_hint.u32 %r1, [%rd1], %rd2;)");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_THAT(
      printed(*function),
      ElementsAre("setp.lt.and.s32 {%r1, %r2}, %r5, -7, !%r3;", "shfl.sync.down.b32 {%r5, %r1}, %r6, %r7, 31, -1;",
                  "shfl.sync.bfly.b32 _, %r6, 1, 31, 4294967295;", "ld.global.v4.u32 {%r5, %r6, _, %r8}, [%r14+16];",
                  "@!%r1 st.global.v2.u32 [%r14], %r5, 5;", "atom.global.cas.b32 %r5, [%r14], %r6, %r7;",
                  "mov.f64 %r17, 4609434218613702656;", "mov.b64 %r14, 4611686018427387904;", "mov.u32 %r5, 32;",
                  "vote.sync.ballot.b32 %r5, %r1, -1;", "add.s32 %r5, %r5, 255;", "ld.global.u32 %r5, [%r14];",
                  "ret;"));
}

TEST(PtxBody, VariablesGetOffsets) {
  const auto function = parse_kernel(R"(
  .reg .b32 %r<3>; .reg .b64 %rd<4>;
  .shared .align 4 .b8 mine[6];
  .local .align 8 .b8 depot[20];
  mov.u32 %r1, dynamic;
  mov.u32 %r2, mine;
  mov.u64 %rd1, table+4;
  mov.u64 %rd2, depot;
  ld.shared.f32 %r1, [theirs];
  ld.const.u32 %r1, [constant+8];)",
                                     ".extern .shared .align 16 .b8 dynamic[];\n.shared .f32 theirs;\n"
                                     ".global .b8 unused[4];\n.global .b8 table[8] = {1,2};\n.const .u32 constant[4];");
  ASSERT_TRUE(function) << function.error().message;
  const auto find = [&](std::string_view name) {
    for (const Variable& variable : function->variables) {
      if (variable.name == name) return variable;
    }
    return Variable{};
  };
  EXPECT_EQ(find("mine").offset, 0u);
  EXPECT_EQ(find("theirs").offset, 8u);
  EXPECT_EQ(function->static_shared_size, 12u);
  EXPECT_EQ(find("dynamic").offset, 16u);
  EXPECT_EQ(function->local_frame_size, 32u);
  EXPECT_THAT(function->globals, ElementsAre("table", "constant"));
  EXPECT_EQ(find("constant").offset, 1u);
}

TEST(PtxBody, CallOfVprintf) {
  const auto function = parse_kernel(R"(
  .reg .b64 %rd<3>; .reg .b32 %r<2>;
  { // callseq 0
  .param .b64 param0;
  st.param.b64 [param0+0], %rd1;
  .param .b64 param1;
  st.param.b64 [param1], %rd2;
  .param .b32 retval0;
  call.uni (retval0),
  vprintf,
  (
  param0,
  param1
  );
  ld.param.b32 %r1, [retval0+0];
  })",
                                     ".extern .func (.param .b32 r) vprintf (.param .b64 a, .param .b64 b)\n;");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_THAT(function->callees, ElementsAre("vprintf"));
  EXPECT_EQ(print(*function, function->instructions[2]), "call.uni retval0, vprintf, param0, param1;");
  EXPECT_TRUE(function->variables[1].local_param);
  EXPECT_EQ(function->variables[2].offset, 8u);
  EXPECT_EQ(function->local_frame_size, 32u);
}

constexpr const char* kTwice = R"(
.func (.param .b32 out) twice(.param .b32 in) {
  .reg .b32 %r<3>; .reg .pred %p;
  ld.param.b32 %r1, [in];
  setp.eq.s32 %p, %r1, 0;
  @%p ret;
  add.s32 %r2, %r1, %r1;
  st.param.b32 [out], %r2;
  ret;
})";

TEST(PtxBody, DeviceFunctionsStandInPlaceOfTheirCalls) {
  const auto function = parse_kernel(R"(
  .reg .b32 %r<3>; .reg .pred %p;
  { .param .b32 a; .param .b32 b; st.param.b32 [a], %r1; call.uni (b), twice, (a); ld.param.b32 %r2, [b]; }
  @%p call (%r1), twice, (%r2);)",
                                     kTwice);
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_TRUE(function->callees.empty());
  EXPECT_THAT(
      printed(*function),
      ElementsAre("st.param.b32 [a], %r1;", "ld.param.b32 %r5, [a];", "setp.eq.s32 %r7, %r5, 0;", "@%r7 bra;",
                  "add.s32 %r6, %r5, %r5;", "st.param.b32 [b], %r6;", "bra;", "ld.param.b32 %r2, [b];", "@!%r3 bra;",
                  "st.param.b32 [in], %r2;", "ld.param.b32 %r9, [in];", "setp.eq.s32 %r11, %r9, 0;", "@%r11 bra;",
                  "add.s32 %r10, %r9, %r9;", "st.param.b32 [out], %r10;", "bra;", "ld.param.b32 %r1, [out];", "ret;"));
  EXPECT_THAT(function->blocks[0].successors, ElementsAre(2u, 1u));
}

TEST(PtxBody, IndexedBranch) {
  const auto function = parse_kernel(R"(
  .reg .b32 %r<2>;
  table: .branchtargets B, A, B;
  brx.idx %r1, table;
A: mov.u32 %r1, 1;
B: exit;)");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_THAT(function->blocks[0].successors, ElementsAre(2u, 1u, 2u));
}

TEST(PtxBody, TextureAndSurfaceOperands) {
  const auto function = parse_kernel(
      ".reg .b32 %r<5>; .reg .f32 %f<5>; .reg .b64 %rd<2>;\n"
      "tex.2d.v4.f32.f32 {%f1, %f2, %f3, %f4}, [%rd1, {%f1, 0f3F800000}];\n"
      "tex.a1d.v4.f32.f32 {%f1, %f2, %f3, %f4}, [picture, {3, %f2}];\n"
      "sust.b.1d.v2.b32.clamp [%rd1, -4], {%r1, %r2};\n",
      ".global .texref picture;");
  ASSERT_TRUE(function) << function.error().message;
  EXPECT_THAT(printed(*function), ElementsAre("tex.2d.v4.f32.f32 {%r6, %r7, %r8, %r9}, %r11, %r6, 1065353216;",
                                              "tex.a1d.v4.f32.f32 {%r6, %r7, %r8, %r9}, picture, 3, %r7;",
                                              "sust.b.1d.v2.b32.clamp %r11, -4, %r1, %r2;", "ret;"));
}

TEST(PtxBody, RefusesTexturesThatThereAreNot) {
  const std::string registers = ".reg .b32 %r<5>; .reg .f32 %f<5>; .reg .b64 %rd<2>;\n";
  const std::string results = " {%f1, %f2, %f3, %f4}, ";
  expect_error(parse_kernel(registers + "tex.cube.v4.f32.f32" + results + "[%rd1, {%f1, %f2, %f3, %f3}];"),
               "cube maps and multisampled images are not supported");
  expect_error(parse_kernel(registers + "tex.2d.v4.f32.f32" + results + "[%rd1, {%f1}];"), "do not match its vector");
  expect_error(parse_kernel(registers + "tex.2d.v4.f32.f32 {%f1, %f2}, [%rd1, {%f1, %f2}];"),
               "do not match its vector");
  expect_error(parse_kernel(registers + "tex.2d.v4.f32.f32" + results + "[%rd1, %rd1, {%f1, %f2}];"), "expected \"]\"");
  expect_error(parse_kernel(registers + "sust.b.2d.b32.trap [%rd1, {%r1}], %r2;"), "do not match its vector");
  expect_error(parse_kernel(registers + "sured.b.add.1d.u32.trap [%rd1, {%r1, %r2}], %r2;"), "do not match its vector");
}

TEST(PtxBody, SaysWhatIsWrong) {
  const std::string registers = ".reg .b32 %r<3>; .reg .pred %p; .reg .b64 %rd<2>; .reg .f16 %h;\n";
  expect_error(parse_kernel(registers + "foo.bar.s32 %r1, %r2;"), "line 8: unknown instruction \"foo.bar.s32\"");
  expect_error(parse_kernel(registers + "add.s32 %r1, %r7, 1;"), "line 8: unknown name \"%r7\"");
  expect_error(parse_kernel(registers + "add.s32 %r1, %r2;"), "line 8: \"add\" with 2 operands");
  expect_error(parse_kernel(registers + "bra NOWHERE;"), "line 8: unknown label \"NOWHERE\"");
  expect_error(parse_kernel(registers + "{ L: bra L; } bra L;"), "line 8: unknown label \"L\"");
  expect_error(parse_kernel(registers + "L: L: ret;"), "label \"L\" stands twice");
  expect_error(parse_kernel(registers + "@%r1 bra L; L:"), "expected a predicate register");
  expect_error(parse_kernel(registers + "add.s32 5, %r1, %r2;"), "is no register");
  expect_error(parse_kernel(registers + "ld.global.v2.u32 {%r1}, [%rd1];"), "do not match its vector");
  expect_error(parse_kernel(registers + "add.s32 %r1, %r1, %r2"), "expected \";\"");
  expect_error(parse_kernel(registers + "add.f16 %h, %h, 1.5;"), "a literal of type f16");
  expect_error(parse_kernel(registers + "call nobody;"), "call of unknown function \"nobody\"");
  expect_error(parse_kernel(registers + "call loop;", ".func loop() { .reg .b32 %a; call loop, (%a); }"),
               "call of \"loop\" with the wrong number of parameters");
  expect_error(parse_kernel(".local .b8 a[1073741824]; .local .b8 b[1073741824];"), "more than 1 GiB");
  std::string many = "{%r1";
  for (int i = 0; i < 300; ++i) many += ",%r1";
  expect_error(parse_kernel(registers + "mov.b32 " + many + "}, %r1;"), "too many operands");
  expect_error(parse_kernel(".reg .b32 %r<4000000000>;"), "registers");
  expect_error(parse_kernel(".reg .b32 %r<-1>;"), "expected a count");
  expect_error(parse_kernel(std::string(100000, '{') + std::string(100000, '}')), "nested too deeply");
}

}  // namespace
}  // namespace vgpu::ptx
