#include <algorithm>
#include <limits>

#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

__extension__ using Int128 = __int128;
using H = _Float16;
using U8 = std::uint8_t;
using S8 = std::int8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

template <class T>
std::string type_of() {
  if (std::is_same_v<T, H>) return ".f16";
  if (std::is_same_v<T, float>) return ".f32";
  if (std::is_same_v<T, double>) return ".f64";
  return std::string(std::is_signed_v<T> ? ".s" : ".u") + std::to_string(sizeof(T) * 8);
}

template <class D, class S>
void integer(Cases& cases) {
  lane_case<D, S>(cases, "cvt" + type_of<D>() + type_of<S>(), [](S a) { return static_cast<D>(a); });
  lane_case<D, S>(cases, "cvt.sat" + type_of<D>() + type_of<S>(), [](S a) {
    return static_cast<D>(std::clamp<Int128>(a, std::numeric_limits<D>::min(), std::numeric_limits<D>::max()));
  });
}

template <class S>
void integers_from(Cases& cases) {
  integer<U16, S>(cases);
  integer<S16, S>(cases);
  integer<U32, S>(cases);
  integer<S32, S>(cases);
  integer<U64, S>(cases);
  integer<S64, S>(cases);
}

// Eight-bit sources in a 16-bit register, and eight-bit results.
template <class S>
void from_byte(Cases& cases) {
  lane_case<U16, U16>(cases, "cvt.u16" + type_of<S>(), [](U16 a) { return static_cast<U16>(static_cast<S>(a)); });
  lane_case<S16, U16>(cases, "cvt.s16" + type_of<S>(), [](U16 a) { return static_cast<S16>(static_cast<S>(a)); });
  lane_case<U32, U32>(cases, "cvt.u32" + type_of<S>(), [](U32 a) { return static_cast<U32>(static_cast<S>(a)); });
  lane_case<S32, U16>(cases, "cvt.s32" + type_of<S>(), [](U16 a) { return static_cast<S32>(static_cast<S>(a)); });
  lane_case<U16, S32>(cases, "cvt.sat" + type_of<S>() + ".s32", [](S32 a) {
    return static_cast<U16>(std::clamp<S32>(a, std::numeric_limits<S>::min(), std::numeric_limits<S>::max()));
  });
}

// long double holds every 64-bit integer, so that only one rounding takes place.
template <class S>
void to_floats(Cases& cases) {
  const std::string s = type_of<S>();
  lane_case<float, S>(cases, "cvt.rn.f32" + s, [](S a) { return static_cast<float>(static_cast<long double>(a)); });
  lane_case<double, S>(cases, "cvt.rn.f64" + s, [](S a) { return static_cast<double>(static_cast<long double>(a)); });
  if (sizeof(S) <= 4)
    lane_case<H, S>(cases, "cvt.rn.f16" + s, [](S a) { return static_cast<H>(static_cast<double>(a)); });
  lane_case<float, S>(cases, "cvt.rz.f32" + s, [](S a) {
    const auto exact = static_cast<long double>(a);
    const auto nearest = static_cast<float>(exact);
    return std::fabs(static_cast<long double>(nearest)) > std::fabs(exact) ? std::nextafter(nearest, 0.0f) : nearest;
  });
}

template <class F>
double integral(F a, const std::string& mode) {
  const auto x = static_cast<double>(a);
  if (mode == ".rni") return std::nearbyint(x);
  if (mode == ".rmi") return std::floor(x);
  return mode == ".rpi" ? std::ceil(x) : std::trunc(x);
}

template <class D, class F>
D saturated(F a, const std::string& mode) {
  const double x = integral(a, mode);
  if (x != x) return 0;
  if (x >= static_cast<double>(std::numeric_limits<D>::max()) + (sizeof(D) < 8 ? 1 : 0))
    return std::numeric_limits<D>::max();
  return x <= static_cast<double>(std::numeric_limits<D>::min()) ? std::numeric_limits<D>::min() : static_cast<D>(x);
}

template <class D, class F>
void to_integer(Cases& cases) {
  for (const std::string mode : {".rni", ".rzi", ".rmi", ".rpi"})
    lane_case<D, F>(cases, "cvt" + mode + type_of<D>() + type_of<F>(),
                    [mode](F a) { return saturated<D, F>(a, mode); });
}

template <class F>
void to_integers(Cases& cases) {
  to_integer<U16, F>(cases);
  to_integer<S16, F>(cases);
  to_integer<U32, F>(cases);
  to_integer<S32, F>(cases);
  to_integer<U64, F>(cases);
  to_integer<S64, F>(cases);
}

