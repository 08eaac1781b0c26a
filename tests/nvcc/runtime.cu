// Symbols, streams, events, pinned, managed and pooled memory, graphs and resets, through the runtime that nvcc links
// into a program unless it is told otherwise.
#include <cstring>
#include <vector>

#include "check.h"

__constant__ float factors[4];
__device__ int counter;

__global__ void scale(float* values, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) values[i] *= factors[i % 4];
}

__global__ void count_threads(int limit) {
  if (int(blockIdx.x * blockDim.x + threadIdx.x) < limit) atomicAdd(&counter, 1);
}

__global__ void reverse(int* out) {
  extern __shared__ int values[];
  values[threadIdx.x] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = values[blockDim.x - 1 - threadIdx.x];
}

void streams() {
  const int count = 10000;
  const float host_factors[4] = {1, 2, 3, 4};
  CHECK(cudaMemcpyToSymbol(factors, host_factors, sizeof host_factors));
  float *device = nullptr, *pinned = nullptr;
  CHECK(cudaMalloc(&device, count * sizeof(float)));
  CHECK(cudaMallocHost(&pinned, count * sizeof(float)));
  for (int i = 0; i < count; ++i) pinned[i] = i;
  cudaStream_t stream;
  cudaEvent_t begin, end;
  CHECK(cudaStreamCreate(&stream));
  CHECK(cudaEventCreate(&begin));
  CHECK(cudaEventCreate(&end));
  CHECK(cudaEventRecord(begin, stream));
  CHECK(cudaMemcpyAsync(device, pinned, count * sizeof(float), cudaMemcpyHostToDevice, stream));
  scale<<<(count + 127) / 128, 128, 0, stream>>>(device, count);
  CHECK(cudaGetLastError());
  CHECK(cudaMemcpyAsync(pinned, device, count * sizeof(float), cudaMemcpyDeviceToHost, stream));
  CHECK(cudaEventRecord(end, stream));
  CHECK(cudaStreamSynchronize(stream));
  float milliseconds = -1;
  CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
  EXPECT(milliseconds >= 0);
  int mistakes = 0;
  for (int i = 0; i < count; ++i) mistakes += pinned[i] != i * host_factors[i % 4];
  EXPECT(mistakes == 0);

  cudaGraph_t graph;
  cudaGraphExec_t executable;
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  scale<<<(count + 127) / 128, 128, 0, stream>>>(device, count);
  CHECK(cudaStreamEndCapture(stream, &graph));
  CHECK(cudaGraphInstantiate(&executable, graph, 0));
  CHECK(cudaGraphLaunch(executable, stream));
  CHECK(cudaStreamSynchronize(stream));
  float fifth = 0;
  CHECK(cudaMemcpy(&fifth, device + 5, sizeof fifth, cudaMemcpyDeviceToHost));
  EXPECT(fifth == 5 * 2 * 2);
  CHECK(cudaGraphExecDestroy(executable));
  CHECK(cudaGraphDestroy(graph));
  CHECK(cudaFree(device));
  CHECK(cudaFreeHost(pinned));
  CHECK(cudaStreamDestroy(stream));
}

void memory() {
  const int zero = 0;
  CHECK(cudaMemcpyToSymbol(counter, &zero, sizeof zero));
  count_threads<<<100, 128>>>(10000);
  int counted = 0;
  CHECK(cudaMemcpyFromSymbol(&counted, counter, sizeof counted));
  EXPECT(counted == 10000);
  int* const shared = managed<int>(256);
  reverse<<<1, 256, 256 * sizeof(int)>>>(shared);
  CHECK(cudaDeviceSynchronize());
  EXPECT(shared[0] == 255);
  cudaPointerAttributes attributes;
  CHECK(cudaPointerGetAttributes(&attributes, shared));
  EXPECT(attributes.type == cudaMemoryTypeManaged);
  float* pooled = nullptr;
  CHECK(cudaMallocAsync(&pooled, 1 << 20, 0));
  CHECK(cudaFreeAsync(pooled, 0));
  CHECK(cudaDeviceSynchronize());
  void* huge = nullptr;
  EXPECT(cudaMalloc(&huge, std::size_t{1} << 50) == cudaErrorMemoryAllocation);
  EXPECT(cudaGetLastError() == cudaErrorMemoryAllocation);
}

void questions() {
  int blocks = 0;
  CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, scale, 128, 0));
  EXPECT(blocks >= 1);
  cudaFuncAttributes attributes;
  CHECK(cudaFuncGetAttributes(&attributes, reverse));
  EXPECT(attributes.maxThreadsPerBlock == 1024);
  std::size_t free = 0, total = 0;
  CHECK(cudaMemGetInfo(&free, &total));
  EXPECT(free > 0 && free <= total);
}

int main() {
  for (int round = 0; round < 2; ++round) {
    streams();
    memory();
    questions();
    CHECK(cudaDeviceReset());
  }
  return wrong;
}
