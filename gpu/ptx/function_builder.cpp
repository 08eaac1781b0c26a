#include "gpu/ptx/function_builder.h"

#include <algorithm>

#include "gpu/ptx/frame.h"

namespace vgpu::ptx {

void FunctionBuilder::add(Instruction instruction, std::span<const Operand> destinations,
                          std::span<const Operand> sources) {
  instruction.first_operand = static_cast<std::uint32_t>(function_.operands.size());
  instruction.destination_count = static_cast<std::uint8_t>(destinations.size());
  instruction.source_count = static_cast<std::uint8_t>(sources.size());
  function_.operands.insert(function_.operands.end(), destinations.begin(), destinations.end());
  function_.operands.insert(function_.operands.end(), sources.begin(), sources.end());
  function_.instructions.push_back(instruction);
}

Operand FunctionBuilder::external_function(std::string_view name) {
  std::vector<std::string>& callees = function_.callees;
  const auto found = std::ranges::find(callees, name);
  const Operand operand{.kind = Operand::Kind::Function, .index = static_cast<std::uint32_t>(found - callees.begin())};
  if (found == callees.end()) callees.emplace_back(name);
  return operand;
}

Expected<void> FunctionBuilder::declare_registers(std::string_view name, Type type, std::uint64_t count,
                                                  bool is_range) {
  constexpr std::size_t kMostRegisters = 1u << 20;
  const auto first = static_cast<std::uint32_t>(function_.registers.size());
  if (count > kMostRegisters || first + count > kMostRegisters) {
    return failure("more than " + std::to_string(kMostRegisters) + " registers");
  }
  if (is_range) {
    scopes_.innermost().ranges[name] = {first, static_cast<std::uint32_t>(count)};
  } else {
    scopes_.innermost().symbols[name] = {Symbol::Kind::Register, first};
  }
  function_.registers.insert(function_.registers.end(), count, type);
  return {};
}

void FunctionBuilder::declare_variables(std::vector<Variable> variables, const char* where) {
  auto index = static_cast<std::uint32_t>(function_.variables.size());
  bool is_new = true;
  if (variables.front().space == Space::Shared) {
    const auto known = shared_variables_.try_emplace(where, index);
    index = known.first->second;
    is_new = known.second;
  }
  for (Variable& variable : variables) {
    variable.local_param = variable.space == Space::Param;
    scopes_.innermost().symbols[keep(variable.name)] = {Symbol::Kind::Variable, index++};
    if (is_new) function_.variables.push_back(std::move(variable));
  }
}

std::string_view FunctionBuilder::keep(std::string name) {
  return *names_.emplace_back(std::make_unique<std::string>(std::move(name)));
}

void FunctionBuilder::branch_to_label(std::string_view label, std::uint32_t slot, std::uint32_t line) {
  scopes_.innermost().pending.push_back({next_instruction(), slot, label, line});
}

Expected<void> FunctionBuilder::close_scope() {
  const NameScope scope = scopes_.close();
  for (const PendingBranch& branch : scope.pending) {
    const auto found = scope.labels.find(branch.label);
    if (found != scope.labels.end()) {
      targets_.push_back({branch.instruction, branch.slot, found->second});
    } else if (scope.is_function) {
      return failure("line " + std::to_string(branch.line) + ": unknown label \"" + std::string(branch.label) + '"');
    } else {
      scopes_.innermost().pending.push_back(branch);
    }
  }
  return {};
}

Expected<Function> FunctionBuilder::finish() {
  const std::uint32_t count = next_instruction();
  const bool runs_out = count == 0 || !ends_block(function_.instructions.back().op) ||
                        function_.instructions.back().guard != kNoRegister ||
                        std::ranges::find(targets_, count, &BranchTarget::target) != targets_.end();
  if (runs_out) {
    Instruction last;
    last.op = Opcode::Ret;
    last.line = count == 0 ? 0 : function_.instructions.back().line;
    add(last, {}, {});
  }
  build_blocks(function_, std::move(targets_));
  if (auto done = lay_out(function_); !done) return std::unexpected(done.error());
  return std::move(function_);
}

}  // namespace vgpu::ptx
