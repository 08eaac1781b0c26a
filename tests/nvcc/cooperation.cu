// Cooperative groups: grids, tiles, and groups that are made by what lanes hold.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

#include "check.h"

namespace cg = cooperative_groups;

__global__ void rotate(int* values, int count, int rounds) {
  const cg::grid_group grid = cg::this_grid();
  for (int round = 0; round < rounds; ++round) {
    for (int i = grid.thread_rank(); i < count; i += grid.size()) {
      values[(round + 1) * count + i] = values[round * count + (i + 1) % count] + 1;
    }
    grid.sync();
  }
}

__global__ void tiles(int* sums, int* scans, int* maxima) {
  const auto tile = cg::tiled_partition<8>(cg::this_thread_block());
  sums[threadIdx.x] = cg::reduce(tile, int(threadIdx.x), cg::plus<int>());
  scans[threadIdx.x] = cg::inclusive_scan(tile, 2, cg::plus<int>());
  maxima[threadIdx.x] = cg::reduce(tile, int(threadIdx.x), cg::greater<int>());
}

__global__ void coalesced(int* ranks) {
  if (threadIdx.x % 3 != 0) return;
  const auto group = cg::coalesced_threads();
  ranks[threadIdx.x] = group.thread_rank() * 100 + group.size();
}

__global__ void labelled(int* ranks) {
  const auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  const auto group = cg::labeled_partition(warp, threadIdx.x % 5);
  ranks[threadIdx.x] = cg::reduce(group, 1, cg::plus<int>()) * 100 + group.thread_rank();
}

__global__ void binary(int* sizes) {
  const auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  sizes[threadIdx.x] = cg::binary_partition(warp, threadIdx.x % 4 == 0).size();
}

// The lanes of the same warp, up to and without the thread, that the condition holds for; `*all`: of the whole warp.
template <class Condition>
int rank_of(int thread, int threads, Condition condition, int* all) {
  int rank = 0;
  *all = 0;
  for (int other = thread / 32 * 32; other < thread / 32 * 32 + 32 && other < threads; ++other) {
    *all += condition(other);
    rank += condition(other) && other < thread;
  }
  return rank;
}

int main() {
  const int count = 1000, rounds = 5, threads = 128;
  int* values = managed<int>(count * (rounds + 1));
  for (int i = 0; i < count; ++i) values[i] = i;
  int count_argument = count, rounds_argument = rounds;
  void* arguments[] = {&values, &count_argument, &rounds_argument};
  CHECK(cudaLaunchCooperativeKernel((void*)rotate, dim3(8), dim3(64), arguments, 0, 0));
  int *sums = managed<int>(threads), *scans = managed<int>(threads), *maxima = managed<int>(threads);
  int *ranks = managed<int>(threads), *labels = managed<int>(threads), *sizes = managed<int>(threads);
  tiles<<<1, threads>>>(sums, scans, maxima);
  coalesced<<<1, threads>>>(ranks);
  labelled<<<1, threads>>>(labels);
  binary<<<1, threads>>>(sizes);
  CHECK(cudaDeviceSynchronize());
  int mistakes = 0;
  for (int i = 0; i < count; ++i) mistakes += values[rounds * count + i] != (i + rounds) % count + rounds;
  EXPECT(mistakes == 0);
  for (int i = 0; i < threads; ++i) {
    const int first = i & ~7;
    EXPECT(sums[i] == 8 * first + 28);
    EXPECT(scans[i] == 2 * (i - first + 1));
    EXPECT(maxima[i] == first + 7);
    int all = 0;
    int rank = rank_of(i, threads, [](int t) { return t % 3 == 0; }, &all);
    EXPECT(ranks[i] == (i % 3 == 0 ? rank * 100 + all : 0));
    rank = rank_of(i, threads, [i](int t) { return t % 5 == i % 5; }, &all);
    EXPECT(labels[i] == all * 100 + rank);
    EXPECT(sizes[i] == (i % 4 == 0 ? 8 : 24));
  }
  return wrong;
}
