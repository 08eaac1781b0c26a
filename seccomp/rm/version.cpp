#include "seccomp/rm/version.h"

#include <array>
#include <charconv>

namespace vgpu::rm {
namespace {

constexpr unsigned kLargestPart = 0xfffe;
constexpr unsigned kFirstOfR550 = 545;  // what 550 has came with 545 (gVisor's nvproxy, version.go)

}  // namespace

std::uint64_t pack_version(std::string_view text) {
  // The last part is kept plus one, so that "550.76" and "550.76.00" differ.
  std::array<unsigned, 3> parts{};
  std::size_t count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; count < parts.size(); ++count) {
    const auto [next, error] = std::from_chars(at, end, parts[count]);
    if (error != std::errc() || parts[count] > kLargestPart) return 0;
    at = next;
    if (at == end) break;
    if (*at++ != '.') return 0;
  }
  if (at != end || count == 0 || count == parts.size()) return 0;
  const unsigned last = count == 2 ? parts[2] + 1 : 0;
  return std::uint64_t{parts[0]} << 32 | std::uint64_t{parts[1]} << 16 | last;
}

std::string version_text(std::uint64_t version) {
  std::string text = std::to_string(version >> 32) + "." + std::to_string(version >> 16 & 0xffff);
  const auto last = static_cast<unsigned>(version & 0xffff);
  if (last == 0) return text;
  const std::string digits = std::to_string(last - 1);
  return text + "." + (digits.size() < 2 ? "0" : "") + digits;
}

Branch branch_of(std::uint64_t version) {
  return version >> 32 >= kFirstOfR550 ? Branch::R550 : Branch::R535;
}

}  // namespace vgpu::rm
