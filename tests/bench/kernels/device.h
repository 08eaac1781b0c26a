#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <span>
#include <string>

#include "shims/cuda/exported.h"

// What the benchmarks of kernels need of a device. Whatever fails ends the program with CUDA's error.
namespace vgpu::bench {

void check(CUresult result, const char* what);

// Device memory.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes);
  template <class T>
  explicit Buffer(std::span<const T> values) : Buffer(values.size_bytes()) {
    check(cuMemcpyHtoD_v2(address_, values.data(), values.size_bytes()), "cuMemcpyHtoD");
  }
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] CUdeviceptr address() const { return address_; }
  template <class T>
  void copy_to(std::span<T> values) const {
    check(cuMemcpyDtoH_v2(values.data(), address_, values.size_bytes()), "cuMemcpyDtoH");
  }

 private:
  CUdeviceptr address_ = 0;
};

struct Shape {
  unsigned x = 1, y = 1, z = 1;
};

// The entry `k` of a PTX text behind the usual head (version, target, address size). The texts give each value a
// register of its own, as compilers do, but for what changes in a loop.
class Kernel {
 public:
  explicit Kernel(const std::string& text);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  template <class... Parameters>
  void launch(Shape grid, Shape block, Parameters... parameters) const {
    void* pointers[] = {static_cast<void*>(&parameters)..., nullptr};
    check(cuLaunchKernel(function_, grid.x, grid.y, grid.z, block.x, block.y, block.z, 0, nullptr, pointers, nullptr),
          "cuLaunchKernel");
  }

 private:
  CUmodule module_ = nullptr;
  CUfunction function_ = nullptr;
};

// Until all that was launched is done.
void synchronize();

// False, and the benchmark is marked as failed, where a value differs from the reference by more than `tolerance`
// relative to the largest one.
bool agrees(benchmark::State& state, std::span<const float> values, std::span<const float> reference, float tolerance);

}  // namespace vgpu::bench
