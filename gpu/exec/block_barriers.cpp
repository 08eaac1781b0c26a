#include "gpu/exec/block_scheduler.h"

namespace vgpu::exec {
namespace {

enum ReduceOperation : std::uint32_t { kPopulationCount = 0, kAnd = 1, kOr = 2 };

std::uint32_t reduced(const Barrier& barrier, std::uint32_t operation) {
  switch (operation) {
    case kAnd:
      return barrier.all ? 1 : 0;
    case kOr:
      return barrier.any ? 1 : 0;
    default:
      return barrier.true_count;
  }
}

}  // namespace

Barrier& BlockScheduler::arrive(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count) {
  if (id >= kBarriers) FaultScope::raise({.cause = FaultCause::IllegalInstruction});
  ResidentBlock& block = *fiber.block;
  block.in_use |= 1u << id;
  idle_yields_ = 0;
  Barrier& barrier = block.barriers[id];
  ++barrier.arrived;
  barrier.expected = (thread_count + kWarpSize - 1) / kWarpSize;
  return barrier;
}

// `absent`: warps that have exited and count as arrived. `last`: the warp that has just arrived. All go on in the order
// in which they came, which is the order of code that runs whole blocks.
bool BlockScheduler::release_if_complete(ResidentBlock& block, std::uint32_t id, std::uint32_t absent,
                                         WarpFiber* last) {
  Barrier& barrier = block.barriers[id];
  const std::uint32_t expected = barrier.expected != 0 ? barrier.expected : grid_->warps();
  if (barrier.arrived + absent < expected) return false;
  const auto release = [&](WarpFiber* fiber) {
    fiber->reduce_result = reduced(barrier, fiber->reduce_operation);
    ready_.push(fiber);
  };
  while (!barrier.waiting.empty()) release(barrier.waiting.pop());
  if (last != nullptr) release(last);
  barrier = {};
  block.in_use &= ~(1u << id);
  return true;
}

void BlockScheduler::wait_at_barrier(WarpFiber& fiber, std::uint32_t id) {
  Barrier& barrier = fiber.block->barriers[id];
  if (!release_if_complete(*fiber.block, id, barrier.expected == 0 ? fiber.block->exited : 0, &fiber)) {
    barrier.waiting.push(&fiber);
  }
  wait(fiber);
}

[[gnu::flatten]] void BlockScheduler::barrier_sync(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count) {
  arrive(fiber, id, thread_count);
  wait_at_barrier(fiber, id);
}

void BlockScheduler::barrier_arrive(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count) {
  const Barrier& barrier = arrive(fiber, id, thread_count);
  release_if_complete(*fiber.block, id, barrier.expected == 0 ? fiber.block->exited : 0, nullptr);
}

std::uint32_t BlockScheduler::barrier_reduce(WarpFiber& fiber, std::uint32_t id, std::uint32_t thread_count,
                                             std::uint32_t operation, std::uint32_t predicate, std::uint32_t active) {
  Barrier& barrier = arrive(fiber, id, thread_count);
  predicate &= active;
  barrier.true_count += static_cast<std::uint32_t>(__builtin_popcount(predicate));
  barrier.all = barrier.all && predicate == active;
  barrier.any = barrier.any || predicate != 0;
  fiber.reduce_operation = operation;
  wait_at_barrier(fiber, id);
  return fiber.reduce_result;
}

void BlockScheduler::warp_exited(ResidentBlock& block) {
  ++block.exited;
  for (std::uint32_t waiting = block.in_use; waiting != 0; waiting &= waiting - 1) {
    const auto id = static_cast<std::uint32_t>(__builtin_ctz(waiting));
    if (block.barriers[id].expected == 0) release_if_complete(block, id, block.exited, nullptr);
  }
}

// When nothing can run, warps that exited count for barriers with an explicit thread count too: a kernel whose last
// warps returned early would hang otherwise.
bool BlockScheduler::release_stuck() {
  bool released = false;
  for (ResidentBlock& block : resident_) {
    for (std::uint32_t waiting = block.in_use; waiting != 0; waiting &= waiting - 1) {
      const auto id = static_cast<std::uint32_t>(__builtin_ctz(waiting));
      if (block.barriers[id].waiting.empty()) continue;
      released = release_if_complete(block, id, block.exited, nullptr) || released;
    }
  }
  return released;
}

}  // namespace vgpu::exec
