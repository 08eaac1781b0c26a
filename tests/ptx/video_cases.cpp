#include <algorithm>
#include <cstdlib>
#include <limits>

#include "tests/ptx/cases.h"

// The video instructions on the halves and bytes of a word.
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
}

}  // namespace vgpu::test
