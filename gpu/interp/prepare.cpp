#include <map>
#include <string>
#include <tuple>

#include "gpu/interp/kernel.h"
#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/print.h"
#include "gpu/warp/mbarrier.h"
#include "gpu/warp/routines.h"

namespace vgpu::interp {
namespace {

using ptx::Function;
using ptx::Instruction;
using ptx::Opcode;
using ptx::Operand;
using ptx::Space;
using ptx::Type;

constexpr std::uint32_t kNarrowBytes = 4 * kWarpSize;
constexpr std::uint32_t kWideBytes = 8 * kWarpSize;
constexpr std::uint32_t kAlignment = 64;

Handler find_handler(const Function& function, const Instruction& instruction) {
  if (instruction.op == Opcode::Call) {
    const auto sources = function.sources(instruction);
    if (sources.empty() || sources[0].kind != Operand::Kind::Function) return nullptr;
    return call_handler(function.callees[sources[0].index]);
  }
  if (instruction.op == Opcode::Mov && instruction.source_count == 1) {
    const Operand& source = function.sources(instruction)[0];
    if (source.kind == Operand::Kind::Special)
      if (Handler clock = clock_handler(static_cast<ptx::SpecialRegister>(source.index))) return clock;
  }
  using Choose = Handler (*)(const Instruction&);
  constexpr Choose kFamilies[] = {&move_handler,   &memory_handler,  &integer_handler, &bits_handler,
                                  &float_handler,  &half_handler,    &convert_handler, &compare_handler,
                                  &atomic_handler, &warp_handler,    &matrix_handler,  &mbarrier_handler,
                                  &video_handler,  &texture_handler, &control_handler};
  for (const Choose choose : kFamilies)
    if (Handler handler = choose(instruction)) return handler;
  return nullptr;
}

bool waits(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Atom:
    case Opcode::Nanosleep:
      return true;
    case Opcode::Ld:
      return instruction.order != ptx::MemoryOrder::Weak;
    default:
      return warp::is_mbarrier_wait(instruction.op);
  }
}

class Decoder {
 public:
  explicit Decoder(InterpretedKernel& kernel)
      : kernel_(kernel), function_(kernel.function), flow_(ptx::analyze_control_flow(kernel.function)) {}

  Expected<void> decode() {
    place_registers();
    count_operands();
    for (const std::uint32_t block : flow_.order)
      if (auto done = add_block(block); !done) return done;
    kernel_.frame_bytes = next_;
    return {};
  }

 private:
  std::uint32_t allocate(std::uint32_t bytes) {
    const std::uint32_t offset = next_;
    next_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return offset;
  }

  void place_registers() {
    for (const Type type : function_.registers) {
      const unsigned bits = ptx::bit_width(type);
      const std::uint32_t offset = type == Type::Pred ? allocate(4) : allocate(bits == 64 ? kWideBytes : kNarrowBytes);
      registers_.push_back({offset, offset, offset, static_cast<std::uint8_t>(bits), false, 0});
    }
    discard_ = allocate(kWideBytes);
    kernel_.register_bytes = next_;
  }

  // Steps point into `refs`: it must not grow while they are made.
  void count_operands() { kernel_.refs.reserve(function_.operands.size() + 1); }

  Ref three_forms() {
    const std::uint32_t narrow = allocate(kNarrowBytes);
    const std::uint32_t wide = allocate(kWideBytes);
    return {narrow, wide, allocate(4), 0, false, 0};
  }

  Ref constant(std::uint64_t value) {
    const auto [entry, fresh] = constants_.try_emplace(value);
    if (fresh) {
      entry->second = three_forms();
      kernel_.constants.push_back({entry->second, value});
    }
    return entry->second;
  }

  Ref special(std::uint32_t index) {
    const auto [entry, fresh] = specials_.try_emplace(index);
    if (fresh) {
      entry->second = three_forms();
      EntryValue value;
      value.ref = entry->second;
      value.is_special = true;
      value.special = static_cast<ptx::SpecialRegister>(index);
      kernel_.entry_values.push_back(value);
    }
    return entry->second;
  }

  Ref variable(const Operand& operand) {
    const auto [entry, fresh] = variables_.try_emplace({operand.index, operand.value});
    if (fresh) {
      const ptx::Variable& source = function_.variables[operand.index];
      entry->second = three_forms();
      EntryValue value;
      value.ref = entry->second;
      value.space = source.space;
      value.in_frame = source.local_param || source.space == Space::Local;
      value.offset = source.offset;
      value.addend = operand.value;
      kernel_.entry_values.push_back(value);
    }
    return entry->second;
  }

