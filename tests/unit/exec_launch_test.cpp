#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <vector>

#include "tests/unit/exec_fixture.h"

namespace vgpu::exec::test {
namespace {

using gpu::Status;

class ExecLaunch : public testing::Test {
 protected:
  ~ExecLaunch() override { backend.wait_all(); }
  void run(gpu::LaunchWork work) {
    backend.enqueue(*stream, std::move(work));
    backend.wait(*stream);
  }
  CpuBackend backend{small_device()};
  std::shared_ptr<gpu::StreamObject> stream = backend.create_stream(0);
};

struct Counters {
  std::atomic<std::uint32_t>* of_block;  // threads that ran, per linear block
};

void count_threads(WarpContext* context) {
  parameters_of<Counters>(context).of_block[linear_block(context)] +=
      static_cast<std::uint32_t>(__builtin_popcount(context->live));
}

TEST_F(ExecLaunch, RunsEveryThreadOfEveryBlockOnce) {
  NativeKernel kernel("count", {.function = count_threads});
  const gpu::Dimensions grids[] = {{1, 1, 1}, {7, 1, 1}, {1000, 1, 1}, {3, 5, 7}, {40000, 1, 1}, {1, 300, 2}};
  const gpu::Dimensions blocks[] = {{1, 1, 1}, {32, 1, 1}, {33, 1, 1}, {5, 7, 3}, {1024, 1, 1}};
  for (const auto& grid : grids) {
    for (const auto& block : blocks) {
      const std::size_t count = std::size_t{grid[0]} * grid[1] * grid[2];
      std::vector<std::atomic<std::uint32_t>> counters(count);
      run(launch(kernel, grid, block, Counters{counters.data()}));
      for (const auto& each : counters) ASSERT_EQ(each, block[0] * block[1] * block[2]);
    }
  }
  EXPECT_EQ(backend.status(), Status::Success);
}

struct Sums {
  std::uint64_t* result;  // one a block
  std::uint32_t rounds;
};

// A tree sum through shared memory with two barriers a round: wrong as soon as one warp runs ahead.
void sum_in_shared(WarpContext* context) {
  const auto& parameters = parameters_of<Sums>(context);
  auto* values = reinterpret_cast<std::uint64_t*>(context->shared);
  const std::uint32_t warps = (context->block_size[0] + kWarpSize - 1) / kWarpSize;
  std::uint64_t total = context->warp + 1;
  for (std::uint32_t round = 0; round < parameters.rounds; ++round) {
    values[context->warp] = total;
    context->services->barrier_sync(context, 0, 0, context->live);
    total = std::accumulate(values, values + warps, std::uint64_t{0}) % 1000003 + context->warp;
    context->services->barrier_sync(context, 0, 0, context->live);
  }
  if (context->warp == 0) parameters.result[linear_block(context)] = total;
}

TEST_F(ExecLaunch, BarriersKeepWarpsTogether) {
  NativeKernel kernel("sum", {.function = sum_in_shared, .static_shared_size = 32 * 8});
  for (const std::uint32_t threads : {32u, 64u, 100u, 1024u}) {
    const std::uint32_t warps = (threads + 31) / 32;
    std::vector<std::uint64_t> expected(warps);
    std::iota(expected.begin(), expected.end(), 1);
    for (int round = 0; round < 50; ++round) {
      const std::uint64_t sum = std::accumulate(expected.begin(), expected.end(), std::uint64_t{0}) % 1000003;
      for (std::uint32_t warp = 0; warp < warps; ++warp) expected[warp] = sum + warp;
    }
    std::vector<std::uint64_t> results(200);
    run(launch(kernel, {200, 1, 1}, {threads, 1, 1}, Sums{results.data(), 50}));
    for (const std::uint64_t result : results) ASSERT_EQ(result, expected[0]);
  }
}

// Warps that return early count as arrived.
void half_exit(WarpContext* context) {
  if (context->warp % 2 == 1) return;
  for (int i = 0; i < 3; ++i) context->services->barrier_sync(context, 0, 0, context->live);
  context->services->barrier_sync(context, 3, 256, context->live);
  ++parameters_of<Counters>(context).of_block[linear_block(context)];
}

TEST_F(ExecLaunch, ExitedWarpsCountAsArrived) {
  NativeKernel kernel("half_exit", {.function = half_exit});
  std::vector<std::atomic<std::uint32_t>> counters(10);
  run(launch(kernel, {10, 1, 1}, {256, 1, 1}, Counters{counters.data()}));
  for (const auto& each : counters) EXPECT_EQ(each, 4u);
  EXPECT_EQ(backend.status(), Status::Success);
}

// Producer warps arrive without waiting, consumers wait: bar.arrive and bar.sync with a thread count.
void produce_and_consume(WarpContext* context) {
  auto* value = reinterpret_cast<std::uint32_t*>(context->shared);
  if (context->warp == 1) {
    *value = 42;
    context->services->barrier_arrive(context, 5, 64, context->live);
  } else if (context->warp == 0) {
    *value = 0;
    context->services->barrier_sync(context, 5, 64, context->live);
    parameters_of<Counters>(context).of_block[0] = *value;
  }
}

TEST_F(ExecLaunch, NamedBarriersWithCounts) {
  NativeKernel kernel("produce", {.function = produce_and_consume, .static_shared_size = 16});
  std::vector<std::atomic<std::uint32_t>> counters(1);
  run(launch(kernel, {1, 1, 1}, {128, 1, 1}, Counters{counters.data()}));
  EXPECT_EQ(counters[0], 42u);
}

struct Reductions {
  std::uint32_t* results;  // 3 a warp
};

void reduce(WarpContext* context) {
  std::uint32_t* results = parameters_of<Reductions>(context).results + 3 * context->warp;
  const std::uint32_t predicate = context->warp == 1 ? 0x0Fu : ~0u;
  for (std::uint32_t operation = 0; operation < 3; ++operation) {
    results[operation] =
        context->services->barrier_reduce(context, 0, 0, operation, operation == 2 ? 0 : predicate, context->live);
  }
}

TEST_F(ExecLaunch, BarrierReductionsCoverAllThreads) {
  NativeKernel kernel("reduce", {.function = reduce});
  std::vector<std::uint32_t> results(9, 99);
  run(launch(kernel, {1, 1, 1}, {80, 1, 1}, Reductions{results.data()}));
  for (std::size_t warp = 0; warp < 3; ++warp) {
    EXPECT_EQ(results[3 * warp], 32u + 4u + 16u);
    EXPECT_EQ(results[3 * warp + 1], 0u);
    EXPECT_EQ(results[3 * warp + 2], 0u);
  }
}

struct Chain {
  std::atomic<std::uint32_t>* flags;
};

// Each block waits for the one before it, and each warp for the warp after it: look-back and intra-block spinning.
void look_back(WarpContext* context) {
  auto* flags = parameters_of<Chain>(context).flags;
  auto* warp_flags = reinterpret_cast<std::atomic<std::uint64_t>*>(context->shared);
  const std::uint64_t block = linear_block(context);
  if (context->warp == 0) {
    while (warp_flags[0] != block + 1) context->services->yield(context);
    while (block > 0 && flags[block - 1] == 0) context->services->yield(context);
    flags[block] = 1;
  } else {
    warp_flags[0] = block + 1;
  }
}

TEST_F(ExecLaunch, SpinningWarpsAndBlocksLetOthersRun) {
  NativeKernel kernel("look_back", {.function = look_back, .static_shared_size = 16});
  std::vector<std::atomic<std::uint32_t>> flags(3000);
  run(launch(kernel, {3000, 1, 1}, {64, 1, 1}, Chain{flags.data()}));
  for (const auto& flag : flags) ASSERT_EQ(flag, 1u);
}

struct GridBarrier {
  std::atomic<std::uint32_t>* arrived;
  std::uint32_t* late;
};

// Every block waits for all others, as cooperative groups' grid.sync() does.
void grid_sync(WarpContext* context) {
  const auto& parameters = parameters_of<GridBarrier>(context);
  const std::uint32_t all = context->grid_size[0] * 4;
  for (std::uint32_t round = 1; round <= 3; ++round) {
    ++*parameters.arrived;
    while (*parameters.arrived < round * all) context->services->yield(context);
  }
  context->services->barrier_sync(context, 0, 0, context->live);
  if (*parameters.arrived != 3 * all) ++*parameters.late;
}

TEST_F(ExecLaunch, CooperativeBlocksAreResidentTogether) {
  NativeKernel kernel("grid_sync", {.function = grid_sync});
  std::atomic<std::uint32_t> arrived{0};
  std::uint32_t late = 0;
  auto work = launch(kernel, {12, 1, 1}, {128, 1, 1}, GridBarrier{&arrived, &late});
  work.cooperative = true;
  run(std::move(work));
  EXPECT_EQ(arrived, 3u * 12 * 4);
  EXPECT_EQ(late, 0u);
}

struct Frames {
  std::atomic<std::uint32_t>* wrong;
};

void use_local_frames(WarpContext* context) {
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane) {
    auto* frame = reinterpret_cast<std::uint32_t*>(context->local + lane * context->local_stride);
    *frame = context->warp * 100 + lane;
  }
  context->services->barrier_sync(context, 0, 0, context->live);
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane) {
    const auto* frame = reinterpret_cast<std::uint32_t*>(context->local + lane * context->local_stride);
    if (*frame != context->warp * 100 + lane) ++*parameters_of<Frames>(context).wrong;
  }
}

TEST_F(ExecLaunch, EveryLaneHasItsOwnFrame) {
  NativeKernel kernel("frames", {.function = use_local_frames, .local_frame_size = 1000});
  std::atomic<std::uint32_t> wrong{0};
  run(launch(kernel, {20, 1, 1}, {512, 1, 1}, Frames{&wrong}));
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace vgpu::exec::test
