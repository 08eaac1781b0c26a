#include <algorithm>

#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

using H = _Float16;

// f on both halves.
template <class F>
void pair_case(Cases& cases, const std::string& opcode, F f) {
  cases.push_back({opcode,
                   instruction(opcode, 2),
                   {Kind::F16x2, Kind::F16x2},
                   {Kind::F16x2},
                   [f](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l) {
                       const std::uint64_t a = in[0][l];
                       const std::uint64_t b = in[1][l];
                       out[0][l] = to_bits<H>(f(as<H>(a), as<H>(b))) | to_bits<H>(f(as<H>(a >> 16), as<H>(b >> 16)))
                                                                           << 16;
                     }
                   }});
}

}  // namespace

void add_half_cases(Cases& cases) {
  // A sum or product of two f16 fits in a double.
  const auto add = [](H a, H b) { return static_cast<H>(static_cast<double>(a) + static_cast<double>(b)); };
  const auto subtract = [](H a, H b) { return static_cast<H>(static_cast<double>(a) - static_cast<double>(b)); };
  const auto multiply = [](H a, H b) { return static_cast<H>(static_cast<double>(a) * static_cast<double>(b)); };
  lane_case<H, H, H>(cases, "add.f16", add);
  lane_case<H, H, H>(cases, "sub.f16", subtract);
  lane_case<H, H, H>(cases, "mul.f16", multiply);
  pair_case(cases, "add.f16x2", add);
  pair_case(cases, "sub.f16x2", subtract);
  pair_case(cases, "mul.f16x2", multiply);
  // Their products and sums take up to 80 bits.
  __extension__ using Quad = __float128;
  lane_case<H, H, H, H>(cases, "fma.rn.f16", [](H a, H b, H c) {
    return static_cast<H>(static_cast<Quad>(static_cast<double>(a) * static_cast<double>(b)) +
                          static_cast<Quad>(static_cast<double>(c)));
  });
  lane_case<H, H>(cases, "neg.f16", [](H a) { return -a; });
  lane_case<H, H>(cases, "abs.f16", [](H a) { return as<H>(to_bits(a) & 0x7fff); });
  const auto larger = [](H a, H b) {
    if (a != a) return b;
    if (b != b) return a;
    if (a == b) return (to_bits(a) & 0x8000) != 0 ? b : a;
    return a > b ? a : b;
  };
  lane_case<H, H, H>(cases, "max.f16", larger);
  pair_case(cases, "max.f16x2", larger);
}

}  // namespace vgpu::test
