#include "gpu/ptx/procedures.h"

#include <algorithm>
#include <array>
#include <string>

#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/layout.h"
#include "gpu/ptx/modifiers.h"

namespace vgpu::ptx {
namespace {

constexpr std::uint32_t kHeader = 16;        // bytes: number of the call, caller's base
constexpr std::uint32_t kSlot = 16;          // bytes: alignment of all that is on the stack
constexpr std::uint32_t kSavedRegister = 8;  // bytes
constexpr std::int64_t kCallersBase = 8;     // byte offset

Operand register_operand(std::uint32_t index, std::int64_t offset = 0) {
  return {.kind = Operand::Kind::Register, .index = index, .value = offset};
}

Operand number(std::uint64_t value) {
  return {.kind = Operand::Kind::Immediate, .value = static_cast<std::int64_t>(value)};
}

std::uint32_t slot_bytes(const Variable& variable) {
  return static_cast<std::uint32_t>(round_up(std::max<std::uint64_t>(variable.size, 1), kSlot));
}

// Where results and parameters of a function lie in its frame, and what is behind them.
struct ParameterPlaces {
  std::vector<std::uint32_t> results;
  std::vector<std::uint32_t> parameters;
  std::uint32_t end = kHeader;

  explicit ParameterPlaces(const DeviceFunction& function) {
    const auto add = [&](const std::vector<Variable>& variables, std::vector<std::uint32_t>& places) {
      for (const Variable& variable : variables) {
        places.push_back(end);
        end += slot_bytes(variable);
      }
    };
    add(function.results, results);
    add(function.parameters, parameters);
  }
};

// The memory operation on a value of so many bytes, which lies in a register of as many or more.
std::string access(const char* operation, std::uint64_t bytes) {
  return std::string(operation) + ".local.u" + std::to_string(8 * bytes);
}

}  // namespace

void Procedures::emit(std::string_view opcode, std::initializer_list<Operand> destinations,
                      std::initializer_list<Operand> sources) {
  Instruction instruction = decode_opcode(opcode).value().prototype;
  instruction.line = line_;
  builder_.add(instruction, destinations, sources);
}

void Procedures::emit_guarded(std::string_view opcode, std::uint32_t guard, std::initializer_list<Operand> sources) {
  Instruction instruction = decode_opcode(opcode).value().prototype;
  instruction.line = line_;
  instruction.guard = guard;
  builder_.add(instruction, {}, sources);
}

std::uint32_t Procedures::new_register(Type type) {
  std::vector<Type>& registers = builder_.function().registers;
  registers.push_back(type);
  return static_cast<std::uint32_t>(registers.size() - 1);
}

std::uint32_t Procedures::new_place(std::uint64_t size) {
  const std::uint32_t reg = new_register(Type::U64);
  places_.emplace(reg, size);
  return reg;
}

void Procedures::begin_entry(std::uint32_t line) {
  line_ = line;
  Variable stack;
  stack.name = "stack";
  stack.space = Space::Local;
  stack.alignment = kSlot;
  stack.size = kStackSize + plan_.outgoing;
  std::vector<Variable>& variables = builder_.function().variables;
  stack_ = static_cast<std::uint32_t>(variables.size());
  variables.push_back(std::move(stack));
  base_ = new_register(Type::U64);
  top_ = new_register(Type::U64);
  scratch_ = new_register(Type::U64);
  word_ = new_register(Type::U32);
  condition_ = new_register(Type::Pred);
  emit("mov.u64", {register_operand(top_)}, {{.kind = Operand::Kind::Variable, .index = stack_}});
  emit("mov.u64", {register_operand(base_)}, {register_operand(top_)});
}

void Procedures::check_top() {
  const Operand end{.kind = Operand::Kind::Variable, .index = stack_, .value = kStackSize};
  emit("mov.u64", {register_operand(scratch_)}, {end});
  emit("setp.gt.u64", {register_operand(condition_)}, {register_operand(top_), register_operand(scratch_)});
  emit_guarded("call", condition_, {builder_.external_function(kStackOverflow)});
}

Procedures::Procedure& Procedures::procedure_of(const DeviceFunction* function) {
  for (const auto& procedure : procedures_) {
    if (procedure->function == function) return *procedure;
  }
  procedures_.push_back(std::make_unique<Procedure>());
  procedures_.back()->function = function;
  return *procedures_.back();
}

void Procedures::copy(const Operand& to, const Operand& from, std::uint64_t size) {
  const auto part = [&](const char* operation, const Operand& place, std::uint64_t offset, std::uint64_t bytes) {
    Instruction instruction = decode_opcode(access(operation, bytes)).value().prototype;
    instruction.line = line_;
    if (place.kind == Operand::Kind::Variable) instruction.space = Space::Param;
    Operand address = place;
    address.value += static_cast<std::int64_t>(offset);
    const Operand value = register_operand(scratch_);
    if (instruction.op == Opcode::Ld) {
      builder_.add(instruction, std::array{value}, std::array{address});
    } else {
      builder_.add(instruction, {}, std::array{address, value});
    }
  };
  for (std::uint64_t offset = 0; offset < size;) {
    std::uint64_t bytes = 8;
    while (bytes > size - offset) bytes /= 2;
    part("ld", from, offset, bytes);
    part("st", to, offset, bytes);
    offset += bytes;
  }
}

void Procedures::store_argument(const Operand& to, const Operand& argument, const Variable& formal) {
  if (argument.kind == Operand::Kind::Variable || is_place(argument)) return copy(to, argument, formal.size);
  if (argument.kind == Operand::Kind::Discard) return;
  emit(access("st", byte_size(formal.type)), {}, {to, argument});
}

void Procedures::load_result(const Operand& result, const Operand& from, const Variable& formal) {
  if (result.kind == Operand::Kind::Variable || is_place(result)) return copy(result, from, formal.size);
  if (result.kind == Operand::Kind::Register) emit(access("ld", byte_size(formal.type)), {result}, {from});
}

void Procedures::save_registers(bool restore) {
  const auto planned = plan_.procedures.find(current_->function);
  if (planned == plan_.procedures.end()) return;
  auto offset = static_cast<std::int64_t>(ParameterPlaces(*current_->function).end);
  const std::vector<Type>& registers = builder_.function().registers;
  for (const std::uint32_t reg : planned->second.saved) {
    if (reg >= registers.size()) break;  // declared behind this call: it holds nothing yet
    const Type type = registers[reg];
    const Operand place = register_operand(base_, offset);
    const Operand word = register_operand(word_);
    offset += kSavedRegister;
    if (type == Type::Pred && restore) {
      emit("ld.local.u32", {word}, {place});
      emit("setp.ne.u32", {register_operand(reg)}, {word, number(0)});
    } else if (type == Type::Pred) {
      emit("selp.u32", {word}, {number(1), number(0), register_operand(reg)});
      emit("st.local.u32", {}, {place, word});
    } else if (restore) {
      emit(access("ld", byte_size(type)), {register_operand(reg)}, {place});
    } else {
      emit(access("st", byte_size(type)), {}, {place, register_operand(reg)});
    }
  }
}

void Procedures::jump_to(const DeviceFunction* function) {
  Procedure& procedure = procedure_of(function);
  emit("st.local.u32", {}, {register_operand(top_), number(procedure.jumps.size())});
  procedure.jumps.push_back(builder_.next_instruction());
  emit("bra", {}, {});
}

void Procedures::call(std::span<const DeviceFunction* const> callees, const Operand* pointer,
                      std::span<const Operand> results, std::span<const Operand> arguments, std::uint32_t line) {
  line_ = line;
  const DeviceFunction& first = *callees.front();
  const ParameterPlaces places(first);
  outgoing_ = std::max(outgoing_, places.end);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    store_argument(register_operand(top_, places.parameters[i]), arguments[i], first.parameters[i]);
  }
  if (inside()) {
    emit("st.local.u64", {}, {register_operand(top_, kCallersBase), register_operand(base_)});
    save_registers(false);
  }
  if (pointer == nullptr) {
    jump_to(&first);
  } else {
    for (const DeviceFunction* callee : callees) {
      emit("setp.ne.u64", {register_operand(condition_)}, {*pointer, number(callee->address)});
      const std::uint32_t skip = builder_.next_instruction();
      emit_guarded("bra", condition_, {});
      jump_to(callee);
      builder_.branch_here(skip);
    }
    emit("call", {}, {builder_.external_function(kInvalidCall)});
    emit("exit", {}, {});
  }
  const std::uint32_t behind = builder_.next_instruction();
  for (const DeviceFunction* callee : callees) procedure_of(callee).continuations.push_back(behind);
  if (inside()) {
    current_->calls.push_back(behind);
    emit("ld.local.u64", {register_operand(base_)}, {register_operand(top_, kCallersBase)});
    save_registers(true);
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    load_result(results[i], register_operand(top_, places.results[i]), first.results[i]);
  }
  // Something to jump back to, where nothing above is.
  if (behind == builder_.next_instruction()) emit("mov.u64", {register_operand(scratch_)}, {number(0)});
}

