#include <cstdint>

#include "tests/unit/gpu_programs.h"

namespace vgpu::programs {
namespace {

// CUB's blocks tell each other a state and a sum in one store: who sees the one has to see the other. Threads of a warp
// have their own address, or all one; the first word counts up, the others are its complement.
TEST_F(ProgramTest, OrderedVectorsAreStoredAndLoadedWhole) {
  for (const unsigned words : {2u, 4u}) {
    for (const bool one_address : {false, true}) {
      const std::string vector = words == 2 ? "{%r5, %r6}" : "{%r5, %r6, %r6, %r6}";
      const std::string loaded = words == 2 ? "{%r7, %r8}" : "{%r7, %r8, %r9, %r10}";
      const std::string type = ".gpu.global.v" + std::to_string(words) + ".u32";
      const auto function = compile(R"(
.visible .entry k(.param .u64 cells, .param .u64 torn, .param .u32 rounds)
{
  .reg .pred %p<4>;
  .reg .b32 %r<12>;
  .reg .b64 %rd<6>;
  ld.param.u64 %rd1, [cells];
  ld.param.u64 %rd2, [torn];
  ld.param.u32 %r1, [rounds];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %tid.x;
)" + std::string(one_address ? "  mov.u32 %r3, 0;\n" : "") +
                                    R"(
  mul.wide.u32 %rd3, %r3, 16;
  add.u64 %rd4, %rd1, %rd3;
  mov.u32 %r5, 0;
  setp.ne.u32 %p1, %r2, 0;
  @%p1 bra READ;
WRITE:
  add.u32 %r5, %r5, 1;
  not.b32 %r6, %r5;
  st.relaxed)" + type + " [%rd4], " +
                                    vector + R"(;
  setp.lt.u32 %p2, %r5, %r1;
  @%p2 bra WRITE;
  ret;
READ:
  ld.relaxed)" + type + " " + loaded +
                                    R"(, [%rd4];
  not.b32 %r11, )" + (words == 2 ? "%r8" : "%r10") +
                                    R"(;
  setp.ne.u32 %p3, %r7, %r11;
  @%p3 red.global.add.u32 [%rd2], 1;
  setp.lt.u32 %p2, %r7, %r1;
  @%p2 bra READ;
  ret;
}
)");
      std::vector<std::uint32_t> start(128);
      for (std::size_t i = 0; i < start.size(); ++i) start[i] = i % 4 == 0 ? 0 : ~0u;
      const CUdeviceptr cells = copy_in(start), torn = copy_in(std::vector<std::uint32_t>(1));
      run(function, {2, 1, 1}, {32, 1, 1}, 0, cells, torn, 200000u);
      EXPECT_EQ(copy_out<std::uint32_t>(torn, 1)[0], 0u) << words << " words, one address: " << one_address;
    }
  }
}

}  // namespace
}  // namespace vgpu::programs
