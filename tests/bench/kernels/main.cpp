// kernel_bench [BENCHMARK-OPTION…]: kernels of hand-written PTX on a vGPU, against native loops in one thread. The vGPU
// has one thread too, unless VGPU_THREADS says otherwise, and keeps no compiled kernels, unless CUDA_CACHE_DISABLE
// does.
#include <cstdlib>

#include "tests/bench/kernels/ratios.h"

int main(int argc, char** argv) {
  ::setenv("VGPU_THREADS", "1", 0);
  ::setenv("CUDA_CACHE_DISABLE", "1", 0);
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  vgpu::bench::RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
