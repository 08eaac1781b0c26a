#pragma once

#include <array>
#include <cstdint>

#include "gpu/backend.h"
#include "gpu/exec/guarded_region.h"
#include "gpu/exec/sanitizer.h"
#include "gpu/warp/context.h"

namespace vgpu::exec {

class BlockScheduler;
struct ResidentBlock;

// A stack on which warps run, with the context of the warp that is on it now.
struct WarpFiber : WarpContext {
  BlockScheduler* scheduler = nullptr;
  ResidentBlock* block = nullptr;
  const void* interpreted = nullptr;
  WarpFiber* next = nullptr;  // in the list that the fiber is in: ready, or waiting at a barrier
  std::uint32_t reduce_operation = 0;
  std::uint32_t reduce_result = 0;

  GuardedRegion stack;
  GuardedRegion local_frames;
  GuardedRegion waiting_warps;
  void* stack_pointer = nullptr;
  void* fake_stack = nullptr;  // AddressSanitizer's
  [[nodiscard]] StackBounds bounds() const { return {stack.data(), stack.size()}; }
};

// Fibers in the order in which they came.
class FiberList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  void push(WarpFiber* fiber) {
    fiber->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = fiber;
    last_ = fiber;
  }
  WarpFiber* pop() {
    WarpFiber* fiber = first_;
    first_ = fiber->next;
    return fiber;
  }

 private:
  WarpFiber* first_ = nullptr;
  WarpFiber* last_ = nullptr;
};

// One of a block's sixteen barriers. Warps arrive as a whole.
struct Barrier {
  std::uint32_t arrived = 0;   // warps
  std::uint32_t expected = 0;  // warps; 0: all of the block that have not exited
  std::uint32_t true_count = 0;
  bool all = true;
  bool any = false;
  FiberList waiting;
};

inline constexpr std::uint32_t kBarriers = 16;

// A block that is being run on this thread.
struct ResidentBlock {
  std::uint64_t index = 0;  // linear
  gpu::Dimensions position{};
  std::uint32_t next_warp = 0;
  std::uint32_t exited = 0;  // warps
  std::uint32_t in_use = 0;  // barriers at which a warp has arrived, one bit each
  std::array<Barrier, kBarriers> barriers;
  GuardedRegion shared;
};

}  // namespace vgpu::exec
