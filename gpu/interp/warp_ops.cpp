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

void vote(Machine& machine, const Step& step) {
  const Word votes = machine.predicate(step.source(0)) & machine.active;
  switch (step.instruction->vote) {
    case VoteMode::All:
      return machine.set_predicate(step.destination(0), votes == machine.active ? ~0u : 0u);
    case VoteMode::Any:
      return machine.set_predicate(step.destination(0), votes != 0 ? ~0u : 0u);
    case VoteMode::Uni:
      return machine.set_predicate(step.destination(0), votes == machine.active || votes == 0 ? ~0u : 0u);
    default:
      return fill(machine, step, votes);
  }
}

void match(Machine& machine, const Step& step) {
  const bool wide = bit_width(step.instruction->types[0]) == 64;
  const Ref& a = step.source(0);
  if (step.instruction->vote == VoteMode::Any) {
    Word* d = machine.narrow(step.destination(0));
    if (wide) {
      vgpu_match_any_b64(d, machine.wide(a), machine.active);
    } else {
      vgpu_match_any_b32(d, machine.narrow(a), machine.active);
    }
    return;
  }
  const Word same = wide ? vgpu_match_all_b64(machine.wide(a), machine.active)
                         : vgpu_match_all_b32(machine.narrow(a), machine.active);
  fill(machine, step, same);
  if (step.instruction->destination_count > 1) machine.set_predicate(step.destination(1), same != 0 ? ~0u : 0u);
}

template <Word (*Function)(const Word*, Word)>
void reduce(Machine& machine, const Step& step) {
  fill(machine, step, Function(machine.narrow(step.source(0)), machine.active));
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
