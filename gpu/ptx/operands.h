#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "gpu/ptx/ir.h"
#include "gpu/ptx/lexer.h"
#include "gpu/ptx/module.h"
#include "gpu/ptx/scope.h"

namespace vgpu::ptx {

// Reads operands and resolves their names, adding module variables to the function's tables as they are met.
class OperandParser {
 public:
  OperandParser(const Module& module, Function& function, const Scopes& scopes)
      : module_(module), function_(function), scopes_(scopes) {}

  // Reads one operand as written (a vector in braces and `p|q` count as one) and appends what it opens into.
  // `type`: that of literals in it.
  Expected<void> parse(Lexer& lexer, Type type, std::vector<Operand>& operands);

  // The variable, register or function's address of a name.
  Expected<Operand> resolve(const Token& name);

 private:
  Expected<void> parse_single(Lexer& lexer, Type type, std::vector<Operand>& operands);
  Expected<void> parse_address(Lexer& lexer, std::vector<Operand>& operands);
  Expected<void> parse_coordinates(Lexer& lexer, std::vector<Operand>& operands);  // of a texture or surface
  Expected<void> parse_offset(Lexer& lexer, Operand& operand);
  Expected<Operand> parse_literal(Lexer& lexer, Type type);
  Operand use_module_variable(const Variable& variable);

  const Module& module_;
  Function& function_;
  const Scopes& scopes_;
  std::unordered_map<const Variable*, std::uint32_t> module_variables_;  // -> position in function_.variables
};

}  // namespace vgpu::ptx
