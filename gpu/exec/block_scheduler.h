#pragma once

#include <xmmintrin.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "gpu/exec/context_switch.h"
#include "gpu/exec/grid.h"
#include "gpu/exec/warp_fiber.h"

namespace vgpu::exec {

// What a warp's code begins and ends with: nothing is flushed, every exception masked.
inline constexpr std::uint32_t kDefaultMxcsr = 0x1F80;

// The services that kernels call; see gpu/warp/context.h.
const WarpServices& warp_services();

// Runs blocks on the thread it belongs to. Warps run one after the other on one fiber for as long as none of them has
// to wait; when one waits at a barrier, or spins, the remaining ones go on on further fibers.
class BlockScheduler {
 public:
  static BlockScheduler& of_this_thread();

  BlockScheduler() = default;
  BlockScheduler(const BlockScheduler&) = delete;
  BlockScheduler& operator=(const BlockScheduler&) = delete;

  // Takes blocks of the grid and runs them until none is left. A fault cancels the grid.
  void run(Grid& grid);

  // Called on a fiber.
  void barrier_sync(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count);
  void barrier_arrive(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count);
  std::uint32_t barrier_reduce(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count, std::uint32_t operation,
                               std::uint32_t predicate, std::uint32_t active);
  void yield(WarpFiber& fiber);
  [[nodiscard]] DeviceHeap* heap() const { return grid_->heap(); }

 private:
  static void fiber_main(void* argument);
  void run_warps(WarpFiber& fiber);
  void run_whole_blocks(WarpFiber& fiber);
  void enter_grid(WarpFiber& fiber);
  static void enter_block(WarpFiber& fiber, ResidentBlock& block);
  bool go_on_with_next_block();
  void run_resident(std::span<ResidentBlock> blocks);
  void place(ResidentBlock& block, std::uint64_t index);
  bool take_warp(WarpFiber& fiber);

  Barrier& arrive(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count);
  void wait_at_barrier(WarpFiber& fiber, std::uint32_t id);
  bool release_if_complete(ResidentBlock& block, std::uint32_t id, std::uint32_t absent, WarpFiber* last);
  void warp_exited(ResidentBlock& block);
  bool release_stuck();

  void wait(WarpFiber& fiber);
  WarpFiber* next_fiber();
  WarpFiber* free_fiber();
  void switch_fibers(WarpFiber& from, WarpFiber* to);
  void leave(WarpFiber& fiber);
  void prime(WarpFiber& fiber);
  void reset_fibers();

  Grid* grid_ = nullptr;
  std::uint64_t next_block_ = 0;  // of the portion that this thread has taken
  std::uint64_t end_block_ = 0;
  std::span<ResidentBlock> resident_;
  std::size_t unstarted_ = 0;  // first resident block that has warps not yet started
  WarpFiber* running_ = nullptr;
  FiberList ready_;
  // The modes of arithmetic that the grid's kernel has set where it waits, the same at each place; 0: not known yet.
  std::uint32_t kernel_mxcsr_ = 0;
  std::uint32_t idle_yields_ = 0;
  std::vector<WarpFiber*> free_;
  std::deque<WarpFiber> fibers_;
  std::vector<ResidentBlock> blocks_;
  void* thread_stack_pointer_ = nullptr;
  void* thread_fake_stack_ = nullptr;
};

// What follows is inline for the processor's sake: every function between a kernel and the switch of stacks is a return
// whose target it predicts wrongly.

inline void BlockScheduler::wait(WarpFiber& fiber) {
  if (kernel_mxcsr_ == 0) kernel_mxcsr_ = _mm_getcsr();
  WarpFiber* next = next_fiber();
  while (next == nullptr) {
    if (!release_stuck()) FaultScope::raise({.cause = FaultCause::BarrierDeadlock});
    next = next_fiber();
  }
  if (next == &fiber) return;
  const bool starts_warp = next->block == nullptr;
  if (starts_warp) _mm_setcsr(kDefaultMxcsr);
  switch_fibers(fiber, next);
}

// Warps that have not started come first: those that wait mostly wait for them.
inline WarpFiber* BlockScheduler::next_fiber() {
  if (unstarted_ != resident_.size()) return free_fiber();
  return ready_.empty() ? nullptr : ready_.pop();
}

// To another fiber, or to the thread's own stack when `to` is nullptr.
inline void BlockScheduler::switch_fibers(WarpFiber& from, WarpFiber* to) {
  running_ = to;
  announce_switch(&from.fake_stack, to != nullptr ? to->bounds() : thread_stack_bounds());
  vgpu_exec_switch(&from.stack_pointer, to != nullptr ? to->stack_pointer : thread_stack_pointer_);
  finish_switch(from.fake_stack);
}

}  // namespace vgpu::exec
