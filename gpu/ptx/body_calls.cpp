#include <algorithm>

#include "gpu/ptx/body_parser.h"

namespace vgpu::ptx {
namespace {

constexpr std::size_t kDeepestCall = 64;

}  // namespace

Expected<void> BodyParser::read_procedures(std::uint32_t line) {
  Instruction end;
  end.op = Opcode::Ret;
  end.line = line;
  builder_.add(end, {}, {});
  while (const DeviceFunction* function = procedures_.begin_next()) {
    const std::string context = "function \"" + function->name + "\", ";
    callees_.push_back(function);
    scopes_.open(true);
    scopes_.innermost() = procedures_.parameter_names();
    Lexer lexer(function->body, function->line);
    lexer.next();
    if (auto done = statements(lexer); !done) return failure(context + done.error().message);
    if (auto done = builder_.close_scope(); !done) return failure(context + done.error().message);
    callees_.pop_back();
    procedures_.end(lexer.peek().line);
  }
  procedures_.finish();
  return {};
}

std::optional<std::uint32_t> BodyParser::skip_unless_guarded(const Instruction& instruction) {
  if (instruction.guard == kNoRegister) return std::nullopt;
  Instruction jump;
  jump.op = Opcode::Bra;
  jump.guard = instruction.guard;
  jump.guard_negated = !instruction.guard_negated;
  jump.line = instruction.line;
  builder_.add(jump, {}, {});
  return builder_.next_instruction() - 1;
}

Expected<void> BodyParser::return_from(Lexer& lexer, Instruction& instruction) {
  if (returns_.empty() && procedures_.inside()) {
    const auto skip = skip_unless_guarded(instruction);
    procedures_.return_to_caller(instruction.line);
    if (skip) builder_.branch_here(*skip);
    return semicolon(lexer);
  }
  if (!returns_.empty()) {
    instruction.op = Opcode::Bra;
    returns_.back().push_back(builder_.next_instruction());
  }
  builder_.add(instruction, {}, {});
  return semicolon(lexer);
}

Expected<void> BodyParser::change_stack(Lexer& lexer, const Instruction& instruction) {
  if (!procedures_.uses_stack()) return want_stack();
  scratch_.clear();
  do {
    if (auto done = operands_.parse(lexer, Type::U64, scratch_); !done) return done;
  } while (lexer.accept(','));
  const bool allocates = instruction.op == Opcode::Alloca;
  const bool right = allocates ? scratch_.size() == 2 || scratch_.size() == 3 : scratch_.size() == 1;
  const std::uint64_t alignment = scratch_.size() == 3 ? static_cast<std::uint64_t>(scratch_[2].value) : 0;
  if (!right || (alignment & (alignment - 1)) != 0) {
    return failure(at_line(instruction.line) + "wrong operands of \"" + std::string(opcode_name(instruction.op)) + '"');
  }
  const auto skip = skip_unless_guarded(instruction);
  procedures_.change_stack(instruction, scratch_[0], scratch_[allocates ? 1 : 0], alignment);
  if (skip) builder_.branch_here(*skip);
  return semicolon(lexer);
}

std::unexpected<Error> BodyParser::want_stack() {
  wants_stack_ = true;
  return failure("a stack is needed");
}

Expected<void> BodyParser::call(Lexer& lexer, const Instruction& instruction) {
  std::vector<Operand> results;
  std::vector<Operand> arguments;
  if (lexer.peek().is('(')) {
    if (auto done = argument_list(lexer, results); !done) return done;
    if (!lexer.accept(',')) return failure(expected_message("\",\"", lexer.peek()));
  }
  const Token name = lexer.next();
  if (lexer.accept(',') && lexer.peek().is('(')) {
    if (auto done = argument_list(lexer, arguments); !done) return done;
    if (lexer.accept(',')) lexer.next();
  }
  if (results.size() + arguments.size() >= kMostOperands) return failure(at_line(name.line) + "too many operands");
  if (scopes_.find(name.text)) return indirect_call(lexer, instruction, name, results, arguments);
  const DeviceFunction* callee = module_.find_function(name.text);
  if (callee == nullptr) {
    return failure(at_line(name.line) + "call of unknown function \"" + std::string(name.text) + '"');
  }
  if (!callee->body.empty()) {
    auto done = is_inlined(*callee) ? inline_call(instruction, *callee, results, arguments)
                                    : call_procedures(instruction, {&callee, 1}, nullptr, results, arguments);
    if (!done) return done;
    return semicolon(lexer);
  }
  if (auto done = call_system_function(instruction, *callee, results, arguments); !done) return done;
  return semicolon(lexer);
}

// What carries out the call finds every operand in a variable: one of the caller's, or one that is made here. None of
// these functions calls back, so a recursive caller needs no more than one of each.
Expected<void> BodyParser::call_system_function(const Instruction& instruction, const DeviceFunction& callee,
                                                const std::vector<Operand>& results,
                                                const std::vector<Operand>& arguments) {
  const auto is_variable = [](const Operand& operand) { return operand.kind == Operand::Kind::Variable; };
  const bool moves = !std::ranges::all_of(results, is_variable) || !std::ranges::all_of(arguments, is_variable);
  if (moves && (results.size() != callee.results.size() || arguments.size() != callee.parameters.size())) {
    return failure(at_line(instruction.line) + "call of \"" + callee.name + "\" with the wrong number of parameters");
  }
  const auto variable_for = [&](const Operand& operand, const std::vector<Variable>& formal, std::size_t number) {
    return is_variable(operand) ? operand : new_parameter(formal[number]);
  };
  Instruction call = instruction;
  const auto skip = moves ? skip_unless_guarded(instruction) : std::nullopt;
  if (skip) call.guard = kNoRegister;

  std::vector<Operand> sources{builder_.external_function(callee.name)};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    sources.push_back(variable_for(arguments[i], callee.parameters, i));
    if (is_variable(arguments[i])) continue;
    const Variable& formal = callee.parameters[i];
    if (procedures_.is_place(arguments[i])) {
      procedures_.copy(sources.back(), arguments[i], formal.size);
    } else {
      store_argument(call, sources.back(), formal.type, arguments[i]);
    }
  }
  std::vector<Operand> destinations;
  for (std::size_t i = 0; i < results.size(); ++i) {
    destinations.push_back(variable_for(results[i], callee.results, i));
  }
  builder_.add(call, destinations, sources);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (is_variable(results[i])) continue;
    const Variable& formal = callee.results[i];
    if (procedures_.is_place(results[i])) {
      procedures_.copy(results[i], destinations[i], formal.size);
    } else if (results[i].kind == Operand::Kind::Register) {
      load_result(call, destinations[i], formal.type, results[i]);
    }
  }
  if (skip) builder_.branch_here(*skip);
  return {};
}

