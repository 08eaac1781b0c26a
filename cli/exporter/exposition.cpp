#include "cli/exporter/exposition.h"

#include <array>
#include <charconv>

namespace vgpu::exporter {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// The length of the character that begins here; 0 when it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  const auto follows = [&](std::size_t at, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(at) >= low && byte(at) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string label_value(std::string_view text) {
  std::string value;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      value += kReplacement;
    } else if (text[0] == '\n') {
      value += "\\n";
    } else if (text[0] == '\\' || text[0] == '"') {
      value += '\\';
      value += text[0];
    } else {
      value += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return value;
}

void add_heading(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  ((((((text += "# HELP ") += name) += ' ') += help) += "\n# TYPE ") += name) += ' ';
  (text += type) += '\n';
}

void add_sample(std::string& text, std::string_view name, const Labels& labels, double value) {
  text += name;
  char before = '{';
  for (const auto& [label, content] : labels) {
    if (content.empty()) continue;
    text += before;
    ((((text += label) += "=\"") += label_value(content)) += '"');
    before = ',';
  }
  if (before == ',') text += '}';
  std::array<char, 32> number{};
  const auto end = std::to_chars(number.data(), number.data() + number.size(), value).ptr;
  ((text += ' ').append(number.data(), end)) += '\n';
}

}  // namespace vgpu::exporter
