#include "tests/bench/kernels/device.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace vgpu::bench {
namespace {

constexpr const char* kHead = ".version 7.0\n.target sm_61\n.address_size 64\n";

void make_current() {
  [[maybe_unused]] static const bool made = [] {
    CUcontext context = nullptr;
    check(cuInit(0), "cuInit");
    check(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
    check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
    return true;
  }();
}

}  // namespace

void check(CUresult result, const char* what) {
  if (result == CUDA_SUCCESS) return;
  const char* name = nullptr;
  cuGetErrorName(result, &name);
  std::fprintf(stderr, "%s: %s\n", what, name == nullptr ? "unknown error" : name);
  std::exit(1);
}

Buffer::Buffer(std::size_t bytes) {
  make_current();
  check(cuMemAlloc_v2(&address_, bytes), "cuMemAlloc");
}

Buffer::~Buffer() {
  cuMemFree_v2(address_);
}

Kernel::Kernel(const std::string& text) {
  make_current();
  check(cuModuleLoadData(&module_, (kHead + text).c_str()), "cuModuleLoadData");
  check(cuModuleGetFunction(&function_, module_, "k"), "cuModuleGetFunction");
}

Kernel::~Kernel() {
  cuModuleUnload(module_);
}

void synchronize() {
  check(cuCtxSynchronize(), "cuCtxSynchronize");
}

bool agrees(benchmark::State& state, std::span<const float> values, std::span<const float> reference, float tolerance) {
  float largest = 0, error = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    largest = std::max(largest, std::fabs(reference[i]));
    error = std::max(error, std::fabs(values[i] - reference[i]));
  }
  if (values.size() == reference.size() && error <= tolerance * largest) return true;
  state.SkipWithError("the kernel's result is wrong");
  return false;
}

}  // namespace vgpu::bench
