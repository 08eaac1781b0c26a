#include "gpu/exec/block_scheduler.h"

#include <sched.h>

#include <algorithm>
#include <string>

#include "base/log.h"
#include "gpu/exec/context_switch.h"
#include "gpu/exec/futex.h"

namespace vgpu::exec {
namespace {

constexpr std::uint64_t kStackSize = 1u << 20;  // generated code may spill hundreds of 64-byte registers
// Blocks that compiled code runs at a stretch; whether the grid has been cancelled is seen in between.
constexpr std::uint64_t kMostInARow = 64;
// A warp that spins with nobody else to run gives its CPU to other threads from time to time.
constexpr std::uint32_t kYieldsBeforeSchedYield = 16;

gpu::Dimensions position_in_grid(std::uint64_t index, const gpu::Dimensions& grid) {
  if (index < grid[0]) return {static_cast<std::uint32_t>(index), 0, 0};
  const std::uint64_t plane = std::uint64_t{grid[0]} * grid[1];
  return {static_cast<std::uint32_t>(index % grid[0]), static_cast<std::uint32_t>(index % plane / grid[0]),
          static_cast<std::uint32_t>(index / plane)};
}

GuardedRegion require_region(std::uint64_t size) {
  auto region = GuardedRegion::create(size);
  if (!region) {
    log(LogLevel::Error, "kernel memory: " + region.error().message);
    FaultScope::raise({.cause = FaultCause::StackOverflow});
  }
  return std::move(*region);
}

std::uint32_t live_lanes(const WarpContext& context, std::uint32_t warp) {
  const std::uint32_t threads = context.block_size[0] * context.block_size[1] * context.block_size[2];
  const std::uint32_t remaining = threads - warp * kWarpSize;
  return remaining >= kWarpSize ? ~0u : (1u << remaining) - 1;
}

}  // namespace

BlockScheduler& BlockScheduler::of_this_thread() {
  static thread_local BlockScheduler scheduler;
  return scheduler;
}

void BlockScheduler::run(Grid& grid) {
  grid_ = &grid;
  kernel_mxcsr_ = 0;
  const std::uint32_t thread_mxcsr = _mm_getcsr();
  _mm_setcsr(kDefaultMxcsr);
  FaultScope scope;
  const bool finished = scope.run([this, &grid] {
    while (grid.take(next_block_, end_block_)) {
      const std::size_t together = grid.shape().cooperative ? end_block_ - next_block_ : 1;
      if (blocks_.size() < together) blocks_.resize(together);
      while (next_block_ < end_block_ && !grid.cancelled()) {
        const std::span blocks(blocks_.data(), together);
        for (ResidentBlock& block : blocks) place(block, next_block_++);
        run_resident(blocks);
      }
    }
  });
  if (!finished) {
    Fault fault = scope.fault();
    const WarpFiber* fiber = running_;
    if (fault.has_address && fiber != nullptr && fiber->stack.in_lower_guard(fault.address)) {
      fault.cause = FaultCause::StackOverflow;
    }
    gpu::Dimensions block{};
    if (fiber != nullptr && fiber->block != nullptr) std::ranges::copy(fiber->block_index, block.begin());
    grid.cancel(fault, block);
    reset_fibers();
  }
  _mm_setcsr(thread_mxcsr);
  grid_ = nullptr;
}

void BlockScheduler::place(ResidentBlock& block, std::uint64_t index) {
  block.index = index;
  block.position = position_in_grid(index, grid_->shape().grid);
  block.next_warp = 0;
  block.exited = 0;
  if (block.in_use != 0) {
    block.barriers.fill({});
    block.in_use = 0;
  }
  const std::uint64_t shared_size = std::max<std::uint64_t>(grid_->shared_size(), 1);
  if (block.shared.size() < shared_size) block.shared = require_region(shared_size);
}

void BlockScheduler::run_resident(std::span<ResidentBlock> blocks) {
  resident_ = blocks;
  unstarted_ = 0;
  idle_yields_ = 0;
  WarpFiber* fiber = free_fiber();
  running_ = fiber;
  announce_switch(&thread_fake_stack_, fiber->bounds());
  vgpu_exec_switch(&thread_stack_pointer_, fiber->stack_pointer);
  finish_switch(thread_fake_stack_);
  running_ = nullptr;
}

void BlockScheduler::fiber_main(void* argument) {
  auto& fiber = *static_cast<WarpFiber*>(argument);
  finish_switch(nullptr);
  for (;;) {
    fiber.scheduler->run_warps(fiber);
    fiber.scheduler->leave(fiber);
  }
}

void BlockScheduler::run_warps(WarpFiber& fiber) {
  const KernelCode& code = grid_->code();
  if (fiber.grid_id != grid_->context().grid_id) enter_grid(fiber);
  if (code.traits.whole_block != 0) return run_whole_blocks(fiber);
  while (take_warp(fiber)) {
    code.function(&fiber);
    warp_exited(*fiber.block);
  }
}

void BlockScheduler::run_whole_blocks(WarpFiber& fiber) {
  const WarpFunction function = grid_->code().function;
  for (ResidentBlock& block : resident_) {
    enter_block(fiber, block);
    fiber.blocks = 1;
    // The portion's next blocks, as far as they follow along x.
    if (!grid_->shape().cooperative) {
      const std::uint64_t row = fiber.grid_size[0] - block.position[0] - 1;
      const std::uint64_t more = std::min({end_block_ - next_block_, row, kMostInARow - 1});
      fiber.blocks += static_cast<std::uint32_t>(more);
      next_block_ += more;
    }
    function(&fiber);
    block.exited = grid_->warps();
  }
  unstarted_ = resident_.size();
}

void BlockScheduler::enter_grid(WarpFiber& fiber) {
  const KernelCode& code = grid_->code();
  static_cast<WarpContext&>(fiber) = grid_->context();
  fiber.interpreted = code.interpreted;
  const std::uint64_t warps = code.traits.whole_block != 0 ? fiber.warps : 1;
  const std::uint64_t local_size = std::uint64_t{fiber.local_stride} * kWarpSize * warps;
  if (fiber.local_frames.size() < std::max<std::uint64_t>(local_size, 1)) {
    fiber.local_frames = require_region(std::max<std::uint64_t>(local_size, kPageSize));
  }
  fiber.local = fiber.local_frames.data();
  if (code.traits.whole_block == 0) return;
  const std::uint64_t waiting_size = std::uint64_t{code.traits.waiting_size} * warps;
  if (fiber.waiting_warps.size() < waiting_size) fiber.waiting_warps = require_region(waiting_size);
  fiber.waiting = fiber.waiting_warps.data();
  fiber.warp = 0;
  fiber.live = live_lanes(fiber, fiber.warps - 1);
}

void BlockScheduler::enter_block(WarpFiber& fiber, ResidentBlock& block) {
  fiber.block = &block;
  fiber.shared = block.shared.data();
  for (unsigned axis = 0; axis < 3; ++axis) fiber.block_index[axis] = block.position[axis];
}

// The next block of the portion, in the place of the one that has just ended.
bool BlockScheduler::go_on_with_next_block() {
  if (grid_->shape().cooperative || next_block_ >= end_block_ || grid_->cancelled()) return false;
  place(resident_.front(), next_block_++);
  unstarted_ = 0;
  idle_yields_ = 0;
  return true;
}

bool BlockScheduler::take_warp(WarpFiber& fiber) {
  if (unstarted_ == resident_.size()) return false;
  ResidentBlock& block = resident_[unstarted_];
  if (fiber.block != &block) enter_block(fiber, block);
  fiber.warp = block.next_warp++;
  if (block.next_warp == grid_->warps()) ++unstarted_;
  fiber.live = live_lanes(fiber, fiber.warp);
  return true;
}

void BlockScheduler::yield(WarpFiber& fiber) {
  if (grid_->cancelled()) FaultScope::raise({.cause = FaultCause::Cancelled});
  // Code of whole blocks runs its warps in turn by itself, and has no loop that waits for another one.
  if (grid_->code().traits.whole_block != 0) return;
  if (++idle_yields_ % kYieldsBeforeSchedYield == 0) ::sched_yield();
  if (unstarted_ == resident_.size() && ready_.empty()) {
    spin_pause();
    return;
  }
  ready_.push(&fiber);
  wait(fiber);
}

void BlockScheduler::leave(WarpFiber& fiber) {
  fiber.block = nullptr;
  const auto finished = [this](const ResidentBlock& block) { return block.exited == grid_->warps(); };
  while (ready_.empty()) {
    if (std::ranges::all_of(resident_, finished)) {
      if (go_on_with_next_block()) return;
      break;
    }
    if (!release_stuck()) FaultScope::raise({.cause = FaultCause::BarrierDeadlock});
  }
  WarpFiber* next = ready_.empty() ? nullptr : ready_.pop();
  free_.push_back(&fiber);
  if (next != nullptr) _mm_setcsr(kernel_mxcsr_);
  switch_fibers(fiber, next);
}

WarpFiber* BlockScheduler::free_fiber() {
  if (!free_.empty()) {
    WarpFiber* fiber = free_.back();
    free_.pop_back();
    return fiber;
  }
  GuardedRegion stack = require_region(kStackSize);
  WarpFiber& fiber = fibers_.emplace_back();
  fiber.scheduler = this;
  fiber.stack = std::move(stack);
  prime(fiber);
  return &fiber;
}

void BlockScheduler::prime(WarpFiber& fiber) {
  unpoison(fiber.stack.data(), fiber.stack.size());
  auto* top = reinterpret_cast<std::uint64_t*>(fiber.stack.data() + fiber.stack.size() - 64);
  // What vgpu_exec_switch pops: r15, r14, r13, r12, rbx, rbp and the address to continue at.
  std::uint64_t* frame = top - 7;
  frame[0] = frame[1] = 0;
  frame[2] = reinterpret_cast<std::uint64_t>(&BlockScheduler::fiber_main);
  frame[3] = reinterpret_cast<std::uint64_t>(&fiber);
  frame[4] = frame[5] = 0;
  frame[6] = reinterpret_cast<std::uint64_t>(&vgpu_exec_fiber_start);
  fiber.stack_pointer = frame;
  fiber.fake_stack = nullptr;
}

void BlockScheduler::reset_fibers() {
  ready_ = {};
  free_.clear();
  running_ = nullptr;
  for (WarpFiber& fiber : fibers_) {
    fiber.block = nullptr;
    prime(fiber);
    free_.push_back(&fiber);
  }
  for (ResidentBlock& block : blocks_) block.in_use = ~0u;
}

}  // namespace vgpu::exec
