#include <limits>

#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

using F = float;
using D = double;

// f32 results in every rounding from __float128, which holds sums and products of f32 and f64 exactly enough.
__extension__ using Quad = __float128;

// The exact result is value + rest, where rest is less than half a unit in the last place of value.
template <class T>
T round_quad(Quad value, char mode, Quad rest = 0) {
  const T nearest = static_cast<T>(value);
  if (mode == 'n' || nearest != nearest || value != value) return nearest;
  const Quad back = nearest;
  if (back == value && rest == 0) return nearest;
  const bool too_large = back > value || (back == value && rest < 0);
  const T infinity = std::numeric_limits<T>::infinity();
  const T below = too_large ? std::nextafter(nearest, -infinity) : nearest;
  const T above = too_large ? nearest : std::nextafter(nearest, infinity);
  if (mode == 'm') return below;
  if (mode == 'p') return above;
  return value > 0 ? below : above;
}

// Exact zero sums are -0 when rounding down.
template <class T>
T sum(Quad a, Quad b, char mode) {
  const Quad value = a + b;
  if (value == 0 && mode == 'm' &&
      !(a == 0 && b == 0 && !std::signbit(static_cast<T>(a)) && !std::signbit(static_cast<T>(b))))
    return -T{0};
  const Quad part = value - a;
  return round_quad<T>(value, mode, (a - (value - part)) + (b - part));
}

float product_sum(float a, float b, float c, char mode) {
  if (mode == 'n') return std::fma(a, b, c);
  if (std::isnan(a) || std::isnan(b) || std::isnan(c) || std::isinf(a) || std::isinf(b) || std::isinf(c))
    return std::fma(a, b, c);
  return sum<float>(Quad{a} * b, c, mode);
}

template <class T>
T quotient(T a, T b, char mode) {
  const T plain = a / b;
  if (mode == 'n' || !std::isfinite(a) || !std::isfinite(b) || b == 0) return plain;
  const Quad value = Quad{a} / Quad{b};
  return value == 0 ? plain : round_quad<T>(value, mode);
}

template <class T>
T product(T a, T b, char mode) {
  const T plain = a * b;
  if (mode == 'n' || !std::isfinite(a) || !std::isfinite(b) || a == 0 || b == 0) return plain;
  return round_quad<T>(Quad{a} * Quad{b}, mode);
}

template <class T>
T total(T a, T b, char mode) {
  if (mode == 'n' || !std::isfinite(a) || !std::isfinite(b)) return a + b;
  return sum<T>(a, b, mode);
}

void rounded(Cases& cases) {
  for (const char mode : {'n', 'z', 'm', 'p'}) {
    const std::string r = std::string(".r") + mode;
    lane_case<F, F, F>(cases, "add" + r + ".f32", [mode](F a, F b) { return total(a, b, mode); });
    lane_case<F, F, F>(cases, "sub" + r + ".f32", [mode](F a, F b) { return total(a, -b, mode); });
    lane_case<F, F, F>(cases, "mul" + r + ".f32", [mode](F a, F b) { return product(a, b, mode); });
    lane_case<F, F, F>(cases, "div" + r + ".f32", [mode](F a, F b) { return quotient(a, b, mode); });
    lane_case<F, F>(cases, "rcp" + r + ".f32", [mode](F a) { return quotient(1.0f, a, mode); });
    lane_case<F, F, F, F>(cases, "fma" + r + ".f32", [mode](F a, F b, F c) { return product_sum(a, b, c, mode); });
    lane_case<D, D, D>(cases, "add" + r + ".f64", [mode](D a, D b) { return total(a, b, mode); });
    lane_case<D, D, D>(cases, "sub" + r + ".f64", [mode](D a, D b) { return total(a, -b, mode); });
    lane_case<D, D, D>(cases, "mul" + r + ".f64", [mode](D a, D b) { return product(a, b, mode); });
    lane_case<D, D, D>(cases, "div" + r + ".f64", [mode](D a, D b) { return quotient(a, b, mode); });
    lane_case<D, D>(cases, "rcp" + r + ".f64", [mode](D a) { return quotient(1.0, a, mode); });
  }
  lane_case<F, F>(cases, "sqrt.rn.f32", [](F a) { return std::sqrt(a); });
  lane_case<D, D>(cases, "sqrt.rn.f64", [](D a) { return std::sqrt(a); });
  lane_case<D, D, D, D>(cases, "fma.rn.f64", [](D a, D b, D c) { return std::fma(a, b, c); });
}

