// Sorting, scanning and selecting by Thrust and CUB, whose blocks wait for what other blocks found.
#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/extrema.h>
#include <thrust/host_vector.h>
#include <thrust/inner_product.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sequence.h>
#include <thrust/sort.h>
#include <thrust/unique.h>

#include <algorithm>
#include <cub/cub.cuh>
#include <numeric>
#include <vector>

#include "check.h"

struct Descending {
  __host__ __device__ bool operator()(int a, int b) const { return a > b; }
};

struct IsEven {
  __host__ __device__ bool operator()(int value) const { return value % 2 == 0; }
};

std::vector<int> random_values(int count) {
  std::vector<int> values(count);
  unsigned random = 1;
  for (int& value : values) {
    random = random * 1664525u + 1013904223u;
    value = int(random >> 4) % 50000 - 25000;
  }
  return values;
}

template <class T>
bool equal(const thrust::device_vector<T>& device, const std::vector<T>& host) {
  const thrust::host_vector<T> copy = device;
  return copy.size() == host.size() && std::equal(host.begin(), host.end(), copy.begin());
}

void reductions_and_scans(const std::vector<int>& host) {
  const thrust::device_vector<int> device(host.begin(), host.end());
  EXPECT(thrust::reduce(device.begin(), device.end()) == std::accumulate(host.begin(), host.end(), 0));
  EXPECT(*thrust::max_element(device.begin(), device.end()) == *std::max_element(host.begin(), host.end()));
  thrust::device_vector<int> sums(host.size());
  thrust::inclusive_scan(device.begin(), device.end(), sums.begin());
  std::vector<int> expected(host.size());
  std::partial_sum(host.begin(), host.end(), expected.begin());
  EXPECT(equal(sums, expected));
  const thrust::device_vector<float> twos(1000, 2.0f), threes(1000, 3.0f);
  EXPECT(thrust::inner_product(twos.begin(), twos.end(), threes.begin(), 0.0f) == 6000.0f);
}

void sorting(std::vector<int> host) {
  thrust::device_vector<int> keys(host.begin(), host.end()), values(host.size());
  thrust::sequence(values.begin(), values.end());
  thrust::stable_sort_by_key(keys.begin(), keys.end(), values.begin());
  std::vector<int> order(host.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return host[a] < host[b]; });
  EXPECT(equal(values, order));
  thrust::sort(keys.begin(), keys.end(), Descending());
  std::sort(host.begin(), host.end(), Descending());
  EXPECT(equal(keys, host));
}

void selecting(std::vector<int> host) {
  std::sort(host.begin(), host.end());
  thrust::device_vector<int> device(host.begin(), host.end()), even(host.size());
  const auto copied = thrust::copy_if(device.begin(), device.end(), even.begin(), IsEven());
  EXPECT(copied - even.begin() == std::count_if(host.begin(), host.end(), IsEven()));
  device.erase(thrust::unique(device.begin(), device.end()), device.end());
  host.erase(std::unique(host.begin(), host.end()), host.end());
  EXPECT(equal(device, host));
}

void wide_keys(int count) {
  std::vector<unsigned long long> host(count);
  unsigned long long random = 1;
  for (auto& key : host) key = random = random * 6364136223846793005ull + 1442695040888963407ull;
  thrust::device_vector<unsigned long long> keys(host.begin(), host.end()), sorted(count);
  std::size_t bytes = 0;
  const auto sort = [&](void* work) {
    return cub::DeviceRadixSort::SortKeys(work, bytes, thrust::raw_pointer_cast(keys.data()),
                                          thrust::raw_pointer_cast(sorted.data()), count);
  };
  CHECK(sort(nullptr));
  void* work = nullptr;
  CHECK(cudaMalloc(&work, bytes));
  CHECK(sort(work));
  std::sort(host.begin(), host.end());
  EXPECT(equal(sorted, host));
}

int main() {
  const std::vector<int> values = random_values(100000);
  reductions_and_scans(values);
  sorting(values);
  for (int round = 0; round < 10; ++round) selecting(values);
  wide_keys(100000);
  return wrong;
}