const DeviceFunction* Procedures::begin_next() {
  if (next_ == procedures_.size()) return nullptr;
  current_ = procedures_[next_++].get();
  line_ = current_->function->line;
  current_->start = builder_.next_instruction();
  current_->first_register = static_cast<std::uint32_t>(builder_.function().registers.size());
  const auto planned = plan_.procedures.find(current_->function);
  const StackPlan::Procedure plan = planned == plan_.procedures.end() ? StackPlan::Procedure{} : planned->second;
  current_->frame = ParameterPlaces(*current_->function).end +
                    static_cast<std::uint32_t>(round_up(plan.saved.size() * kSavedRegister, kSlot));
  emit("mov.u64", {register_operand(base_)}, {register_operand(top_)});
  emit("add.u64", {register_operand(top_)}, {register_operand(base_), number(plan.frame)});
  check_top();
  return current_->function;
}

NameScope Procedures::parameter_names() {
  NameScope names;
  names.is_function = true;
  const ParameterPlaces places(*current_->function);
  const auto name = [&](const std::vector<Variable>& variables, const std::vector<std::uint32_t>& offsets) {
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const std::uint32_t reg = new_place(variables[i].size);
      emit("add.u64", {register_operand(reg)}, {register_operand(base_), number(offsets[i])});
      names.symbols[variables[i].name] = {Symbol::Kind::Register, reg};
    }
  };
  name(current_->function->results, places.results);
  name(current_->function->parameters, places.parameters);
  return names;
}