template <class T>
T least(T a, T b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}
template <class T>
T most(T a, T b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
float unit(float x) {
  return std::isnan(x) || x < 0 ? 0.0f : x > 1 ? 1.0f : x + 0.0f;
}

void flushed(Cases& cases) {
  lane_case<F, F, F>(cases, "add.ftz.f32", [](F a, F b) { return flush(flush(a) + flush(b)); });
  lane_case<F, F, F>(cases, "add.f32", [](F a, F b) { return a + b; });
  lane_case<F, F, F>(cases, "add.rz.ftz.f32", [](F a, F b) { return flush(total(flush(a), flush(b), 'z')); });
  lane_case<F, F, F>(cases, "sub.ftz.f32", [](F a, F b) { return flush(flush(a) - flush(b)); });
  lane_case<F, F, F>(cases, "mul.ftz.f32", [](F a, F b) { return flush(flush(a) * flush(b)); });
  lane_case<F, F, F>(cases, "mul.f32", [](F a, F b) { return a * b; });
  lane_case<F, F, F, F>(cases, "fma.rn.ftz.f32",
                        [](F a, F b, F c) { return flush(std::fma(flush(a), flush(b), flush(c))); });
  lane_case<F, F>(cases, "rcp.rn.ftz.f32", [](F a) { return flush(1.0f / flush(a)); });
  lane_case<F, F>(cases, "abs.ftz.f32", [](F a) { return std::fabs(flush(a)); });
  lane_case<F, F>(cases, "neg.ftz.f32", [](F a) { return -flush(a); });
  lane_case<F, F>(cases, "abs.f32", [](F a) { return std::fabs(a); });
  lane_case<F, F>(cases, "neg.f32", [](F a) { return -a; });
  lane_case<D, D>(cases, "abs.f64", [](D a) { return std::fabs(a); });
  lane_case<D, D>(cases, "neg.f64", [](D a) { return -a; });
  lane_case<F, F, F>(cases, "min.ftz.f32", [](F a, F b) { return least(flush(a), flush(b)); });
  lane_case<F, F, F>(cases, "max.ftz.f32", [](F a, F b) { return most(flush(a), flush(b)); });
  lane_case<F, F, F>(cases, "min.f32", [](F a, F b) { return least(a, b); });
  lane_case<F, F, F>(cases, "max.f32", [](F a, F b) { return most(a, b); });
  lane_case<F, F, F>(cases, "max.NaN.f32", [](F a, F b) { return std::isnan(a) || std::isnan(b) ? NAN : most(a, b); });
  lane_case<D, D, D>(cases, "min.f64", [](D a, D b) { return least(a, b); });
  lane_case<D, D, D>(cases, "max.f64", [](D a, D b) { return most(a, b); });
  lane_case<F, F, F>(cases, "copysign.f32", [](F a, F b) { return std::copysign(b, a); });
  lane_case<D, D, D>(cases, "copysign.f64", [](D a, D b) { return std::copysign(b, a); });
  lane_case<F, F, F>(cases, "add.sat.f32", [](F a, F b) { return unit(a + b); });
  lane_case<F, F, F, F>(cases, "fma.rn.sat.f32", [](F a, F b, F c) { return unit(std::fma(a, b, c)); });
}

// Within the bounds that PTX documents.
void approximate(Cases& cases, const std::string& opcode, double relative, double absolute, double (*f)(double),
                 double range) {
  const bool ftz = opcode.find(".ftz") != std::string::npos;
  cases.push_back({opcode,
                   instruction(opcode, 1),
                   {Kind::F32},
                   {Kind::Approx},
                   [f, ftz](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l) {
                       const float x = as<F>(in[0][l]);
                       const auto y = static_cast<float>(f(ftz ? flush(x) : x));
                       out[0][l] = to_bits<F>(ftz ? flush(y) : y);
                     }
                   },
                   relative,
                   absolute});
  // Inputs outside the range where the bound holds are replaced by 0.5.
  if (range > 0)
    cases.back().body = "abs.f32 %f0, %i0; setp.gt.f32 %p0, %f0, 0f40490FDB; selp.f32 %f1, 0f3F000000, %i0, %p0; " +
                        opcode + " %o0, %f1;";
  if (range > 0)
    cases.back().reference = [f, ftz](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
      for (std::size_t l = 0; l < 32; ++l) {
        float x = as<F>(in[0][l]);
        if (std::fabs(x) > as<F>(0x40490fdb)) x = 0.5f;
        out[0][l] = to_bits<F>(static_cast<float>(f(ftz ? flush(x) : x)));
      }
    };
}

double reciprocal(double x) {
  return 1.0 / x;
}
double reciprocal_root(double x) {
  return 1.0 / std::sqrt(x);
}
double power(double x) {
  return std::exp2(x);
}
double logarithm(double x) {
  return std::log2(x);
}
double sine(double x) {
  return std::sin(x);
}
double cosine(double x) {
  return std::cos(x);
}
double hyperbolic(double x) {
  return std::tanh(x);
}
double root(double x) {
  return std::sqrt(x);
}

void approximations(Cases& cases) {
  const double ulp = 0x1p-23;
  for (const std::string ftz : {"", ".ftz"}) {
    approximate(cases, "rcp.approx" + ftz + ".f32", ulp, 0, reciprocal, 0);
    approximate(cases, "rsqrt.approx" + ftz + ".f32", 0x1p-22, 0, reciprocal_root, 0);
    approximate(cases, "sqrt.approx" + ftz + ".f32", 0x1p-23, 0, root, 0);
    approximate(cases, "ex2.approx" + ftz + ".f32", 2 * ulp, 0x1p-149, power, 0);
    approximate(cases, "lg2.approx" + ftz + ".f32", 2 * ulp, 0x1p-22, logarithm, 0);
    approximate(cases, "sin.approx" + ftz + ".f32", 0, 0x1p-20, sine, 3.2);
    approximate(cases, "cos.approx" + ftz + ".f32", 0, 0x1p-20, cosine, 3.2);
  }
  approximate(cases, "tanh.approx.f32", 0x1p-11, 0, hyperbolic, 0);
  cases.push_back({"div.approx.ftz.f32",
                   instruction("div.approx.ftz.f32", 2),
                   {Kind::F32, Kind::F32},
                   {Kind::Approx},
                   [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t l = 0; l < 32; ++l)
                       out[0][l] = to_bits<F>(flush(flush(as<F>(in[0][l])) / flush(as<F>(in[1][l]))));
                   },
                   2 * ulp,
                   0x1p-126});
}

}  // namespace

void add_float_cases(Cases& cases) {
  rounded(cases);
  flushed(cases);
  approximations(cases);
}

}  // namespace vgpu::test
