#include <functional>

#include "tests/bench/kernels/device.h"

namespace vgpu::bench {
namespace {

const std::string kText = ".visible .entry k(.param .u32 unused)\n{\n  ret;\n}\n";

// From the call to its return; the launches that are under way are waited for outside of what is measured.
void launch_enqueue_vgpu(benchmark::State& state) {
  constexpr int kBatch = 1000;
  const Kernel kernel(kText);
  kernel.launch({}, {32}, 0U);
  synchronize();
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < kBatch; ++i) kernel.launch({}, {32}, 0U);
    state.PauseTiming();
    synchronize();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

// From the call until the work is known to be done.
void launch_and_wait_vgpu(benchmark::State& state) {
  const Kernel kernel(kText);
  for ([[maybe_unused]] const auto _ : state) {
    kernel.launch({}, {32}, 0U);
    synchronize();
  }
}

// What a call of the same work costs that is not known when the program is compiled.
void launch_and_wait_native(benchmark::State& state) {
  std::function<void(unsigned)> call = [](unsigned value) { benchmark::DoNotOptimize(value); };
  benchmark::DoNotOptimize(call);
  for ([[maybe_unused]] const auto _ : state) {
    for (unsigned lane = 0; lane < 32; ++lane) call(lane);
  }
}

BENCHMARK(launch_enqueue_vgpu)->UseRealTime();
BENCHMARK(launch_and_wait_vgpu)->UseRealTime();
BENCHMARK(launch_and_wait_native)->UseRealTime();

}  // namespace
}  // namespace vgpu::bench