void Procedures::end(std::uint32_t line) {
  return_to_caller(line);
  current_->last_register = static_cast<std::uint32_t>(builder_.function().registers.size());
  current_ = nullptr;
}

void Procedures::return_to_caller(std::uint32_t line) {
  line_ = line;
  emit("mov.u64", {register_operand(top_)}, {register_operand(base_)});
  emit("ld.local.u32", {register_operand(word_)}, {register_operand(base_)});
  current_->returns.push_back(builder_.next_instruction());
  emit("brx.idx", {}, {register_operand(word_)});
}

std::uint32_t Procedures::place(const Variable& variable, std::uint32_t line) {
  line_ = line;
  const std::uint32_t reg = new_place(variable.size);
  emit("add.u64", {register_operand(reg)}, {register_operand(base_), number(current_->frame)});
  current_->frame += slot_bytes(variable);
  return reg;
}

void Procedures::change_stack(const Instruction& instruction, const Operand& destination, const Operand& source,
                              std::uint64_t alignment) {
  line_ = instruction.line;
  if (instruction.op == Opcode::Stacksave) return emit("mov.u64", {destination}, {register_operand(top_)});
  if (instruction.op == Opcode::Stackrestore) return emit("mov.u64", {register_operand(top_)}, {source});
  const std::uint64_t boundary = std::max<std::uint64_t>(alignment, kSlot);
  const Operand top = register_operand(top_);
  const Operand scratch = register_operand(scratch_);
  if (boundary > kSlot) {
    emit("add.u64", {top}, {top, number(boundary - 1)});
    emit("and.b64", {top}, {top, number(~(boundary - 1))});
  }
  // A size beyond the stack must not wrap around.
  emit("min.u64", {scratch}, {source, number(2 * kStackSize)});
  emit("add.u64", {scratch}, {scratch, number(kSlot - 1)});
  emit("and.b64", {scratch}, {scratch, number(~std::uint64_t{kSlot - 1})});
  const std::uint32_t start = new_register(Type::U64);
  emit("mov.u64", {register_operand(start)}, {top});
  emit("add.u64", {top}, {top, scratch});
  check_top();
  emit("mov.u64", {destination}, {register_operand(start)});
}

void Procedures::finish() {
  for (const auto& procedure : procedures_) {
    for (const std::uint32_t jump : procedure->jumps) builder_.branch_to(jump, 0, procedure->start);
    for (const std::uint32_t from : procedure->returns) {
      for (std::uint32_t slot = 0; slot < procedure->continuations.size(); ++slot) {
        builder_.branch_to(from, slot, procedure->continuations[slot]);
      }
    }
  }
}

StackPlan Procedures::next_plan(const Function& function) const {
  StackPlan plan{.used = true, .outgoing = outgoing_, .procedures = {}};
  const Liveness liveness = analyze_liveness(function, analyze_control_flow(function));
  for (const auto& procedure : procedures_) {
    StackPlan::Procedure& planned = plan.procedures[procedure->function];
    std::vector<bool> kept(function.registers.size());
    for (const std::uint32_t behind : procedure->calls) {
      const auto block = std::ranges::find(function.blocks, behind, &Block::begin);
      const std::vector<bool>& live = liveness.live_in[static_cast<std::size_t>(block - function.blocks.begin())];
      for (std::uint32_t r = procedure->first_register; r < procedure->last_register; ++r) kept[r] = kept[r] || live[r];
    }
    for (std::uint32_t r = 0; r < kept.size(); ++r) {
      if (kept[r]) planned.saved.push_back(r);
    }
    planned.frame =
        procedure->frame + static_cast<std::uint32_t>(round_up(planned.saved.size() * kSavedRegister, kSlot));
  }
  return plan;
}

}  // namespace vgpu::ptx
