#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "gpu/backend.h"
#include "gpu/exec/fault.h"
#include "gpu/exec/parallel_job.h"
#include "gpu/warp/context.h"

namespace vgpu::exec {

class DeviceHeap;

// What running a kernel needs of it, whoever made its code.
struct KernelCode {
  WarpFunction function = nullptr;
  KernelTraits traits{};
  const void* interpreted = nullptr;       // for the interpreter's WarpFunction: what it runs
  const std::uint64_t* globals = nullptr;  // see WarpContext
  std::uint32_t static_shared_size = 0;    // bytes
  std::uint32_t local_frame_size = 0;      // bytes a lane
};

struct LaunchShape {
  gpu::Dimensions grid{1, 1, 1};
  gpu::Dimensions block{1, 1, 1};
  std::uint32_t dynamic_shared_size = 0;
  bool cooperative = false;  // all blocks are resident at once, so that they can wait for each other
};

// One launch that is being run: which blocks are taken, and how it went.
class Grid : public ParallelJob {
 public:
  // `code` and `parameters` must outlive the grid. `id` is %gridid.
  Grid(const KernelCode& code, const LaunchShape& shape, const std::byte* parameters, std::uint64_t id);

  // The memory in which the blocks of a cooperative grid count those that have arrived, zero at first, as the code of
  // cooperative groups' grid.sync() finds it: %envreg1 and %envreg2 are the high and low half of its address.
  struct alignas(64) Workspace {
    std::uint32_t size = sizeof(Workspace);
    std::uint32_t arrived = 0;
    std::uint32_t reserved[14] = {};
  };
  void set_workspace(Workspace& workspace) {
    const auto address = reinterpret_cast<std::uint64_t>(&workspace);
    context_.environment[1] = static_cast<std::uint32_t>(address >> 32);
    context_.environment[2] = static_cast<std::uint32_t>(address);
  }

  // Where malloc in the kernel takes memory; nullptr, as at first: nowhere.
  void set_heap(DeviceHeap* heap) { heap_ = heap; }
  [[nodiscard]] DeviceHeap* heap() const { return heap_; }

  // Takes the next blocks in order, [first, last) by linear index; false when none is left or the grid is cancelled.
  bool take(std::uint64_t& first, std::uint64_t& last);
  // How many blocks are handed out at once from now on: `least`, more than 1 for a grid of many cheap blocks, and as
  // long as much is left the `share`th part of that, so that each thread goes through memory in long runs.
  void set_portions(std::uint64_t least, std::uint64_t share) {
    least_portion_ = least;
    share_ = share;
  }

  void participate() override;
  [[nodiscard]] bool exhausted() const override;

  // Ends the grid; the first fault is kept.
  void cancel(const Fault& fault, const gpu::Dimensions& block);
  [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Fault& fault() const { return fault_; }
  [[nodiscard]] const gpu::Dimensions& fault_block() const { return fault_block_; }

  [[nodiscard]] const KernelCode& code() const { return code_; }
  [[nodiscard]] const LaunchShape& shape() const { return shape_; }
  [[nodiscard]] std::uint64_t blocks() const { return blocks_; }
  [[nodiscard]] std::uint32_t warps() const { return warps_; }  // of a block
  [[nodiscard]] std::uint32_t shared_size() const { return shared_size_; }
  // The context of any warp of the grid, but for the fields that depend on block and warp.
  [[nodiscard]] const WarpContext& context() const { return context_; }

 private:
  const KernelCode& code_;
  LaunchShape shape_;
  DeviceHeap* heap_ = nullptr;
  std::uint64_t blocks_;
  std::uint32_t warps_;
  std::uint32_t shared_size_;
  std::uint64_t least_portion_ = 1;  // blocks
  std::uint64_t share_ = ~0ull;
  WarpContext context_{};
  alignas(64) std::atomic<std::uint64_t> next_{0};
  alignas(64) std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  Fault fault_;
  gpu::Dimensions fault_block_{};
};

}  // namespace vgpu::exec
