// Atomic operations of every kind that CUDA C++ has, and what programs build of them.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "check.h"

struct Results {
  int sum, difference, minimum, maximum, bits_set, bits_left, parity, swapped;
  unsigned incremented, decremented;
  int by_compare;
  unsigned long long wide_sum, wide_maximum, wide_by_compare;
  long long wide_minimum;
  float single;
  double twofold;
  __half half;
  __half2 halves;
  __nv_bfloat16 brain;
  unsigned short narrow_by_compare;
  float of_system;
  int of_block;
};

__global__ void everything(Results* results) {
  const int thread = blockIdx.x * blockDim.x + threadIdx.x;
  atomicAdd(&results->sum, thread);
  atomicSub(&results->difference, thread);
  atomicMin(&results->minimum, -thread);
  atomicMax(&results->maximum, thread);
  atomicOr(&results->bits_set, 1 << (thread & 31));
  atomicAnd(&results->bits_left, ~(1 << (thread & 15)));
  atomicXor(&results->parity, thread);
  atomicExch(&results->swapped, 7);
  atomicInc(&results->incremented, 99);
  atomicDec(&results->decremented, 50);
  atomicAdd(&results->wide_sum, 1ull << 33);
  atomicMax(&results->wide_maximum, static_cast<unsigned long long>(thread) << 32);
  atomicMin(&results->wide_minimum, -static_cast<long long>(thread));
  atomicAdd(&results->single, 0.5f);
  atomicAdd(&results->twofold, 0.25);
  atomicAdd(&results->half, __float2half(1));
  atomicAdd(&results->halves, __floats2half2_rn(1, 2));
#if __CUDA_ARCH__ >= 800
  atomicAdd(&results->brain, __float2bfloat16(1));
#endif
  atomicAdd_system(&results->of_system, 1.0f);
  atomicAdd_block(&results->of_block, 1);
}

template <class T>
__device__ void add_by_compare(T* target, T value) {
  T old = *target, seen;
  do {
    seen = old;
    old = atomicCAS(target, seen, static_cast<T>(seen + value));
  } while (old != seen);
}

__global__ void compare_and_swap(Results* results) {
  add_by_compare(&results->by_compare, 2);
  add_by_compare(&results->wide_by_compare, 3ull);
  add_by_compare<unsigned short>(&results->narrow_by_compare, 1);
}

__global__ void histogram(const int* values, int* counts, int count) {
  __shared__ int bins[64];
  if (threadIdx.x < 64) bins[threadIdx.x] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    atomicAdd(&bins[values[i] & 63], 1);
  }
  __syncthreads();
  if (threadIdx.x < 64) atomicAdd(&counts[threadIdx.x], bins[threadIdx.x]);
}

__device__ int lock, guarded;

__global__ void take_the_lock() {
  if (threadIdx.x != 0) return;
  while (atomicCAS(&lock, 0, 1) != 0) {
  }
  __threadfence();
  *static_cast<volatile int*>(&guarded) += 1;
  __threadfence();
  atomicExch(&lock, 0);
}

__device__ unsigned blocks_done;

__global__ void sum_in_the_last_block(volatile int* parts, int* sum) {
  __shared__ bool is_last;
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = blockIdx.x;
    __threadfence();
    is_last = atomicInc(&blocks_done, gridDim.x - 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (!is_last || threadIdx.x != 0) return;
  int total = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) total += parts[i];
  *sum = total;
}

int main() {
  const int blocks = 20, threads = 100, all = blocks * threads;
  Results* const results = managed<Results>(1);
  results->bits_left = -1;
  results->decremented = 10;
  everything<<<blocks, threads>>>(results);
  compare_and_swap<<<blocks, threads>>>(results);
  CHECK(cudaDeviceSynchronize());
  int parity = 0;
  unsigned incremented = 0, decremented = 10;
  for (int i = 0; i < all; ++i) {
    parity ^= i;
    incremented = incremented >= 99 ? 0 : incremented + 1;
    decremented = decremented == 0 || decremented > 50 ? 50 : decremented - 1;
  }
  EXPECT(results->sum == all * (all - 1) / 2);
  EXPECT(results->difference == -all * (all - 1) / 2);
  EXPECT(results->minimum == 1 - all);
  EXPECT(results->maximum == all - 1);
  EXPECT(results->bits_set == -1);
  EXPECT(results->bits_left == -65536);
  EXPECT(results->parity == parity);
  EXPECT(results->swapped == 7);
  EXPECT(results->incremented == incremented);
  EXPECT(results->decremented == decremented);
  EXPECT(results->by_compare == 2 * all);
  EXPECT(results->wide_sum == static_cast<unsigned long long>(all) << 33);
  EXPECT(results->wide_maximum == static_cast<unsigned long long>(all - 1) << 32);
  EXPECT(results->wide_minimum == 1 - all);
  EXPECT(results->wide_by_compare == 3ull * all);
  EXPECT(results->narrow_by_compare == all);
  EXPECT(results->single == all / 2);
  EXPECT(results->twofold == all / 4);
  EXPECT(__half2float(results->half) == all);
  EXPECT(__low2float(results->halves) == all && __high2float(results->halves) == 2 * all);
  EXPECT(results->of_system == all);
  EXPECT(results->of_block == all);
  int major = 0;
  CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  // 1 is too little to change 256 in eight bits of precision.
  if (major >= 8) EXPECT(__bfloat162float(results->brain) == 256);

  const int count = 10000;
  int *values = managed<int>(count), *counts = managed<int>(64), expected[64] = {};
  for (int i = 0; i < count; ++i) {
    values[i] = i * 7919;
    ++expected[values[i] & 63];
  }
  histogram<<<7, 96>>>(values, counts, count);
  take_the_lock<<<50, 64>>>();
  CHECK(cudaDeviceSynchronize());
  for (int i = 0; i < 64; ++i) EXPECT(counts[i] == expected[i]);
  int entered = 0;
  CHECK(cudaMemcpyFromSymbol(&entered, guarded, sizeof entered));
  EXPECT(entered == 50);
  for (int round = 0; round < 3; ++round) {
    counts[0] = 0;
    sum_in_the_last_block<<<77, 64>>>(values, counts);
    CHECK(cudaDeviceSynchronize());
    EXPECT(counts[0] == 77 * 76 / 2);
  }
  return wrong;
}
