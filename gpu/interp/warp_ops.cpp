#include <array>

#include "gpu/interp/machine.h"
#include "gpu/warp/routines.h"

// Lane-to-lane operations: shfl, vote, match, redux, activemask, elect. The lanes that take part are the active ones.
namespace vgpu::interp {
namespace {

using ptx::AtomicOperation;
using ptx::Instruction;
using ptx::Opcode;
using ptx::ShuffleMode;
using ptx::Type;
using ptx::VoteMode;
using Word = std::uint32_t;

using Shuffle = Word (*)(Word*, const Word*, const Word*, const Word*, Word);

template <Shuffle Function>
void shuffle(Machine& machine, const Step& step) {
  const Word in_range = Function(machine.narrow(step.destination(0)), machine.narrow(step.source(0)),
                                 machine.narrow(step.source(1)), machine.narrow(step.source(2)), machine.active);
  if (step.instruction->destination_count > 1) machine.set_predicate(step.destination(1), in_range);
}

void fill(Machine& machine, const Step& step, Word value) {
  Word* d = machine.narrow(step.destination(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = value; });
}

// The sets of lanes that a .sync form names, one for each lane; null for older forms, which take all active lanes.
const Word* members(Machine& machine, const Step& step, std::size_t index) {
  return step.instruction->source_count > index ? machine.narrow(step.source(index)) : nullptr;
}

void vote(Machine& machine, const Step& step) {
  const Word* const sets = members(machine, step, 1);
  std::array<Word, kWarpSize> ballots{};
  const Word votes = machine.predicate(step.source(0)) & machine.active;
  for_each_active(machine.active, [&](unsigned lane) { ballots[lane] = votes & (sets == nullptr ? ~0u : sets[lane]); });
  if (step.instruction->vote == VoteMode::Ballot) {
    Word* d = machine.narrow(step.destination(0));
    for_each_active(machine.active, [&](unsigned lane) { d[lane] = ballots[lane]; });
    return;
  }
  Word result = 0;
  for_each_active(machine.active, [&](unsigned lane) {
    const bool none = ballots[lane] == 0;
    const bool all = ballots[lane] == (machine.active & (sets == nullptr ? ~0u : sets[lane]));
    const VoteMode mode = step.instruction->vote;
    const bool holds = mode == VoteMode::All ? all : mode == VoteMode::Any ? !none : all || none;
    result |= static_cast<Word>(holds) << lane;
  });
  machine.set_predicate(step.destination(0), result);
}

void match(Machine& machine, const Step& step) {
  const bool wide = bit_width(step.instruction->types[0]) == 64;
  const Ref& a = step.source(0);
  const Word* const sets = machine.narrow(step.source(1));
  std::array<Word, kWarpSize> same{};
  if (step.instruction->vote == VoteMode::Any) {
    if (wide) {
      vgpu_match_any_groups_b64(same.data(), machine.wide(a), sets, machine.active);
    } else {
      vgpu_match_any_groups_b32(same.data(), machine.narrow(a), sets, machine.active);
    }
  } else if (wide) {
    vgpu_match_all_groups_b64(same.data(), machine.wide(a), sets, machine.active);
  } else {
    vgpu_match_all_groups_b32(same.data(), machine.narrow(a), sets, machine.active);
  }
  Word* d = machine.narrow(step.destination(0));
  Word found = 0;
  for_each_active(machine.active, [&](unsigned lane) {
    d[lane] = same[lane];
    found |= static_cast<Word>(same[lane] != 0) << lane;
  });
  if (step.instruction->destination_count > 1) machine.set_predicate(step.destination(1), found);
}

template <Word (*Function)(const Word*, Word)>
void reduce(Machine& machine, const Step& step) {
  std::array<Word, kWarpSize> results{};
  vgpu_redux_groups(results.data(), machine.narrow(step.source(0)), machine.narrow(step.source(1)), machine.active,
                    Function);
  Word* d = machine.narrow(step.destination(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = results[lane]; });
}

void active_mask(Machine& machine, const Step& step) {
  fill(machine, step, machine.active);
}

void elect(Machine& machine, const Step& step) {
  const auto leader = static_cast<Word>(std::countr_zero(machine.active));
  fill(machine, step, leader);
  if (step.instruction->destination_count > 1) machine.set_predicate(step.destination(1), 1u << leader);
}

Handler shuffle_handler(ShuffleMode mode) {
  switch (mode) {
    case ShuffleMode::Up:
      return &shuffle<vgpu_shfl_up>;
    case ShuffleMode::Down:
      return &shuffle<vgpu_shfl_down>;
    case ShuffleMode::Butterfly:
      return &shuffle<vgpu_shfl_bfly>;
    default:
      return &shuffle<vgpu_shfl_idx>;
  }
}

Handler reduce_handler(const Instruction& instruction) {
  const bool sign = is_signed_integer(instruction.types[0]);
  if (is_float(instruction.types[0])) return nullptr;
  switch (instruction.atomic) {
    case AtomicOperation::Add:
      return &reduce<vgpu_redux_add>;
    case AtomicOperation::And:
      return &reduce<vgpu_redux_and>;
    case AtomicOperation::Or:
      return &reduce<vgpu_redux_or>;
    case AtomicOperation::Xor:
      return &reduce<vgpu_redux_xor>;
    case AtomicOperation::Min:
      return sign ? &reduce<vgpu_redux_min_s32> : &reduce<vgpu_redux_min_u32>;
    case AtomicOperation::Max:
      return sign ? &reduce<vgpu_redux_max_s32> : &reduce<vgpu_redux_max_u32>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler warp_handler(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Shfl:
      return shuffle_handler(instruction.shuffle);
    case Opcode::Vote:
      return &vote;
    case Opcode::Match:
      return &match;
    case Opcode::Redux:
      return reduce_handler(instruction);
    case Opcode::Activemask:
      return &active_mask;
    case Opcode::Elect:
      return &elect;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
