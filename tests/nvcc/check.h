#pragma once

#include <cuda_runtime.h>

#include <cstdio>

// What the programs of this folder report with: lines for what is wrong, and the number of those as the exit status.
inline int wrong = 0;

#define CHECK(call)                                                                       \
  do {                                                                                    \
    const cudaError_t error = (call);                                                     \
    if (error == cudaSuccess) break;                                                      \
    std::printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #call, cudaGetErrorString(error)); \
    ++wrong;                                                                              \
  } while (false)

#define EXPECT(condition)                                               \
  do {                                                                  \
    if (condition) break;                                               \
    std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
    ++wrong;                                                            \
  } while (false)

// Managed memory for `count` values, all zero; left to the end of the process.
template <class T>
T* managed(std::size_t count) {
  T* values = nullptr;
  CHECK(cudaMallocManaged(&values, count * sizeof(T)));
  CHECK(cudaMemset(values, 0, count * sizeof(T)));
  CHECK(cudaDeviceSynchronize());
  return values;
}
