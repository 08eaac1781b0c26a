// gemm_bench [BENCHMARK-OPTION…]: matrix products of gpu/blas by type and shape, on one thread, and each one's speed
// as a multiple of the F32 product of the same shape.
#include "tests/bench/gemm/speeds.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  vgpu::bench::SpeedReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
