#include "gpu/exec/grid.h"

#include <algorithm>

#include "gpu/exec/block_scheduler.h"
#include "gpu/exec/guarded_region.h"

namespace vgpu::exec {
namespace {

constexpr std::uint32_t kDynamicSharedAlignment = 16;  // where ptx::Function says that dynamic shared memory begins

std::uint64_t product(const gpu::Dimensions& dimensions) {
  return std::uint64_t{dimensions[0]} * dimensions[1] * dimensions[2];
}

}  // namespace

Grid::Grid(const KernelCode& code, const LaunchShape& shape, const std::byte* parameters, std::uint64_t id)
    : code_(code),
      shape_(shape),
      blocks_(product(shape.grid)),
      warps_(static_cast<std::uint32_t>((product(shape.block) + kWarpSize - 1) / kWarpSize)),
      shared_size_(static_cast<std::uint32_t>(round_up(code.static_shared_size, kDynamicSharedAlignment)) +
                   shape.dynamic_shared_size) {
  context_.params = parameters;
  context_.globals = code.globals;
  context_.services = &warp_services();
  context_.grid_id = id;
  context_.local_stride = static_cast<std::uint32_t>(round_up(code.local_frame_size, 16));
  std::ranges::copy(shape.block, context_.block_size);
  std::ranges::copy(shape.grid, context_.grid_size);
  context_.warps = warps_;
  context_.dynamic_shared_size = shape.dynamic_shared_size;
  context_.total_shared_size = shared_size_;
}

bool Grid::take(std::uint64_t& first, std::uint64_t& last) {
  if (cancelled()) return false;
  first = next_.load(std::memory_order_relaxed);
  do {
    if (first >= blocks_) return false;
    last = std::min(first + std::max(least_portion_, (blocks_ - first) / share_), blocks_);
  } while (!next_.compare_exchange_weak(first, last, std::memory_order_relaxed));
  return true;
}

void Grid::participate() {
  BlockScheduler::of_this_thread().run(*this);
}

bool Grid::exhausted() const {
  return cancelled() || next_.load(std::memory_order_relaxed) >= blocks_;
}

void Grid::cancel(const Fault& fault, const gpu::Dimensions& block) {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (fault.cause == FaultCause::Cancelled || fault_.cause != FaultCause::None) return;
  fault_ = fault;
  fault_block_ = block;
}

}  // namespace vgpu::exec
