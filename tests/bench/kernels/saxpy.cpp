#include <vector>

#include "tests/bench/kernels/device.h"
#include "tests/bench/kernels/native.h"

namespace vgpu::bench {
namespace {

constexpr float kFactor = 0.5F;

constexpr const char* kText = R"(
.visible .entry k(.param .u64 x, .param .u64 y, .param .f32 a, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<6>;
  .reg .f32 %f<5>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  mad.lo.u32 %r4, %r1, %r2, %r3;
  ld.param.u32 %r5, [count];
  setp.ge.u32 %p1, %r4, %r5;
  @%p1 bra done;
  ld.param.u64 %rd1, [x];
  ld.param.u64 %rd2, [y];
  ld.param.f32 %f1, [a];
  mul.wide.u32 %rd3, %r4, 4;
  add.s64 %rd4, %rd1, %rd3;
  add.s64 %rd5, %rd2, %rd3;
  ld.global.f32 %f2, [%rd4];
  ld.global.f32 %f3, [%rd5];
  fma.rn.f32 %f4, %f1, %f2, %f3;
  st.global.f32 [%rd5], %f4;
done:
  ret;
}
)";

std::vector<float> values(std::size_t count) {
  std::vector<float> list(count);
  for (std::size_t i = 0; i < count; ++i) list[i] = static_cast<float>(i % 1000) - 500;
  return list;
}

void launch(const Kernel& kernel, const Buffer& x, const Buffer& y, std::size_t count) {
  constexpr unsigned kThreads = 256;
  kernel.launch({static_cast<unsigned>((count + kThreads - 1) / kThreads)}, {kThreads}, x.address(), y.address(),
                kFactor, static_cast<unsigned>(count));
  synchronize();
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0) * 3);
}

// The argument is the bytes of one of the vectors.
void saxpy_vgpu(benchmark::State& state) {
  const std::size_t count = static_cast<std::size_t>(state.range(0)) / sizeof(float);
  const auto list = values(count);
  const Kernel kernel(kText);
  const Buffer x{std::span(list)}, y{std::span(list)};
  launch(kernel, x, y, count);
  std::vector<float> result(count), reference = list;
  y.copy_to(std::span(result));
  native_saxpy(kFactor, list, reference);
  if (!agrees(state, result, reference, 0)) return;
  for ([[maybe_unused]] const auto _ : state) launch(kernel, x, y, count);
  report(state);
}

void saxpy_native(benchmark::State& state) {
  const auto x = values(static_cast<std::size_t>(state.range(0)) / sizeof(float));
  auto y = x;
  for ([[maybe_unused]] const auto _ : state) {
    native_saxpy(kFactor, x, y);
    benchmark::ClobberMemory();
  }
  report(state);
}

BENCHMARK(saxpy_vgpu)->RangeMultiplier(4)->Range(1 << 10, 1 << 30)->UseRealTime();
BENCHMARK(saxpy_native)->RangeMultiplier(4)->Range(1 << 10, 1 << 30)->UseRealTime();

}  // namespace
}  // namespace vgpu::bench
