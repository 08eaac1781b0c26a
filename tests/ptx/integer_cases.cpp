#include <algorithm>
#include <limits>

#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

__extension__ using Int128 = __int128;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

template <class T>
std::string suffix() {
  return std::string(std::is_signed_v<T> ? ".s" : ".u") + std::to_string(sizeof(T) * 8);
}

// The reference computes in 128 bits and cuts.
template <class T>
void arithmetic(Cases& cases) {
  const std::string s = suffix<T>();
  lane_case<T, T, T>(cases, "add" + s, [](T a, T b) { return static_cast<U64>(Int128{a} + b); });
  lane_case<T, T, T>(cases, "sub" + s, [](T a, T b) { return static_cast<U64>(Int128{a} - b); });
  lane_case<T, T, T>(cases, "mul.lo" + s, [](T a, T b) { return static_cast<U64>(a) * static_cast<U64>(b); });
  lane_case<T, T, T>(cases, "mul.hi" + s, [](T a, T b) {
    __extension__ using Uint128 = unsigned __int128;
    if (std::is_signed_v<T>) return static_cast<U64>(Int128{a} * Int128{b} >> sizeof(T) * 8);
    return static_cast<U64>(static_cast<Uint128>(a) * static_cast<Uint128>(b) >> sizeof(T) * 8);
  });
  lane_case<T, T, T, T>(cases, "mad.lo" + s,
                        [](T a, T b, T c) { return static_cast<U64>(a) * static_cast<U64>(b) + static_cast<U64>(c); });
  lane_case<T, T, T>(cases, "min" + s, [](T a, T b) { return b < a ? b : a; });
  lane_case<T, T, T>(cases, "max" + s, [](T a, T b) { return a < b ? b : a; });
  lane_case<T, T, T, T>(cases, "sad" + s, [](T a, T b, T c) {
    const Int128 difference = Int128{a} - b;
    return static_cast<U64>(Int128{c} + (difference < 0 ? -difference : difference));
  });
  // A divisor of zero gives a value that PTX leaves open: only "does not trap" is asked for.
  cases.push_back({"div" + s,
                   "div" + s + " %o0, %i0, %i1; setp.eq" + s + " %p0, %i1, 0; selp.b" + std::to_string(sizeof(T) * 8) +
                       " %o0, %i0, %o0, %p0;",
                   {kind_of<T>(), kind_of<T>()},
                   {kind_of<T>()},
                   [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       const T a = as<T>(in[0][lane]);
                       const T b = as<T>(in[1][lane]);
                       out[0][lane] = static_cast<U64>(b == 0 ? Int128{a} : Int128{a} / Int128{b});
                     }
                   }});
  cases.push_back({"rem" + s,
                   "rem" + s + " %o0, %i0, %i1; setp.eq" + s + " %p0, %i1, 0; selp.b" + std::to_string(sizeof(T) * 8) +
                       " %o0, %i0, %o0, %p0;",
                   {kind_of<T>(), kind_of<T>()},
                   {kind_of<T>()},
                   [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       const T a = as<T>(in[0][lane]);
                       const T b = as<T>(in[1][lane]);
                       out[0][lane] = static_cast<U64>(b == 0 ? Int128{a} : Int128{a} % Int128{b});
                     }
                   }});
  if constexpr (std::is_signed_v<T>) {
    lane_case<T, T>(cases, "neg" + s, [](T a) { return static_cast<U64>(-Int128{a}); });
    lane_case<T, T>(cases, "abs" + s, [](T a) { return static_cast<U64>(a < 0 ? -Int128{a} : Int128{a}); });
  }
}

template <class T, class Wide>
void wide_products(Cases& cases) {
  lane_case<Wide, T, T>(cases, "mul.wide" + suffix<T>(), [](T a, T b) { return Int128{a} * b; });
  lane_case<Wide, T, T, Wide>(cases, "mad.wide" + suffix<T>(),
                              [](T a, T b, Wide c) { return static_cast<U64>(Int128{a} * b + c); });
}

