#include "gpu/ptx/scope.h"

#include <charconv>
#include <ranges>

namespace vgpu::ptx {

std::optional<Symbol> NameScope::find(std::string_view name) const {
  if (!ranges.empty()) {
    // The prefix of a range may end in digits itself, so every split is tried, most likely one first.
    for (std::size_t split = name.find_last_not_of("0123456789") + 1; split < name.size(); ++split) {
      const auto range = ranges.find(name.substr(0, split));
      if (range == ranges.end()) continue;
      const std::string_view digits = name.substr(split);
      std::uint32_t number = 0;
      const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      const bool canonical = digits.size() == 1 || digits[0] != '0';
      if (parsed.ec == std::errc() && canonical && number < range->second.count) {
        return Symbol{Symbol::Kind::Register, range->second.first + number};
      }
    }
  }
  const auto found = symbols.find(name);
  return found == symbols.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Symbol> Scopes::find(std::string_view name) const {
  for (const NameScope& scope : std::views::reverse(scopes_)) {
    if (const auto symbol = scope.find(name)) return symbol;
    if (scope.is_function) break;
  }
  return std::nullopt;
}

const std::vector<std::string_view>* Scopes::find_branch_targets(std::string_view name) const {
  for (const NameScope& scope : std::views::reverse(scopes_)) {
    const auto found = scope.branch_targets.find(name);
    if (found != scope.branch_targets.end()) return &found->second;
    if (scope.is_function) break;
  }
  return nullptr;
}

}  // namespace vgpu::ptx
