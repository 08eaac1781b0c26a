#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "gpu/ptx/blocks.h"
#include "gpu/ptx/ir.h"
#include "gpu/ptx/scope.h"

namespace vgpu::ptx {

// Collects a function while its text is read: instructions, names, and branches to labels that come later.
class FunctionBuilder {
 public:
  [[nodiscard]] Function& function() { return function_; }
  [[nodiscard]] Scopes& scopes() { return scopes_; }

  [[nodiscard]] std::uint32_t next_instruction() const {
    return static_cast<std::uint32_t>(function_.instructions.size());
  }
  void add(Instruction instruction, std::span<const Operand> destinations, std::span<const Operand> sources);

  // What a call instruction names that calls no function of the module's text.
  Operand external_function(std::string_view name);

  // Declares `%r<count>` (is_range) or one register. Fails when there are too many.
  Expected<void> declare_registers(std::string_view name, Type type, std::uint64_t count, bool is_range);
  // Declares variables in the innermost scope. `where`: the declaration's place in the text; those of shared space are
  // one each, however often a function's text is read.
  void declare_variables(std::vector<Variable> variables, const char* where);
  // A name that is no part of the module's text, kept as long as the builder.
  std::string_view keep(std::string name);

  // The next instruction branches to the label.
  void branch_to_label(std::string_view label, std::uint32_t slot, std::uint32_t line);
  // The instruction branches to another.
  void branch_to(std::uint32_t instruction, std::uint32_t slot, std::uint32_t target) {
    targets_.push_back({instruction, slot, target});
  }
  // The instruction branches to the next one.
  void branch_here(std::uint32_t instruction) { targets_.push_back({instruction, 0, next_instruction()}); }
  // Closes the innermost scope. A branch whose label is not in it may mean one of the braces outside, of the same
  // function; fails when there are none left.
  Expected<void> close_scope();

  // Ends the function with a ret where it runs out, cuts it into blocks and lays out its variables.
  Expected<Function> finish();

 private:
  Function function_;
  Scopes scopes_;
  std::vector<BranchTarget> targets_;
  std::vector<std::unique_ptr<std::string>> names_;
  std::unordered_map<const char*, std::uint32_t> shared_variables_;  // declaration's text -> first variable
};

}  // namespace vgpu::ptx