Expected<void> BodyParser::argument_list(Lexer& lexer, std::vector<Operand>& arguments) {
  lexer.next();
  if (lexer.accept(')')) return {};
  do {
    if (auto done = operands_.parse(lexer, Type::B64, arguments); !done) return done;
  } while (lexer.accept(','));
  if (!lexer.accept(')')) return failure(expected_message("\")\"", lexer.peek()));
  return {};
}

bool BodyParser::is_inlined(const DeviceFunction& callee) const {
  return std::ranges::find(callees_, &callee) == callees_.end() && !callee.body.contains("alloca");
}

Expected<void> BodyParser::call_procedures(const Instruction& instruction,
                                           std::span<const DeviceFunction* const> callees, const Operand* pointer,
                                           const std::vector<Operand>& results, const std::vector<Operand>& arguments) {
  const DeviceFunction& first = *callees.front();
  if (results.size() != first.results.size() || arguments.size() != first.parameters.size()) {
    return failure(at_line(instruction.line) + "call of \"" + first.name + "\" with the wrong number of parameters");
  }
  if (!procedures_.uses_stack()) return want_stack();
  const auto skip = skip_unless_guarded(instruction);
  procedures_.call(callees, pointer, results, arguments, instruction.line);
  if (skip) builder_.branch_here(*skip);
  return {};
}

Expected<void> BodyParser::indirect_call(Lexer& lexer, const Instruction& instruction, const Token& name,
                                         const std::vector<Operand>& results, const std::vector<Operand>& arguments) {
  const auto pointer = operands_.resolve(name);
  if (!pointer) return std::unexpected(pointer.error());
  if (pointer->kind != Operand::Kind::Register || function_.registers[pointer->index] == Type::Pred) {
    return failure(at_line(name.line) + "call through \"" + std::string(name.text) + "\", which is no register");
  }
  std::vector<const DeviceFunction*> callees;
  for (const DeviceFunction* function : module_.address_taken()) {
    if (fits(results, function->results) && fits(arguments, function->parameters)) callees.push_back(function);
  }
  if (callees.empty()) {
    // Whatever the address is, it is none of this module's. Such code is usual where the host has its own version of
    // it, and is not reached on the device.
    builder_.add(instruction, {}, std::vector{builder_.external_function(kInvalidCall)});
    Instruction end = instruction;
    end.op = Opcode::Exit;
    builder_.add(end, {}, {});
    return semicolon(lexer);
  }
  if (auto done = call_procedures(instruction, callees, &*pointer, results, arguments); !done) return done;
  return semicolon(lexer);
}

