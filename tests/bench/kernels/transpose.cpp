#include <vector>

#include "tests/bench/kernels/device.h"
#include "tests/bench/kernels/native.h"

namespace vgpu::bench {
namespace {

// Tiles of 32 by 32 by blocks of 32 by 8 threads; a row of the tile in shared memory is a word longer, as is usual.
const std::string kText = [] {
  std::string text = R"(
.shared .align 4 .b8 tile[4224];
.visible .entry k(.param .u64 from, .param .u64 to, .param .u32 size)
{
  .reg .b32 %r<24>;
  .reg .b64 %rd<12>, %a<5>, %b<5>;
  .reg .f32 %x<4>, %y<4>;
  ld.param.u64 %rd1, [from];
  ld.param.u64 %rd2, [to];
  ld.param.u32 %r1, [size];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ctaid.y;
  mov.u32 %r4, %tid.x;
  mov.u32 %r5, %tid.y;
  shl.b32 %r6, %r2, 5;
  shl.b32 %r7, %r3, 5;
  add.u32 %r8, %r6, %r4;
  add.u32 %r9, %r7, %r5;
  mad.lo.u32 %r10, %r9, %r1, %r8;
  mul.wide.u32 %rd3, %r10, 4;
  add.s64 %a0, %rd1, %rd3;
  mul.wide.u32 %rd5, %r1, 32;
  mov.u32 %r11, tile;
  mad.lo.u32 %r12, %r5, 132, %r11;
  shl.b32 %r13, %r4, 2;
  add.u32 %r14, %r12, %r13;
)";
  for (int part = 0; part < 4; ++part) {
    const std::string value = "%x" + std::to_string(part);
    text += "  ld.global.f32 " + value + ", [%a" + std::to_string(part) + "];\n  st.shared.f32 [%r14+" +
            std::to_string(part * 8 * 132) + "], " + value + ";\n  add.s64 %a" + std::to_string(part + 1) + ", %a" +
            std::to_string(part) + ", %rd5;\n";
  }
  text += R"(
  bar.sync 0;
  add.u32 %r15, %r7, %r4;
  add.u32 %r16, %r6, %r5;
  mad.lo.u32 %r17, %r16, %r1, %r15;
  mul.wide.u32 %rd6, %r17, 4;
  add.s64 %b0, %rd2, %rd6;
  mad.lo.u32 %r18, %r4, 132, %r11;
  shl.b32 %r19, %r5, 2;
  add.u32 %r20, %r18, %r19;
)";
  for (int part = 0; part < 4; ++part) {
    const std::string value = "%y" + std::to_string(part);
    text += "  ld.shared.f32 " + value + ", [%r20+" + std::to_string(part * 32) + "];\n  st.global.f32 [%b" +
            std::to_string(part) + "], " + value + ";\n  add.s64 %b" + std::to_string(part + 1) + ", %b" +
            std::to_string(part) + ", %rd5;\n";
  }
  return text + "  ret;\n}\n";
}();

std::vector<float> matrix(std::size_t size) {
  std::vector<float> list(size * size);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<float>(i);
  return list;
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(0) * 8);
}

// The argument is the number of rows, and of columns.
void transpose_vgpu(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto list = matrix(size);
  std::vector<float> result(list.size()), reference(list.size());
  const Kernel kernel(kText);
  const Buffer from{std::span(list)}, to(list.size() * sizeof(float));
  const unsigned tiles = static_cast<unsigned>(size / 32);
  const auto run = [&] {
    kernel.launch({tiles, tiles}, {32, 8}, from.address(), to.address(), static_cast<unsigned>(size));
    synchronize();
  };
  run();
  to.copy_to(std::span(result));
  native_transpose(list, size, reference);
  if (!agrees(state, result, reference, 0)) return;
  for ([[maybe_unused]] const auto _ : state) run();
  report(state);
}

void transpose_native(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto list = matrix(size);
  std::vector<float> result(list.size());
  for ([[maybe_unused]] const auto _ : state) {
    native_transpose(list, size, result);
    benchmark::ClobberMemory();
  }
  report(state);
}

BENCHMARK(transpose_vgpu)->Arg(256)->Arg(2048)->UseRealTime();
BENCHMARK(transpose_native)->Arg(256)->Arg(2048)->UseRealTime();

}  // namespace
}  // namespace vgpu::bench
