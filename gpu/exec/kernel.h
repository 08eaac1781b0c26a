#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gpu/backend.h"
#include "gpu/exec/grid.h"

namespace vgpu::exec {

// How long a kernel's launches took: decides how a grid is split, and makes VGPU_PROFILE's table.
struct KernelStatistics {
  std::atomic<std::uint64_t> launches{0};
  std::atomic<std::uint64_t> nanoseconds{0};        // total, wall clock
  std::atomic<std::uint64_t> block_picoseconds{0};  // one block on one thread, moving average; 0: not known
};

// A kernel of this backend: what launches need beyond its KernelObject. Kernels live as long as the process's modules.
class Kernel : public gpu::KernelObject {
 public:
  // The code for blocks of this shape; made at the first call. On failure `reason` says why.
  virtual gpu::Status code(const gpu::Dimensions& block, const KernelCode*& code, std::string& reason) = 0;
  // Says that code() will be called soon for blocks of this shape.
  virtual void prefetch(const gpu::Dimensions&) {}
  KernelStatistics& statistics() { return statistics_; }

 private:
  KernelStatistics statistics_;
};

// A kernel whose warp function is compiled into the program: for tests, and for what we write by hand.
class NativeKernel final : public Kernel {
 public:
  NativeKernel(std::string name, const KernelCode& code, std::vector<Parameter> parameters = {})
      : name_(std::move(name)), code_(code), parameters_(std::move(parameters)) {
    attributes_.static_shared_size = code.static_shared_size;
    attributes_.local_size = code.local_frame_size;
    if (!parameters_.empty()) parameter_block_size_ = parameters_.back().offset + parameters_.back().size;
  }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const override { return parameters_; }
  [[nodiscard]] std::uint32_t parameter_block_size() const override { return parameter_block_size_; }
  [[nodiscard]] const gpu::KernelAttributes& attributes() const override { return attributes_; }
  gpu::Status code(const gpu::Dimensions&, const KernelCode*& result, std::string&) override {
    result = &code_;
    return gpu::Status::Success;
  }

 private:
  std::string name_;
  KernelCode code_;
  std::vector<Parameter> parameters_;
  std::uint32_t parameter_block_size_ = 0;
  gpu::KernelAttributes attributes_;
};

}  // namespace vgpu::exec