bool BodyParser::fits(const std::vector<Operand>& actual, const std::vector<Variable>& formal) const {
  return std::ranges::equal(actual, formal, [&](const Operand& operand, const Variable& variable) {
    if (operand.kind == Operand::Kind::Variable) return function_.variables[operand.index].size == variable.size;
    if (procedures_.is_place(operand)) return procedures_.place_size(operand) == variable.size;
    return true;
  });
}

Expected<void> BodyParser::inline_call(const Instruction& instruction, const DeviceFunction& callee,
                                       const std::vector<Operand>& results, const std::vector<Operand>& arguments) {
  const std::string context = at_line(instruction.line) + "call of \"" + callee.name + "\"";
  if (callees_.size() >= kDeepestCall) return failure(context + " is nested too deeply");
  if (results.size() != callee.results.size() || arguments.size() != callee.parameters.size()) {
    return failure(context + " with the wrong number of parameters");
  }
  const auto skip = skip_unless_guarded(instruction);
  NameScope bound;
  bound.is_function = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Operand place = parameter_place(callee.parameters[i], arguments[i], instruction.line);
    bound.symbols[callee.parameters[i].name] = symbol_of(place);
    if (!has_place(arguments[i])) store_argument(instruction, place, callee.parameters[i].type, arguments[i]);
  }
  std::vector<Operand> result_places;
  for (std::size_t i = 0; i < results.size(); ++i) {
    result_places.push_back(parameter_place(callee.results[i], results[i], instruction.line));
    bound.symbols[callee.results[i].name] = symbol_of(result_places.back());
  }
  callees_.push_back(&callee);
  returns_.emplace_back();
  scopes_.open(true);
  scopes_.innermost() = std::move(bound);
  Lexer lexer(callee.body, callee.line);
  lexer.next();
  if (auto done = statements(lexer); !done) return failure(context + ", " + done.error().message);
  if (auto done = builder_.close_scope(); !done) return failure(context + ", " + done.error().message);
  for (const std::uint32_t from : returns_.back()) builder_.branch_here(from);
  returns_.pop_back();
  callees_.pop_back();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].kind != Operand::Kind::Register || has_place(results[i])) continue;
    load_result(instruction, result_places[i], callee.results[i].type, results[i]);
  }
  if (skip) builder_.branch_here(*skip);
  return {};
}

bool BodyParser::has_place(const Operand& operand) const {
  return operand.kind == Operand::Kind::Variable || procedures_.is_place(operand);
}

Symbol BodyParser::symbol_of(const Operand& place) {
  const bool is_register = place.kind == Operand::Kind::Register;
  return {is_register ? Symbol::Kind::Register : Symbol::Kind::Variable, place.index};
}

Operand BodyParser::parameter_place(const Variable& formal, const Operand& actual, std::uint32_t line) {
  if (has_place(actual)) return actual;
  if (procedures_.inside()) return {.kind = Operand::Kind::Register, .index = procedures_.place(formal, line)};
  return new_parameter(formal);
}

Operand BodyParser::new_parameter(const Variable& formal) {
  Variable& variable = function_.variables.emplace_back(formal);
  variable.local_param = true;
  return {.kind = Operand::Kind::Variable, .index = static_cast<std::uint32_t>(function_.variables.size() - 1)};
}

Instruction BodyParser::parameter_access(Opcode op, const Operand& place, Type type, std::uint32_t line) const {
  Instruction access;
  access.op = op;
  access.space = procedures_.is_place(place) ? Space::Local : Space::Param;
  access.types[0] = type;
  access.line = line;
  return access;
}

void BodyParser::store_argument(const Instruction& call, const Operand& place, Type type, const Operand& value) {
  const Operand operands[] = {place, value};
  builder_.add(parameter_access(Opcode::St, place, type, call.line), {}, operands);
}

void BodyParser::load_result(const Instruction& call, const Operand& place, Type type, const Operand& destination) {
  builder_.add(parameter_access(Opcode::Ld, place, type, call.line), {&destination, 1}, {&place, 1});
}

}  // namespace vgpu::ptx
