#include <vector>

#include "tests/bench/kernels/device.h"
#include "tests/bench/kernels/native.h"

namespace vgpu::bench {
namespace {

constexpr std::size_t kColumns = 2048;
constexpr std::size_t kScaled = 32;
constexpr unsigned kWarps = 4;  // of a block; each has a row

// What decoding a token mostly is: bytes with scales, by dp4a.
const std::string kText = R"(
.visible .entry k(.param .u64 matrix, .param .u64 scales, .param .u64 vector, .param .u64 vector_scales,
                  .param .u64 result, .param .u32 columns)
{
  .reg .pred %p<3>;
  .reg .b32 %r<20>;
  .reg .b64 %rd<20>;
  .reg .f32 %f<20>;
  ld.param.u64 %rd1, [matrix];
  ld.param.u64 %rd2, [scales];
  ld.param.u64 %rd3, [vector];
  ld.param.u64 %rd4, [vector_scales];
  ld.param.u32 %r1, [columns];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %tid.x;
  mov.u32 %r4, %tid.y;
  shl.b32 %r12, %r2, 2;
  add.u32 %r5, %r12, %r4;
  mul.wide.u32 %rd5, %r5, %r1;
  shr.u64 %rd6, %rd5, 3;
  shl.b32 %r6, %r3, 2;
  cvt.u64.u32 %rd7, %r6;
  add.s64 %rd16, %rd1, %rd5;
  add.s64 %rd8, %rd16, %rd7;
  add.s64 %rd9, %rd3, %rd7;
  shr.u32 %r7, %r3, 3;
  mul.wide.u32 %rd10, %r7, 4;
  add.s64 %rd17, %rd2, %rd6;
  add.s64 %rd11, %rd17, %rd10;
  add.s64 %rd12, %rd4, %rd10;
  mov.f32 %f1, 0f00000000;
  mov.u32 %r8, 0;
next:
  ld.global.u32 %r9, [%rd8];
  ld.global.u32 %r10, [%rd9];
  dp4a.s32.s32 %r11, %r9, %r10, 0;
  ld.global.f32 %f2, [%rd11];
  ld.global.f32 %f3, [%rd12];
  mul.f32 %f4, %f2, %f3;
  cvt.rn.f32.s32 %f5, %r11;
  fma.rn.f32 %f1, %f5, %f4, %f1;
  add.s64 %rd8, %rd8, 128;
  add.s64 %rd9, %rd9, 128;
  add.s64 %rd11, %rd11, 16;
  add.s64 %rd12, %rd12, 16;
  add.u32 %r8, %r8, 128;
  setp.lt.u32 %p1, %r8, %r1;
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
  setp.ne.u32 %p2, %r3, 0;
  @%p2 bra done;
  ld.param.u64 %rd13, [result];
  mul.wide.u32 %rd14, %r5, 4;
  add.s64 %rd15, %rd13, %rd14;
  st.global.f32 [%rd15], %f19;
done:
  ret;
}
)";

struct Numbers {
  Numbers(std::size_t rows, unsigned seed) : values(rows * kColumns), scales(rows * kColumns / kScaled) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int8_t>((i * 7919 + seed) % 251);
    for (std::size_t i = 0; i < scales.size(); ++i) scales[i] = static_cast<float>(i % 13 + 1) / 1000;
  }
  operator Quantized() const { return {values, scales}; }
  std::vector<std::int8_t> values;
  std::vector<float> scales;
};

void report(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<long>(kColumns + kColumns / 8));
}

// The argument is the number of rows.
void mat_vec_vgpu(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const Numbers matrix(rows, 1), vector(1, 2);
  std::vector<float> result(rows), reference(rows);
  const Kernel kernel(kText);
  const Buffer values{std::span(matrix.values)}, scales{std::span(matrix.scales)};
  const Buffer vector_values{std::span(vector.values)}, vector_scales{std::span(vector.scales)};
  const Buffer out(rows * sizeof(float));
  const auto run = [&] {
    kernel.launch({static_cast<unsigned>(rows / kWarps)}, {32, kWarps}, values.address(), scales.address(),
                  vector_values.address(), vector_scales.address(), out.address(), static_cast<unsigned>(kColumns));
    synchronize();
  };
  run();
  out.copy_to(std::span(result));
  native_mat_vec(matrix, vector, kColumns, reference);
  if (!agrees(state, result, reference, 1e-5F)) return;
  for ([[maybe_unused]] const auto _ : state) run();
  report(state);
}

void mat_vec_native(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const Numbers matrix(rows, 1), vector(1, 2);
  std::vector<float> result(rows);
  for ([[maybe_unused]] const auto _ : state) {
    native_mat_vec(matrix, vector, kColumns, result);
    benchmark::ClobberMemory();
  }
  report(state);
}

BENCHMARK(mat_vec_vgpu)->RangeMultiplier(4)->Range(64, 65536)->UseRealTime();
BENCHMARK(mat_vec_native)->RangeMultiplier(4)->Range(64, 65536)->UseRealTime();

}  // namespace
}  // namespace vgpu::bench
