#include <algorithm>
#include <cstdlib>
#include <limits>

#include "tests/ptx/cases.h"

// The video instructions on words, and on the halves and bytes of one.
namespace vgpu::test {
namespace {

using U32 = std::uint32_t;

template <class Element>
Element part(U32 word, unsigned number) {
  return static_cast<Element>(word >> 8 * sizeof(Element) * number);
}

// Elements of type A and B combined by f; `clamps`: to what D holds, else cut off.
template <class D, class A, class B, class F>
void elements(Cases& cases, const std::string& opcode, bool clamps, F f) {
  constexpr unsigned kCount = 4 / sizeof(D);
  lane_case<U32, U32, U32, U32>(cases, opcode, [=](U32 a, U32 b, U32) {
    U32 result = 0;
    for (unsigned i = 0; i < kCount; ++i) {
      int value = f(part<A>(a, i), part<B>(b, i));
      if (clamps) value = std::clamp<int>(value, std::numeric_limits<D>::min(), std::numeric_limits<D>::max());
      result |= (static_cast<U32>(value) & (kCount == 2 ? 0xffffu : 0xffu)) << 8 * sizeof(D) * i;
    }
    return result;
  });
}

template <class Element, class F>
void sum(Cases& cases, const std::string& opcode, F f) {
  lane_case<U32, U32, U32, U32>(cases, opcode, [=](U32 a, U32 b, U32 c) {
    for (unsigned i = 0; i < 4 / sizeof(Element); ++i)
      c += static_cast<U32>(f(part<Element>(a, i), part<Element>(b, i)));
    return c;
  });
}

// On whole words: f of 64-bit values, saturated to D where `clamps`, or else `second` of that and c.
template <class D, class A, class B, class F>
void word(Cases& cases, const std::string& opcode, bool clamps, F f) {
  lane_case<U32, A, B>(cases, opcode, [=](A a, B b) {
    std::int64_t value = f(std::int64_t{a}, std::int64_t{b});
    if (clamps) value = std::clamp<std::int64_t>(value, std::numeric_limits<D>::min(), std::numeric_limits<D>::max());
    return static_cast<U32>(value);
  });
}
template <class D, class A, class B, class F, class Second>
void word_with(Cases& cases, const std::string& opcode, F f, Second second) {
  lane_case<U32, A, B, D>(cases, opcode, [=](A a, B b, D c) {
    return static_cast<U32>(second(static_cast<D>(f(std::int64_t{a}, std::int64_t{b})), c));
  });
}

}  // namespace

void add_video_cases(Cases& cases) {
  using U8 = std::uint8_t;
  using S8 = std::int8_t;
  using U16 = std::uint16_t;
  using S16 = std::int16_t;
  const auto add = [](int a, int b) { return a + b; };
  const auto subtract = [](int a, int b) { return a - b; };
  const auto difference = [](int a, int b) { return std::abs(a - b); };
  const auto average = [](unsigned a, unsigned b) { return static_cast<int>((a + b + 1) / 2); };
  elements<U8, U8, U8>(cases, "vadd4.u32.u32.u32", false, add);
  elements<U8, U8, U8>(cases, "vadd4.u32.u32.u32.sat", true, add);
  elements<S8, S8, S8>(cases, "vadd4.s32.s32.s32.sat", true, add);
  elements<U16, U16, S16>(cases, "vadd2.u32.u32.s32.sat", true, add);
  elements<S16, S16, S16>(cases, "vsub2.s32.s32.s32.sat", true, subtract);
  elements<U8, U8, U8>(cases, "vsub4.u32.u32.u32", false, subtract);
  elements<U8, U8, U8>(cases, "vabsdiff4.u32.u32.u32", false, difference);
  elements<U16, S16, S16>(cases, "vabsdiff2.u32.s32.s32", false, difference);
  elements<U8, U8, U8>(cases, "vavrg4.u32.u32.u32", false, average);
  elements<U16, U16, U16>(cases, "vavrg2.u32.u32.u32", false, average);
  elements<U8, U8, U8>(cases, "vmin4.u32.u32.u32", false, [](int a, int b) { return std::min(a, b); });
  elements<S16, S16, S16>(cases, "vmin2.s32.s32.s32", false, [](int a, int b) { return std::min(a, b); });
  elements<S8, S8, S8>(cases, "vmax4.s32.s32.s32", false, [](int a, int b) { return std::max(a, b); });
  elements<U16, U16, U16>(cases, "vmax2.u32.u32.u32", false, [](int a, int b) { return std::max(a, b); });
  elements<U8, U8, U8>(cases, "vset4.u32.u32.lt", false, [](int a, int b) { return a < b ? 1 : 0; });
  elements<U16, S16, S16>(cases, "vset2.s32.s32.ge", false, [](int a, int b) { return a >= b ? 1 : 0; });
  sum<U8>(cases, "vabsdiff4.u32.u32.u32.add", difference);
  sum<S8>(cases, "vadd4.s32.s32.s32.add", add);
  sum<U16>(cases, "vset2.u32.u32.ne.add", [](int a, int b) { return a != b ? 1 : 0; });
  using S32 = std::int32_t;
  using Long = std::int64_t;
  const auto plus = [](Long a, Long b) { return a + b; };
  const auto minus = [](Long a, Long b) { return a - b; };
  const auto apart = [](Long a, Long b) { return a < b ? b - a : a - b; };
  const auto shift_right = [](Long a, Long b) { return a >> std::min<Long>(b, 32); };
  word<U32, U32, U32>(cases, "vadd.u32.u32.u32", false, plus);
  word<S32, S32, U32>(cases, "vadd.s32.s32.u32.sat", true, plus);
  word<U32, U32, U32>(cases, "vsub.u32.u32.u32.sat", true, minus);
  word<U32, S32, S32>(cases, "vabsdiff.u32.s32.s32", false, apart);
  word<S32, S32, U32>(cases, "vmin.s32.s32.u32.sat", true, [](Long a, Long b) { return std::min(a, b); });
  word<U32, U32, U32>(cases, "vmax.u32.u32.u32", false, [](Long a, Long b) { return std::max(a, b); });
  word<U32, S32, U32>(cases, "vset.s32.u32.lt", false, [](Long a, Long b) { return Long{a < b}; });
  word<S32, S32, U32>(cases, "vshr.s32.s32.u32.clamp", false, shift_right);
  word<U32, U32, U32>(cases, "vshl.u32.u32.u32.wrap", false, [](Long a, Long b) { return a << (b & 31); });
  word<U32, U32, U32>(cases, "vshl.u32.u32.u32.sat.clamp", true,
                      [](Long a, Long b) { return b > 31 ? (a == 0 ? Long{0} : Long{1} << 40) : a << b; });
  word_with<U32, U32, U32>(cases, "vshr.u32.u32.u32.clamp.add", shift_right, [](U32 a, U32 c) { return a + c; });
  word_with<S32, S32, S32>(cases, "vsub.s32.s32.s32.max", minus, [](S32 a, S32 c) { return std::max(a, c); });
  word_with<U32, U32, U32>(cases, "vabsdiff.u32.u32.u32.min", apart, [](U32 a, U32 c) { return std::min(a, c); });
}

}  // namespace vgpu::test
