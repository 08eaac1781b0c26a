#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vgpu::ptx {

// What a name stands for inside a function.
struct Symbol {
  enum class Kind : std::uint8_t { Register, Variable };
  Kind kind = Kind::Register;
  std::uint32_t index = 0;
};

// A branch whose label is not known yet.
struct PendingBranch {
  std::uint32_t instruction = 0;
  std::uint32_t slot = 0;  // order among the targets of one brx
  std::string_view label;
  std::uint32_t line = 0;
};

// The names of one pair of braces. Those of enclosing braces are seen too, except across a called function's edge.
struct NameScope {
  bool is_function = false;
  std::unordered_map<std::string_view, Symbol> symbols;
  struct RegisterRange {  // %r<10>: %r0 to %r9
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  std::unordered_map<std::string_view, RegisterRange> ranges;
  std::unordered_map<std::string_view, std::uint32_t> labels;  // name -> instruction
  std::unordered_map<std::string_view, std::vector<std::string_view>> branch_targets;
  std::vector<PendingBranch> pending;

  [[nodiscard]] std::optional<Symbol> find(std::string_view name) const;
};

class Scopes {
 public:
  void open(bool is_function) {
    scopes_.emplace_back();
    scopes_.back().is_function = is_function;
  }
  NameScope close() {
    NameScope scope = std::move(scopes_.back());
    scopes_.pop_back();
    return scope;
  }
  [[nodiscard]] NameScope& innermost() { return scopes_.back(); }
  [[nodiscard]] std::size_t depth() const { return scopes_.size(); }
  [[nodiscard]] std::optional<Symbol> find(std::string_view name) const;
  // The labels of a .branchtargets table; nullptr when there is none of that name.
  [[nodiscard]] const std::vector<std::string_view>* find_branch_targets(std::string_view name) const;

 private:
  std::vector<NameScope> scopes_;
};

}  // namespace vgpu::ptx
