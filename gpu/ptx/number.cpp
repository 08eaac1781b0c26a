#include "gpu/ptx/number.h"

#include <bit>
#include <charconv>

namespace vgpu::ptx {
namespace {

std::optional<std::uint64_t> parse_digits(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<Number> make(Number::Kind kind, std::optional<std::uint64_t> bits) {
  if (!bits) return std::nullopt;
  return Number{kind, *bits};
}

}  // namespace

Number Number::negated() const {
  switch (kind) {
    case Kind::Single:
      return {kind, bits ^ 0x80000000u};
    case Kind::Double:
      return {kind, bits ^ (1ull << 63)};
    case Kind::Integer:
      break;
  }
  return {kind, 0 - bits};
}

std::optional<Number> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char second = text.size() > 1 && text[0] == '0' ? text[1] : '\0';
  if (second == 'f' || second == 'F') {
    return text.size() == 10 ? make(Number::Kind::Single, parse_digits(text.substr(2), 16)) : std::nullopt;
  }
  if (second == 'd' || second == 'D') {
    return text.size() == 18 ? make(Number::Kind::Double, parse_digits(text.substr(2), 16)) : std::nullopt;
  }
  const bool hexadecimal = second == 'x' || second == 'X';
  if (!hexadecimal && text.find_first_of(".eE") != std::string_view::npos) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Number{Number::Kind::Double, std::bit_cast<std::uint64_t>(value)};
  }
  if (text.back() == 'U' || text.back() == 'u') text.remove_suffix(1);
  if (hexadecimal) return make(Number::Kind::Integer, parse_digits(text.substr(2), 16));
  if (second == 'b' || second == 'B') return make(Number::Kind::Integer, parse_digits(text.substr(2), 2));
  if (text.size() > 1 && text[0] == '0') return make(Number::Kind::Integer, parse_digits(text.substr(1), 8));
  return make(Number::Kind::Integer, parse_digits(text, 10));
}

std::optional<std::int64_t> literal_bits(const Number& number, Type type) {
  if (number.kind == Number::Kind::Integer) return static_cast<std::int64_t>(number.bits);
  const bool single = number.kind == Number::Kind::Single;
  if (!is_float(type)) {
    const bool fits = bit_width(type) == (single ? 32u : 64u);
    return fits ? std::optional(static_cast<std::int64_t>(number.bits)) : std::nullopt;
  }
  if (type == Type::F32) {
    if (single) return static_cast<std::int64_t>(number.bits);
    const auto value = static_cast<float>(std::bit_cast<double>(number.bits));
    return static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(value));
  }
  if (type == Type::F64) {
    if (!single) return static_cast<std::int64_t>(number.bits);
    const double value = std::bit_cast<float>(static_cast<std::uint32_t>(number.bits));
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(value));
  }
  return std::nullopt;
}

}  // namespace vgpu::ptx