template <class T>
T clamped(Int128 value) {
  return static_cast<T>(std::clamp<Int128>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
S64 low_24(T value) {
  const S64 bits = static_cast<S64>(value) & 0xffffff;
  return std::is_signed_v<T> && (bits & 0x800000) != 0 ? bits - 0x1000000 : bits;
}

template <class A, class B>
void dot(Cases& cases, const std::string& name) {
  lane_case<U32, U32, U32, U32>(cases, "dp4a" + name, [](U32 a, U32 b, U32 c) {
    S64 sum = c;
    for (int i = 0; i < 4; ++i) sum += S64{static_cast<A>(a >> 8 * i)} * S64{static_cast<B>(b >> 8 * i)};
    return static_cast<U32>(sum);
  });
  using Short = std::conditional_t<std::is_signed_v<A>, S16, U16>;
  for (const int first : {0, 2}) {
    lane_case<U32, U32, U32, U32>(cases, (first == 0 ? "dp2a.lo" : "dp2a.hi") + name, [first](U32 a, U32 b, U32 c) {
      S64 sum = c;
      for (int i = 0; i < 2; ++i)
        sum += S64{static_cast<Short>(a >> 16 * i)} * S64{static_cast<B>(b >> 8 * (i + first))};
      return static_cast<U32>(sum);
    });
  }
}

// 128-bit sums in two steps.
void carries(Cases& cases) {
  const auto pair = [](U64 low, U64 high) { return static_cast<Int128>(high) << 64 | low; };
  const Kinds four = {Kind::I64, Kind::I64, Kind::I64, Kind::I64};
  const Kinds two = {Kind::I64, Kind::I64};
  warp_case(cases, "add.cc.u64 addc.u64", "add.cc.u64 %o0, %i0, %i2; addc.u64 %o1, %i1, %i3;", four, two,
            [pair](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const Int128 sum = pair(in[0][l], in[1][l]) + pair(in[2][l], in[3][l]);
                out[0][l] = static_cast<U64>(sum);
                out[1][l] = static_cast<U64>(sum >> 64);
              }
            });
  warp_case(cases, "sub.cc.u64 subc.u64", "sub.cc.u64 %o0, %i0, %i2; subc.u64 %o1, %i1, %i3;", four, two,
            [pair](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const Int128 difference = pair(in[0][l], in[1][l]) - pair(in[2][l], in[3][l]);
                out[0][l] = static_cast<U64>(difference);
                out[1][l] = static_cast<U64>(difference >> 64);
              }
            });
  warp_case(cases, "add.cc.u32 addc.cc.u32", "add.cc.u32 %o0, %i0, %i1; addc.cc.u32 %o1, %i0, %i2; addc.u32 %o2, 0, 0;",
            {Kind::I32, Kind::I32, Kind::I32}, {Kind::I32, Kind::I32, Kind::I32},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const U64 low = in[0][l] + in[1][l];
                const U64 high = in[0][l] + in[2][l] + (low >> 32);
                out[0][l] = low;
                out[1][l] = high;
                out[2][l] = high >> 32;
              }
            });
  warp_case(cases, "mad.lo.cc.u32 madc.hi.u32", "mad.lo.cc.u32 %o0, %i0, %i1, %i2; madc.hi.u32 %o1, %i0, %i1, 0;",
            {Kind::I32, Kind::I32, Kind::I32}, {Kind::I32, Kind::I32},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const U64 sum = in[0][l] * in[1][l] + in[2][l];
                out[0][l] = sum;
                out[1][l] = sum >> 32;
              }
            });
}

}  // namespace

void add_integer_cases(Cases& cases) {
  arithmetic<U16>(cases);
  arithmetic<U32>(cases);
  arithmetic<U64>(cases);
  arithmetic<S16>(cases);
  arithmetic<S32>(cases);
  arithmetic<S64>(cases);
  wide_products<U16, U32>(cases);
  wide_products<U32, U64>(cases);
  wide_products<S16, S32>(cases);
  wide_products<S32, S64>(cases);
  lane_case<S32, S32, S32>(cases, "add.sat.s32", [](S32 a, S32 b) { return clamped<S32>(Int128{a} + b); });
  lane_case<S32, S32, S32>(cases, "sub.sat.s32", [](S32 a, S32 b) { return clamped<S32>(Int128{a} - b); });
  lane_case<S32, S32, S32, S32>(cases, "mad.hi.sat.s32",
                                [](S32 a, S32 b, S32 c) { return clamped<S32>((Int128{a} * b >> 32) + c); });
  lane_case<S32, S32, S32>(cases, "mul24.lo.s32", [](S32 a, S32 b) { return low_24(a) * low_24(b); });
  lane_case<U32, U32, U32>(cases, "mul24.hi.u32", [](U32 a, U32 b) { return low_24(a) * low_24(b) >> 16; });
  lane_case<S32, S32, S32, S32>(cases, "mad24.lo.s32", [](S32 a, S32 b, S32 c) { return low_24(a) * low_24(b) + c; });
  dot<std::int8_t, std::int8_t>(cases, ".s32.s32");
  dot<std::int8_t, std::uint8_t>(cases, ".s32.u32");
  dot<std::uint8_t, std::int8_t>(cases, ".u32.s32");
  dot<std::uint8_t, std::uint8_t>(cases, ".u32.u32");
  carries(cases);
}

}  // namespace vgpu::test
