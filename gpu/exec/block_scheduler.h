#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "gpu/exec/grid.h"
#include "gpu/exec/warp_fiber.h"

namespace vgpu::exec {

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

 private:
  static void fiber_main(void* argument);
  void run_warps(WarpFiber& fiber);
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
  std::span<ResidentBlock> resident_;
  std::size_t unstarted_ = 0;  // first resident block that has warps not yet started
  WarpFiber* running_ = nullptr;
  FiberList ready_;
  std::uint32_t idle_yields_ = 0;
  std::vector<WarpFiber*> free_;
  std::deque<WarpFiber> fibers_;
  std::vector<ResidentBlock> blocks_;
  void* thread_stack_pointer_ = nullptr;
  void* thread_fake_stack_ = nullptr;
};

}  // namespace vgpu::exec
