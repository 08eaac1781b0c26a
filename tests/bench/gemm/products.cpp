#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/gemm.h"

namespace vgpu::bench {
namespace {

using blas::DataType;

// A prime number of random values, again and again.
std::vector<std::byte> random_values(DataType type, std::int64_t count, std::mt19937& random) {
  constexpr std::size_t kDistinct = 8191;
  std::vector<float> values(kDistinct);
  for (float& value : values) value = static_cast<float>(random() % 201) / 100 - 1;
  std::vector<std::byte> distinct(kDistinct * blas::size_of(type));
  if (type == DataType::I8) {
    for (std::byte& byte : distinct) byte = static_cast<std::byte>(random());
  } else {
    blas::from_float(type, values.data(), distinct.data(), kDistinct);
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(count) * blas::size_of(type));
  for (std::size_t at = 0; at < bytes.size(); at += distinct.size()) {
    std::memcpy(bytes.data() + at, distinct.data(), std::min(distinct.size(), bytes.size() - at));
  }
  return bytes;
}

// Arguments: whether A is transposed, m, n and k.
void product(benchmark::State& state, DataType in) {
  const bool integers = in == DataType::I8;
  const bool transposed = state.range(0) != 0;
  blas::GemmShape shape{.operation_a = transposed ? blas::Operation::Transpose : blas::Operation::None,
                        .m = state.range(1),
                        .n = state.range(2),
                        .k = state.range(3),
                        .type_a = in,
                        .type_b = in,
                        .type_c = integers ? DataType::I32 : DataType::F32,
                        .compute = integers ? blas::ComputeType::I32 : blas::ComputeType::F32};
  shape.lda = transposed ? shape.k : shape.m;
  shape.ldb = shape.k;
  shape.ldc = shape.m;
  std::mt19937 random(1);
  const auto a = random_values(in, shape.m * shape.k, random);
  const auto b = random_values(in, shape.k * shape.n, random);
  std::vector<float> c(static_cast<std::size_t>(shape.m * shape.n));
  const auto run = [&] {
    blas::gemm(shape, 1, 0, 1, [&](std::int64_t) { return blas::GemmOperands{a.data(), b.data(), c.data()}; });
  };
  run();
  for ([[maybe_unused]] const auto _ : state) run();
  const double operations = 2e-9 * static_cast<double>(shape.m * shape.n * shape.k);
  state.counters["GOPS"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMicrosecond)->MinTime(0.03);
  for (const std::int64_t m : {2048, 8192}) {
    for (const std::int64_t n : {1, 2, 8, 32, 128, 512}) benchmark->Args({1, m, n, 2048});
  }
  for (const std::int64_t n : {1, 8, 128}) benchmark->Args({0, 2048, n, 2048});
  benchmark->Args({1, 64, 64, 64})->Args({1, 1024, 1024, 1024})->Args({0, 1024, 1024, 1024});
}

BENCHMARK_CAPTURE(product, f32, DataType::F32)->Apply(shapes)->Name("f32");
BENCHMARK_CAPTURE(product, f16, DataType::F16)->Apply(shapes)->Name("f16");
BENCHMARK_CAPTURE(product, bf16, DataType::BF16)->Apply(shapes)->Name("bf16");
BENCHMARK_CAPTURE(product, i8, DataType::I8)->Apply(shapes)->Name("i8");

}  // namespace
}  // namespace vgpu::bench
