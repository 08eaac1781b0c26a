#include "cli/doctor/call_log.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kMostNames = 8192;
constexpr std::size_t kLongestName = 127;
constexpr std::string_view kResult = ") = ";
constexpr std::string_view kRefused = ", refused";

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

}  // namespace

std::map<std::string, Calls, std::less<>> count_calls(std::string_view text) {
  std::map<std::string, Calls, std::less<>> calls;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view name = line.substr(0, line.find('('));
    // An argument may have such a text in it; the result comes last.
    const std::size_t at = line.rfind(kResult);
    if (!is_name(name) || at == std::string_view::npos) continue;
    const std::string_view result = line.substr(at + kResult.size());
    long long number = 0;
    const auto parsed = std::from_chars(result.data(), result.data() + result.size(), number);
    if (parsed.ec != std::errc()) continue;
    auto found = calls.find(name);
    if (found == calls.end()) {
      if (calls.size() == kMostNames) continue;
      found = calls.emplace(name, Calls{}).first;
    }
    Calls& of_name = found->second;
    ++of_name.count;
    of_name.refused = of_name.refused || line.ends_with(kRefused);
    if (number == 0) continue;
    ++of_name.failed;
    of_name.last_error = number;
  }
  return calls;
}

}  // namespace vgpu::cli::doctor