  Ref reference(const Operand& operand) {
    switch (operand.kind) {
      case Operand::Kind::Register: {
        Ref ref = registers_[operand.index];
        ref.negated = operand.negated;
        ref.addend = operand.value;
        return ref;
      }
      case Operand::Kind::Immediate: {
        Ref ref = constant(static_cast<std::uint64_t>(operand.value));
        ref.negated = operand.negated;
        return ref;
      }
      case Operand::Kind::Special:
        return special(operand.index);
      case Operand::Kind::Variable:
        return variable(operand);
      default:
        return {discard_, discard_, discard_, 64, false, 0};
    }
  }

  // Call parameters live in the lane's frame, whatever space the instruction names.
  Space space_of(const Instruction& instruction) const {
    for (const Operand& operand : function_.sources(instruction)) {
      if (operand.kind == Operand::Kind::Variable && function_.variables[operand.index].local_param)
        return Space::Local;
      break;
    }
    return instruction.space;
  }

  Expected<void> add_step(const Instruction& instruction) {
    Step step;
    step.handler = find_handler(function_, instruction);
    if (step.handler == nullptr) {
      return failure("kernel \"" + function_.name + "\", line " + std::to_string(instruction.line) +
                     ": the interpreter does not have \"" + ptx::print(function_, instruction) + "\"");
    }
    step.instruction = &instruction;
    step.routine = warp::find_routine(instruction);
    step.space = space_of(instruction);
    step.refs = kernel_.refs.data() + kernel_.refs.size();
    for (const Operand& operand : function_.destinations(instruction)) kernel_.refs.push_back(reference(operand));
    for (const Operand& operand : function_.sources(instruction)) kernel_.refs.push_back(reference(operand));
    step.guarded = instruction.guard != ptx::kNoRegister;
    if (step.guarded) step.guard = registers_[instruction.guard].mask;
    step.guard_negated = instruction.guard_negated;
    kernel_.steps.push_back(step);
    return {};
  }

  void end_block(const Instruction& last, DecodedBlock& decoded) {
    switch (last.op) {
      case Opcode::Bra:
        decoded.end = BlockEnd::Branch;
        break;
      case Opcode::Brx:
        decoded.end = BlockEnd::Indexed;
        decoded.index = reference(function_.sources(last)[0]);
        break;
      case Opcode::Ret:
      case Opcode::Exit:
        decoded.end = BlockEnd::Return;
        break;
      default:
        return;
    }
    decoded.guarded = last.guard != ptx::kNoRegister;
    if (decoded.guarded) decoded.guard = registers_[last.guard].mask;
    decoded.guard_negated = last.guard_negated;
  }

  bool loop_waits(std::uint32_t header) {
    for (const ptx::Loop& loop : flow_.loops) {
      if (loop.header != header) continue;
      for (const std::uint32_t block : loop.blocks)
        for (std::uint32_t i = function_.blocks[block].begin; i < function_.blocks[block].end; ++i)
          if (waits(function_.instructions[i])) return true;
    }
    return false;
  }

  Expected<void> add_block(std::uint32_t index) {
    const ptx::Block& block = function_.blocks[index];
    DecodedBlock decoded;
    decoded.first_step = static_cast<std::uint32_t>(kernel_.steps.size());
    std::uint32_t end = block.end;
    if (block.begin != block.end) {
      end_block(function_.instructions[block.end - 1], decoded);
      if (decoded.end != BlockEnd::Fall) --end;
    }
    for (std::uint32_t i = block.begin; i < end; ++i)
      if (auto done = add_step(function_.instructions[i]); !done) return done;
    decoded.last_step = static_cast<std::uint32_t>(kernel_.steps.size());
    for (const std::uint32_t successor : block.successors) {
      decoded.successors.push_back(flow_.position[successor]);
      if (flow_.position[successor] <= flow_.position[index]) decoded.spins |= loop_waits(successor);
    }
    kernel_.blocks.push_back(std::move(decoded));
    return {};
  }

  InterpretedKernel& kernel_;
  const Function& function_;
  ptx::ControlFlow flow_;
  std::uint32_t next_ = 0;
  std::uint32_t discard_ = 0;
  std::vector<Ref> registers_;
  std::map<std::uint64_t, Ref> constants_;
  std::map<std::uint32_t, Ref> specials_;
  std::map<std::pair<std::uint32_t, std::int64_t>, Ref> variables_;
};

}  // namespace

Expected<InterpretedKernelPointer> prepare(ptx::Function function) {
  InterpretedKernelPointer kernel(new InterpretedKernel(std::move(function)));
  if (auto done = Decoder(*kernel).decode(); !done) return std::unexpected(done.error());
  return kernel;
}

}  // namespace vgpu::interp
