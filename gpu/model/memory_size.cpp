#include "gpu/model/profile.h"

namespace vgpu::model {
namespace {

constexpr std::uint64_t kMaximum = std::uint64_t{1} << 50;  // 1 PiB; keeps every product below 64 bits

// Bytes of one unit; 0 for an unknown one. Capitals without `i` are decimal, as in Kubernetes; small letters are
// binary, as in `docker run --memory`.
std::uint64_t unit_size(std::string_view unit) {
  if (unit.empty()) return std::uint64_t{1} << 20;
  if (unit == "B" || unit == "b") return 1;
  static constexpr std::string_view kCapitals = "KMGT";
  static constexpr std::string_view kSmall = "kmgt";
  const std::string_view rest = unit.substr(1);
  const bool capital = kCapitals.find(unit[0]) != std::string_view::npos;
  const std::size_t power = capital ? kCapitals.find(unit[0]) : kSmall.find(unit[0]);
  if (power == std::string_view::npos) return 0;
  const std::uint64_t binary = std::uint64_t{1} << (10 * (power + 1));
  if (rest == "i" || rest == "iB") return binary;
  if (!rest.empty() && rest != "B" && rest != "b") return 0;
  if (!capital) return binary;
  std::uint64_t decimal = 1;
  for (std::size_t factor = 0; factor <= power; ++factor) decimal *= 1000;
  return decimal;
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

}  // namespace

Expected<std::uint64_t> parse_memory(std::string_view text) {
  const auto refuse = [&](const char* reason) { return failure("memory \"" + std::string(text) + "\": " + reason); };
  std::uint64_t whole = 0;
  std::size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    whole = whole * 10 + static_cast<unsigned>(text[at] - '0');
    if (whole > kMaximum) return refuse("too large");
  }
  if (at == 0) return refuse("not a number with an optional unit, as in 8Gi, 512Mi or 8192 (MiB)");
  double fraction = 0;
  if (at < text.size() && text[at] == '.') {
    double place = 0.1;
    const std::size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at, place /= 10) fraction += place * (text[at] - '0');
    if (at == first) return refuse("no digit after the point");
  }
  const std::uint64_t unit = unit_size(text.substr(at));
  if (unit == 0) return refuse("unknown unit; use Ki, Mi, Gi, Ti, K, M, G or T");
  if (whole > kMaximum / unit) return refuse("too large");
  const std::uint64_t bytes = whole * unit + static_cast<std::uint64_t>(fraction * static_cast<double>(unit) + 0.5);
  if (bytes == 0) return refuse("must be more than 0");
  return bytes;
}

}  // namespace vgpu::model
