#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/ptx/jit_runner.h"
#include "tests/ptx/opcode_cases.h"

// Every opcode case through the JIT, once for each instruction set that this machine has.
namespace vgpu::test {
namespace {

struct Variant {
  const char* name;
  jit::InstructionSet set;
  std::vector<WarpRow> warp_rows;  // all hold for the cases' blocks; the cases take them in turn
  jit::CodeForms forms = {};
};

constexpr jit::CodeForms kMasked{.speculating = false, .whole_blocks = true};
constexpr jit::CodeForms kWarpByWarp{.speculating = true, .whole_blocks = false};

jit::Target lowered(jit::InstructionSet set) {
  jit::Target target = jit::host_target();
  if (set == target.set) return target;
  target = {};
  target.set = set;
  target.cpu = set == jit::InstructionSet::Avx2 ? "x86-64-v3" : "x86-64-v2";
  return target;
}

void run_cases(const Variant& variant) {
  if (variant.set > jit::host_target().set) GTEST_SKIP() << "this machine has no " << variant.name;
  const jit::Target target = lowered(variant.set);
  std::size_t next = 0;
  const Engine engine = [&](const std::string& text, const std::string& entry) {
    const WarpRow warp_row = variant.warp_rows[next++ % variant.warp_rows.size()];
    return compile_runner(text, entry, warp_row, target, variant.forms);
  };
  for (const OpcodeCase& test : opcode_cases()) {
    for (const std::string& line : run_case(test, engine)) ADD_FAILURE() << test.name << ": " << line;
  }
}

TEST(CompiledOpcode, Avx512) {
  run_cases({"AVX-512", jit::InstructionSet::Avx512, {kWholeRow}});
}
TEST(CompiledOpcode, Avx512Masked) {
  run_cases({"AVX-512", jit::InstructionSet::Avx512, {kWholeRow}, kMasked});
}
TEST(CompiledOpcode, Avx512AnyBlockWarpByWarp) {
  run_cases({"AVX-512", jit::InstructionSet::Avx512, {kAnyBlock}, kWarpByWarp});
}
TEST(CompiledOpcode, Avx512WarpsInLine) {
  run_cases({"AVX-512", jit::InstructionSet::Avx512, {kOneWarp, kRowOfWarps, kColumnOfWarps}});
}
TEST(CompiledOpcode, Avx2) {
  run_cases({"AVX2", jit::InstructionSet::Avx2, {kWholeRow}});
}
TEST(CompiledOpcode, Avx2Masked) {
  run_cases({"AVX2", jit::InstructionSet::Avx2, {kWholeRow}, kMasked});
}
TEST(CompiledOpcode, V2) {
  run_cases({"x86-64-v2", jit::InstructionSet::V2, {kWholeRow}});
}

TEST(CompiledOpcode, EightBitFloats) {
  constexpr char kText[] = R"(.version 8.1
.target sm_89
.address_size 64
.visible .entry bytes(.param .u64 out)
{
  .reg .b16 %rs<3>; .reg .b32 %r<3>; .reg .f32 %f<2>; .reg .b64 %rd;
  ld.param.u64 %rd, [out];
  mov.b16 %rs0, 0xB838;
  cvt.rn.f16x2.e4m3x2 %r0, %rs0;
  mov.f32 %f0, 0fC2000000;
  mov.f32 %f1, 0f3FC00000;
  cvt.rn.satfinite.e4m3x2.f32 %rs1, %f0, %f1;
  cvt.u32.u16 %r1, %rs1;
  st.global.v2.u32 [%rd], {%r0, %r1};
  ret;
}
)";
  const auto runner = compile_runner(kText, "bytes", kWholeRow, jit::host_target());
  ASSERT_TRUE(runner.has_value()) << runner.error().message;
  alignas(8) std::array<std::uint32_t, 2> out{};
  SingleWarp warp;
  warp.add_parameter(out.data());
  (*runner)(&warp.context());
  EXPECT_EQ(out[0], 0xbc003c00u);  // -1 and 1
  EXPECT_EQ(out[1], 0xe03cu);      // -32 and 1.5
}

}  // namespace
}  // namespace vgpu::test
