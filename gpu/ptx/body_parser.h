#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gpu/ptx/function_builder.h"
#include "gpu/ptx/lexer.h"
#include "gpu/ptx/modifiers.h"
#include "gpu/ptx/module.h"
#include "gpu/ptx/operands.h"
#include "gpu/ptx/procedures.h"
#include "gpu/ptx/scope.h"

namespace vgpu::ptx {

inline constexpr std::size_t kMostOperands = 255;

// How messages begin.
inline std::string at_line(std::uint32_t line) {
  return "line " + std::to_string(line) + ": ";
}

struct Guard {
  std::uint32_t reg = kNoRegister;
  bool negated = false;
};

// Reads one entry's text: statements and instructions in body.cpp, calls and returns in body_calls.cpp.
class BodyParser {
 public:
  BodyParser(const Module& module, const StackPlan& plan)
      : module_(module), operands_(module, function_, scopes_), procedures_(builder_, plan) {}

  // True when parse failed because the plan has no stack, and the entry wants one.
  [[nodiscard]] bool wants_stack() const { return wants_stack_; }
  [[nodiscard]] StackPlan next_plan(const Function& function) const { return procedures_.next_plan(function); }

  Expected<Function> parse(const EntrySignature& entry);

 private:
  Expected<void> read_procedures(std::uint32_t line);

  // Up to the closing brace, which it takes.
  Expected<void> statements(Lexer& lexer);
  Expected<void> statement(Lexer& lexer);
  Expected<void> directive(Lexer& lexer);
  Expected<void> registers(Lexer& lexer);
  Expected<void> variables(Lexer& lexer, Space space);
  Expected<void> label(Lexer& lexer, const Token& name);
  Expected<void> instruction(Lexer& lexer, const Token& word, Guard guard);

  // The jump over what a guard guards; unguarded where there is none. See branch_here.
  std::optional<std::uint32_t> skip_unless_guarded(const Instruction& instruction);
  Expected<void> return_from(Lexer& lexer, Instruction& instruction);
  Expected<void> change_stack(Lexer& lexer, const Instruction& instruction);
  std::unexpected<Error> want_stack();

  // Decoded opcodes are kept: a body has few different ones.
  Expected<const DecodedOpcode*> decode(Lexer& lexer, const Token& word);
  Expected<void> plain(Lexer& lexer, Instruction& instruction, bool cache_policy);
  Expected<void> branch(Lexer& lexer, const Instruction& instruction);
  Expected<void> indexed_branch(Lexer& lexer, const Instruction& instruction);
  Expected<void> call(Lexer& lexer, const Instruction& instruction);
  Expected<void> argument_list(Lexer& lexer, std::vector<Operand>& arguments);

  // A function that calls itself has a frame; so has one that takes memory until it returns.
  [[nodiscard]] bool is_inlined(const DeviceFunction& callee) const;
  Expected<void> call_procedures(const Instruction& instruction, std::span<const DeviceFunction* const> callees,
                                 const Operand* pointer, const std::vector<Operand>& results,
                                 const std::vector<Operand>& arguments);
  Expected<void> indirect_call(Lexer& lexer, const Instruction& instruction, const Token& name,
                               const std::vector<Operand>& results, const std::vector<Operand>& arguments);

  Expected<void> call_system_function(const Instruction& instruction, const DeviceFunction& callee,
                                      const std::vector<Operand>& results, const std::vector<Operand>& arguments);

  // Whether operands of a call can be a function's parameters: their sizes tell, where they have one.
  [[nodiscard]] bool fits(const std::vector<Operand>& actual, const std::vector<Variable>& formal) const;

  // Parses the callee's body here. Its parameters are the caller's `.param` variables themselves.
  Expected<void> inline_call(const Instruction& instruction, const DeviceFunction& callee,
                             const std::vector<Operand>& results, const std::vector<Operand>& arguments);

  // Whether an operand of a call is a parameter's memory itself.
  [[nodiscard]] bool has_place(const Operand& operand) const;
  static Symbol symbol_of(const Operand& place);
  // A variable like the parameter, for one call.
  Operand new_parameter(const Variable& formal);
  Operand parameter_place(const Variable& formal, const Operand& actual, std::uint32_t line);
  Instruction parameter_access(Opcode op, const Operand& place, Type type, std::uint32_t line) const;
  void store_argument(const Instruction& call, const Operand& place, Type type, const Operand& value);
  void load_result(const Instruction& call, const Operand& place, Type type, const Operand& destination);
  static Expected<void> semicolon(Lexer& lexer);
  static Expected<void> skip_to_semicolon(Lexer& lexer);

  const Module& module_;
  FunctionBuilder builder_;
  Function& function_ = builder_.function();
  Scopes& scopes_ = builder_.scopes();
  OperandParser operands_;
  Procedures procedures_;
  bool wants_stack_ = false;
  std::unordered_map<std::string_view, DecodedOpcode> opcodes_;
  std::vector<const DeviceFunction*> callees_;       // being inlined, outermost first
  std::vector<std::vector<std::uint32_t>> returns_;  // of each of them: its ret instructions
  std::vector<Operand> scratch_;
};

}  // namespace vgpu::ptx
