#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

// By the relation of a and b: less, equal, greater, unordered (any NaN).
enum Relation : unsigned { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };
struct Comparison {
  const char* name;
  unsigned truths;
};
constexpr Comparison kOrdered[] = {{"eq", kEqual},         {"ne", kLess | kGreater}, {"lt", kLess},
                                   {"le", kLess | kEqual}, {"gt", kGreater},         {"ge", kGreater | kEqual}};
constexpr Comparison kUnorderedToo[] = {{"equ", kEqual | kUnordered},       {"neu", kLess | kGreater | kUnordered},
                                        {"ltu", kLess | kUnordered},        {"leu", kLess | kEqual | kUnordered},
                                        {"gtu", kGreater | kUnordered},     {"geu", kGreater | kEqual | kUnordered},
                                        {"num", kLess | kEqual | kGreater}, {"nan", kUnordered}};

template <class T>
unsigned relation(T a, T b) {
  if (a != a || b != b) return kUnordered;
  return a < b ? kLess : a == b ? kEqual : kGreater;
}

template <class T>
void compare(Cases& cases, const std::string& type, const Comparison& comparison, bool ftz = false) {
  const auto holds = [truths = comparison.truths, ftz](T a, T b) {
    if constexpr (std::is_same_v<T, float>) {
      if (ftz) return (relation(flush(a), flush(b)) & truths) != 0;
    }
    static_cast<void>(ftz);
    return (relation(a, b) & truths) != 0;
  };
  const std::string tail = std::string(comparison.name) + (ftz ? ".ftz" : "") + type;
  lane_case<bool, T, T>(cases, "setp." + tail, holds);
  if (ftz) return;
  warp_case(cases, "setp." + std::string(comparison.name) + ".and" + type + " p|q",
            "setp." + std::string(comparison.name) + ".and" + type + " %o0|%o1, %i0, %i1, !%i2;",
            {kind_of<T>(), kind_of<T>(), Kind::Pred}, {Kind::Pred, Kind::Pred},
            [holds](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const bool result = holds(as<T>(in[0][l]), as<T>(in[1][l]));
                out[0][l] = result && in[2][l] == 0;
                out[1][l] = !result && in[2][l] == 0;
              }
            });
  lane_case<std::uint32_t, T, T>(cases, "set." + std::string(comparison.name) + ".u32" + type,
                                 [holds](T a, T b) { return holds(a, b) ? ~0u : 0u; });
}

template <class T>
void compare_all(Cases& cases, const std::string& type) {
  for (const Comparison& comparison : kOrdered) compare<T>(cases, type, comparison);
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, _Float16>)
    for (const Comparison& comparison : kUnorderedToo) compare<T>(cases, type, comparison);
}

template <class T>
void selections(Cases& cases, const std::string& type) {
  cases.push_back({"selp" + type,
                   "selp" + type + " %o0, %i0, %i1, %i2;",
                   {kind_of<T>(), kind_of<T>(), Kind::Pred},
                   {kind_of<T>()},
                   [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l) out[0][l] = in[2][l] != 0 ? in[0][l] : in[1][l];
                   }});
}

}  // namespace

void add_compare_cases(Cases& cases) {
  compare_all<std::int16_t>(cases, ".s16");
  compare_all<std::int32_t>(cases, ".s32");
  compare_all<std::int64_t>(cases, ".s64");
  compare_all<std::uint16_t>(cases, ".u16");
  compare_all<std::uint32_t>(cases, ".u32");
  compare_all<std::uint64_t>(cases, ".u64");
  compare_all<float>(cases, ".f32");
  compare_all<double>(cases, ".f64");
  compare_all<_Float16>(cases, ".f16");
  for (const Comparison& comparison : kOrdered) compare<float>(cases, ".f32", comparison, true);
  for (const Comparison& comparison : kUnorderedToo) compare<float>(cases, ".f32", comparison, true);
  compare<std::uint16_t>(cases, ".b16", kOrdered[0]);
  compare<std::uint32_t>(cases, ".b32", kOrdered[0]);
  compare<std::uint64_t>(cases, ".b64", kOrdered[1]);
  selections<std::uint16_t>(cases, ".b16");
  selections<std::uint32_t>(cases, ".b32");
  selections<std::uint64_t>(cases, ".b64");
  selections<std::uint16_t>(cases, ".u16");
  selections<std::uint32_t>(cases, ".u32");
  selections<std::uint64_t>(cases, ".u64");
  selections<float>(cases, ".f32");
  selections<double>(cases, ".f64");
  lane_case<std::uint32_t, std::uint32_t, std::uint32_t, std::int32_t>(
      cases, "slct.b32.s32", [](std::uint32_t a, std::uint32_t b, std::int32_t c) { return c >= 0 ? a : b; });
  lane_case<std::uint64_t, std::uint64_t, std::uint64_t, float>(
      cases, "slct.b64.f32", [](std::uint64_t a, std::uint64_t b, float c) { return c >= 0 ? a : b; });
  lane_case<bool, float>(cases, "testp.finite.f32", [](float a) { return std::isfinite(a); });
  lane_case<bool, float>(cases, "testp.infinite.f32", [](float a) { return std::isinf(a); });
  lane_case<bool, float>(cases, "testp.number.f32", [](float a) { return !std::isnan(a); });
  lane_case<bool, float>(cases, "testp.notanumber.f32", [](float a) { return std::isnan(a); });
  lane_case<bool, float>(cases, "testp.normal.f32", [](float a) { return std::isnormal(a); });
  lane_case<bool, double>(cases, "testp.subnormal.f64", [](double a) { return std::fpclassify(a) == FP_SUBNORMAL; });
}

}  // namespace vgpu::test
