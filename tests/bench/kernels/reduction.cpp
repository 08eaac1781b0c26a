#include <vector>

#include "tests/bench/kernels/device.h"
#include "tests/bench/kernels/native.h"

namespace vgpu::bench {
namespace {

constexpr std::size_t kLength = 4096;  // of what a block sums
constexpr unsigned kThreads = 256;

// Each thread sums 16 values, a warp its threads' sums by shuffles, and the first warp those of the others, which meet
// in shared memory.
const std::string kText = R"(
.shared .align 4 .b8 cells[32];
.visible .entry k(.param .u64 values, .param .u64 sums)
{
  .reg .pred %p<6>;
  .reg .b32 %r<16>;
  .reg .b64 %rd<9>;
  .reg .f32 %f<26>;
  ld.param.u64 %rd1, [values];
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %tid.x;
  mul.wide.u32 %rd2, %r1, 16384;
  mul.wide.u32 %rd3, %r2, 4;
  add.s64 %rd8, %rd1, %rd2;
  add.s64 %rd4, %rd8, %rd3;
  mov.f32 %f1, 0f00000000;
  mov.u32 %r3, 0;
next:
  ld.global.f32 %f2, [%rd4];
  add.f32 %f1, %f1, %f2;
  add.s64 %rd4, %rd4, 1024;
  add.u32 %r3, %r3, 1;
  setp.lt.u32 %p1, %r3, 16;
  @%p1 bra next;
  shfl.sync.bfly.b32 %f10, %f1, 16, 31, -1;
  add.f32 %f11, %f1, %f10;
  shfl.sync.bfly.b32 %f12, %f11, 8, 31, -1;
  add.f32 %f13, %f11, %f12;
  shfl.sync.bfly.b32 %f14, %f13, 4, 31, -1;
  add.f32 %f15, %f13, %f14;
  shfl.sync.bfly.b32 %f16, %f15, 2, 31, -1;
  add.f32 %f17, %f15, %f16;
  shfl.sync.bfly.b32 %f18, %f17, 1, 31, -1;
  add.f32 %f19, %f17, %f18;
  and.b32 %r4, %r2, 31;
  shr.u32 %r5, %r2, 5;
  shl.b32 %r6, %r5, 2;
  mov.u32 %r7, cells;
  add.u32 %r8, %r7, %r6;
  setp.ne.u32 %p2, %r4, 0;
  @%p2 bra stored;
  st.shared.f32 [%r8], %f19;
stored:
  bar.sync 0;
  setp.gt.u32 %p3, %r2, 31;
  @%p3 bra done;
  mov.f32 %f3, 0f00000000;
  setp.gt.u32 %p4, %r4, 7;
  @%p4 bra loaded;
  shl.b32 %r9, %r4, 2;
  add.u32 %r10, %r7, %r9;
  ld.shared.f32 %f3, [%r10];
loaded:
  shfl.sync.bfly.b32 %f20, %f3, 4, 31, -1;
  add.f32 %f21, %f3, %f20;
  shfl.sync.bfly.b32 %f22, %f21, 2, 31, -1;
  add.f32 %f23, %f21, %f22;
  shfl.sync.bfly.b32 %f24, %f23, 1, 31, -1;
  add.f32 %f25, %f23, %f24;
  setp.ne.u32 %p5, %r4, 0;
  @%p5 bra done;
  ld.param.u64 %rd5, [sums];
  mul.wide.u32 %rd6, %r1, 4;
  add.s64 %rd7, %rd5, %rd6;
  st.global.f32 [%rd7], %f25;
done:
  ret;
}
)";

std::vector<float> values(benchmark::State& state) {
  std::vector<float> list(static_cast<std::size_t>(state.range(0)) * kLength);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<float>(i % 97) / 97;
  return list;
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<long>(kLength * sizeof(float)));
}

// The argument is the number of blocks.
void reduction_vgpu(benchmark::State& state) {
  const auto list = values(state);
  std::vector<float> sums(static_cast<std::size_t>(state.range(0))), reference = sums;
  const Kernel kernel(kText);
  const Buffer in{std::span(list)}, out(sums.size() * sizeof(float));
  const auto run = [&] {
    kernel.launch({static_cast<unsigned>(sums.size())}, {kThreads}, in.address(), out.address());
    synchronize();
  };
  run();
  out.copy_to(std::span(sums));
  native_reduction(list, kLength, reference);
  if (!agrees(state, sums, reference, 1e-5F)) return;
  for ([[maybe_unused]] const auto _ : state) run();
  report(state);
}

void reduction_native(benchmark::State& state) {
  const auto list = values(state);
  std::vector<float> sums(static_cast<std::size_t>(state.range(0)));
  for ([[maybe_unused]] const auto _ : state) {
    native_reduction(list, kLength, sums);
    benchmark::ClobberMemory();
  }
  report(state);
}

BENCHMARK(reduction_vgpu)->Arg(64)->Arg(4096)->UseRealTime();
BENCHMARK(reduction_native)->Arg(64)->Arg(4096)->UseRealTime();

}  // namespace
}  // namespace vgpu::bench