void between_floats(Cases& cases) {
  lane_case<float, H>(cases, "cvt.f32.f16", [](H a) { return static_cast<float>(a); });
  lane_case<double, H>(cases, "cvt.f64.f16", [](H a) { return static_cast<double>(a); });
  lane_case<H, float>(cases, "cvt.rn.f16.f32", [](float a) { return static_cast<H>(a); });
  lane_case<H, double>(cases, "cvt.rn.f16.f64", [](double a) { return static_cast<H>(a); });
  lane_case<H, float>(cases, "cvt.rz.f16.f32", [](float a) {
    const H nearest = static_cast<H>(a);
    const bool away = std::fabs(static_cast<double>(nearest)) > std::fabs(static_cast<double>(a));
    return away ? as<H>(to_bits(nearest) - 1) : nearest;
  });
  lane_case<float, double>(cases, "cvt.rn.f32.f64", [](double a) { return static_cast<float>(a); });
  lane_case<float, double>(cases, "cvt.rn.ftz.f32.f64", [](double a) { return flush(static_cast<float>(a)); });
  lane_case<double, float>(cases, "cvt.f64.f32", [](float a) { return double{a}; });
  lane_case<double, float>(cases, "cvt.ftz.f64.f32", [](float a) { return double{flush(a)}; });
  for (const std::string mode : {".rni", ".rzi", ".rmi", ".rpi"}) {
    lane_case<float, float>(cases, "cvt" + mode + ".f32.f32",
                            [mode](float a) { return std::copysign(static_cast<float>(integral(a, mode)), a); });
    lane_case<float, float>(cases, "cvt" + mode + ".ftz.f32.f32",
                            [mode](float a) { return std::copysign(static_cast<float>(integral(flush(a), mode)), a); });
    lane_case<double, double>(cases, "cvt" + mode + ".f64.f64",
                              [mode](double a) { return std::copysign(integral(a, mode), a); });
  }
  lane_case<float, float>(cases, "cvt.sat.f32.f32", [](float a) {
    return a != a || a < 0 ? 0.0f : a > 1 ? 1.0f : std::fabs(a);
  });
  for (const std::string type : {"s32", "u32", "s64"}) {
    const std::string opcode = "cvt.rzi.ftz." + type + ".f32";
    if (type == "s32")
      lane_case<S32, float>(cases, opcode, [](float a) { return saturated<S32>(flush(a), ".rzi"); });
    else if (type == "u32")
      lane_case<U32, float>(cases, opcode, [](float a) { return saturated<U32>(flush(a), ".rzi"); });
    else
      lane_case<S64, float>(cases, opcode, [](float a) { return saturated<S64>(flush(a), ".rzi"); });
  }
  lane_case<S32, float>(cases, "cvt.rni.ftz.s32.f32", [](float a) { return saturated<S32>(flush(a), ".rni"); });
}

// bf16: the upper half of an f32, rounded to even.
void brain_floats(Cases& cases) {
  const auto round = [](U32 bits) -> U64 {
    if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fff;
    const U32 kept = bits >> 16;
    const U32 rest = bits & 0xffff;
    return kept + (rest > 0x8000 || (rest == 0x8000 && (kept & 1) != 0) ? 1 : 0);
  };
  cases.push_back({"cvt.rn.bf16.f32",
                   instruction("cvt.rn.bf16.f32", 1),
                   {Kind::F32},
                   {Kind::BF16},
                   [round](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l) out[0][l] = round(static_cast<U32>(in[0][l]));
                   }});
  cases.push_back({"cvt.f32.bf16",
                   instruction("cvt.f32.bf16", 1),
                   {Kind::BF16},
                   {Kind::F32},
                   [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l) out[0][l] = in[0][l] << 16;
                   }});
  cases.push_back({"cvt.rn.f16x2.f32",
                   instruction("cvt.rn.f16x2.f32", 2),
                   {Kind::F32, Kind::F32},
                   {Kind::F16x2},
                   [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l)
                       out[0][l] = to_bits(static_cast<H>(as<float>(in[0][l]))) << 16 |
                                   to_bits(static_cast<H>(as<float>(in[1][l])));
                   }});
}

}  // namespace

void add_convert_cases(Cases& cases) {
  integers_from<U16>(cases);
  integers_from<S16>(cases);
  integers_from<U32>(cases);
  integers_from<S32>(cases);
  integers_from<U64>(cases);
  integers_from<S64>(cases);
  from_byte<U8>(cases);
  from_byte<S8>(cases);
  to_floats<U16>(cases);
  to_floats<S16>(cases);
  to_floats<U32>(cases);
  to_floats<S32>(cases);
  to_floats<U64>(cases);
  to_floats<S64>(cases);
  to_integers<float>(cases);
  to_integers<double>(cases);
  to_integers<H>(cases);
  between_floats(cases);
  brain_floats(cases);
}

}  // namespace vgpu::test
