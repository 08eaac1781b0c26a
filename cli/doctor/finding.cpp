#include "cli/doctor/finding.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kLongestQuotation = 300;

std::string_view name_of(State state) {
  switch (state) {
    case State::Ok:
      return "ok";
    case State::Warning:
      return "warning";
    case State::Missing:
      return "missing";
  }
  return "missing";
}

// Bytes above 0x7e could be a terminal's commands too (the C1 controls), in UTF-8 or not.
std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, [](unsigned char byte) { return byte < 0x20 || byte > 0x7e; }, '?');
  return result;
}

}  // namespace

bool passes(const Findings& findings) {
  return std::ranges::none_of(findings, [](const Finding& finding) { return finding.state == State::Missing; });
}

std::string to_text(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    std::string line(name_of(finding.state));
    line.resize(std::string_view("warning ").size(), ' ');
    line += finding.what;
    if (!finding.detail.empty()) line += ": " + finding.detail;
    if (!finding.advice.empty()) line += "; " + finding.advice;
    text += printable(line) + '\n';
  }
  return text;
}

std::string to_json(const Findings& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"what", printable(finding.what)},
                    {"state", name_of(finding.state)},
                    {"detail", printable(finding.detail)},
                    {"advice", printable(finding.advice)}});
  }
  return list.dump(2) + '\n';
}

std::string in_quotes(std::string_view text) {
  const bool is_long = text.size() > kLongestQuotation;
  return '"' + std::string(text.substr(0, kLongestQuotation)) + (is_long ? "...\"" : "\"");
}

}  // namespace vgpu::cli::doctor
