#include <vector>

#include "tests/bench/kernels/device.h"
#include "tests/bench/kernels/native.h"

namespace vgpu::bench {
namespace {

// The textbook's kernel: blocks of 16 by 16 threads, tiles of both matrices in shared memory, a value for each thread.
const std::string kText = [] {
  std::string text = R"(
.shared .align 4 .b8 left[1024];
.shared .align 4 .b8 right[1024];
.visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 size)
{
  .reg .pred %p<2>;
  .reg .b32 %r<24>;
  .reg .b64 %rd<12>;
  .reg .f32 %f<4>, %x<16>, %y<16>, %z<16>;
  ld.param.u64 %rd1, [a];
  ld.param.u64 %rd2, [b];
  ld.param.u64 %rd3, [c];
  ld.param.u32 %r1, [size];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ctaid.y;
  mov.u32 %r4, %tid.x;
  mov.u32 %r5, %tid.y;
  shl.b32 %r20, %r2, 4;
  add.u32 %r6, %r20, %r4;
  shl.b32 %r21, %r3, 4;
  add.u32 %r7, %r21, %r5;
  mad.lo.u32 %r8, %r7, %r1, %r4;
  mul.wide.u32 %rd8, %r8, 4;
  add.s64 %rd4, %rd1, %rd8;
  mad.lo.u32 %r9, %r5, %r1, %r6;
  mul.wide.u32 %rd9, %r9, 4;
  add.s64 %rd5, %rd2, %rd9;
  mul.wide.u32 %rd6, %r1, 64;
  shl.b32 %r10, %r5, 6;
  shl.b32 %r11, %r4, 2;
  mov.u32 %r12, left;
  mov.u32 %r13, right;
  add.u32 %r14, %r12, %r10;
  add.u32 %r15, %r13, %r11;
  add.u32 %r16, %r14, %r11;
  add.u32 %r17, %r15, %r10;
  mov.f32 %f1, 0f00000000;
  mov.u32 %r18, 0;
next:
  ld.global.f32 %f2, [%rd4];
  ld.global.f32 %f3, [%rd5];
  st.shared.f32 [%r16], %f2;
  st.shared.f32 [%r17], %f3;
  bar.sync 0;
)";
  for (int k = 0; k < 16; ++k) {
    const std::string left = "%x" + std::to_string(k), right = "%y" + std::to_string(k);
    const std::string before = k == 0 ? "%f1" : "%z" + std::to_string(k),
                      after = k == 15 ? "%f1" : "%z" + std::to_string(k + 1);
    text += "  ld.shared.f32 " + left + ", [%r14+" + std::to_string(k * 4) + "];\n  ld.shared.f32 " + right +
            ", [%r15+" + std::to_string(k * 64) + "];\n  fma.rn.f32 " + after + ", " + left + ", " + right + ", " +
            before + ";\n";
  }
  return text + R"(
  bar.sync 0;
  add.s64 %rd4, %rd4, 64;
  add.s64 %rd5, %rd5, %rd6;
  add.u32 %r18, %r18, 16;
  setp.lt.u32 %p1, %r18, %r1;
  @%p1 bra next;
  mad.lo.u32 %r19, %r7, %r1, %r6;
  mul.wide.u32 %rd10, %r19, 4;
  add.s64 %rd7, %rd3, %rd10;
  st.global.f32 [%rd7], %f1;
  ret;
}
)";
}();

std::vector<float> matrix(std::size_t size, unsigned seed) {
  std::vector<float> list(size * size);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<float>((i * 7919 + seed) % 101) / 101;
  return list;
}

void report(benchmark::State& state) {
  const double size = static_cast<double>(state.range(0));
  state.counters["FLOPS"] = benchmark::Counter(2 * size * size * size, benchmark::Counter::kIsIterationInvariantRate);
}

// The argument is the number of rows, and of columns.
void sgemm_vgpu(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto left = matrix(size, 1), right = matrix(size, 2);
  std::vector<float> result(left.size()), reference(left.size());
  const Kernel kernel(kText);
  const Buffer a{std::span(left)}, b{std::span(right)}, c(left.size() * sizeof(float));
  const unsigned tiles = static_cast<unsigned>(size / 16);
  const auto run = [&] {
    kernel.launch({tiles, tiles}, {16, 16}, a.address(), b.address(), c.address(), static_cast<unsigned>(size));
    synchronize();
  };
  run();
  c.copy_to(std::span(result));
  native_sgemm(left, right, size, reference);
  if (!agrees(state, result, reference, 1e-5F)) return;
  for ([[maybe_unused]] const auto _ : state) run();
  report(state);
}

void sgemm_native(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto left = matrix(size, 1), right = matrix(size, 2);
  std::vector<float> result(left.size());
  for ([[maybe_unused]] const auto _ : state) {
    native_sgemm(left, right, size, result);
    benchmark::ClobberMemory();
  }
  report(state);
}

BENCHMARK(sgemm_vgpu)->Arg(128)->Arg(512)->UseRealTime();
BENCHMARK(sgemm_native)->Arg(128)->Arg(512)->UseRealTime();

}  // namespace
}  // namespace vgpu::bench
