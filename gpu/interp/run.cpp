#include "gpu/interp/entry_values.h"
#include "gpu/interp/kernel.h"
#include "gpu/interp/rounding_mode.h"

namespace vgpu::interp {
namespace {

// After so many turns of waiting loops another group of lanes gets a turn: it may be the one that is waited for.
constexpr std::uint32_t kTurnsBeforeRotation = 64;

// The lanes of one warp by the block that each will run next. The group whose block comes first in the order runs, so
// that lanes that took different ways meet again where the ways join.
class Scheduler {
 public:
  explicit Scheduler(std::size_t blocks) : lanes_(blocks), waiting_((blocks + 63) / 64) {}

  void add(std::uint32_t position, std::uint32_t lanes) {
    if (lanes == 0) return;
    lanes_[position] |= lanes;
    waiting_[position / 64] |= std::uint64_t{1} << position % 64;
  }

  // The first position with lanes at `from` or after it; kNone when there is none.
  [[nodiscard]] std::uint32_t next(std::uint32_t from = 0) const {
    for (std::size_t word = from / 64; word < waiting_.size(); ++word) {
      std::uint64_t bits = waiting_[word];
      if (word == from / 64) bits &= ~std::uint64_t{0} << from % 64;
      if (bits != 0) return static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(std::countr_zero(bits));
    }
    return kNone;
  }

  std::uint32_t take(std::uint32_t position) {
    const std::uint32_t lanes = lanes_[position];
    lanes_[position] = 0;
    waiting_[position / 64] &= ~(std::uint64_t{1} << position % 64);
    return lanes;
  }

  static constexpr std::uint32_t kNone = ~0u;

 private:
  std::vector<std::uint32_t> lanes_;
  std::vector<std::uint64_t> waiting_;
};

std::uint32_t guard_mask(const Machine& machine, std::uint32_t offset, bool negated) {
  const std::uint32_t value = *reinterpret_cast<const std::uint32_t*>(machine.frame + offset);
  return negated ? ~value : value;
}

void run_steps(Machine& machine, const Step* step, const Step* end, std::uint32_t lanes) {
  for (; step != end; ++step) {
    machine.active = step->guarded ? lanes & guard_mask(machine, step->guard, step->guard_negated) : lanes;
    if (machine.active != 0) step->handler(machine, *step);
  }
}

void branch_indexed(const Machine& machine, const DecodedBlock& block, std::uint32_t lanes, Scheduler& scheduler) {
  for_each_active(lanes, [&](unsigned lane) {
    const std::uint64_t index = machine.value(block.index, lane);
    const std::size_t targets = block.successors.size() - (block.guarded ? 1 : 0);
    // PTX leaves an index outside the list undefined; such a lane ends.
    if (index < targets) scheduler.add(block.successors[index], 1u << lane);
  });
}

void leave(const Machine& machine, const DecodedBlock& block, std::uint32_t lanes, Scheduler& scheduler) {
  const std::uint32_t jumping = block.guarded ? lanes & guard_mask(machine, block.guard, block.guard_negated) : lanes;
  const std::uint32_t falling = lanes & ~jumping;
  switch (block.end) {
    case BlockEnd::Branch:
      scheduler.add(block.successors.front(), jumping);
      break;
    case BlockEnd::Indexed:
      branch_indexed(machine, block, jumping, scheduler);
      break;
    case BlockEnd::Return:
      break;
    case BlockEnd::Fall:
      if (!block.successors.empty()) scheduler.add(block.successors.front(), lanes);
      return;
  }
  if (falling != 0) scheduler.add(block.successors.back(), falling);
}

}  // namespace

void run(const InterpretedKernel& kernel, WarpContext* context) {
  const RoundingMode nearest(ptx::Rounding::Rn);
  Machine machine;
  machine.frame = kernel.take_frame();
  machine.context = context;
  set_entry_values(kernel, machine);
  Scheduler scheduler(kernel.blocks.size());
  scheduler.add(0, context->live);
  std::uint32_t turns = 0;
  std::uint32_t position = scheduler.next();
  while (position != Scheduler::kNone) {
    const DecodedBlock& block = kernel.blocks[position];
    const std::uint32_t lanes = scheduler.take(position);
    run_steps(machine, kernel.steps.data() + block.first_step, kernel.steps.data() + block.last_step, lanes);
    leave(machine, block, lanes, scheduler);
    std::uint32_t from = 0;
    if (block.spins) {
      context->services->yield(context);
      if (++turns % kTurnsBeforeRotation == 0) from = position + 1;
    }
    const std::uint32_t later = from != 0 ? scheduler.next(from) : Scheduler::kNone;
    position = later != Scheduler::kNone ? later : scheduler.next();
  }
  kernel.give_back(machine.frame);
}

}  // namespace vgpu::interp
