#include <cmath>

#include "gpu/interp/machine.h"
// float_math.h uses Storage of machine.h.
#include "gpu/interp/float_math.h"
#include "gpu/interp/rounding_mode.h"

// Arithmetic on f32 and f64.
namespace vgpu::interp {
namespace {

using ptx::Opcode;
using ptx::Rounding;
using ptx::Type;

// An f32 operation with flushed inputs and output, a saturated result, or both.
template <class F, bool Ftz, bool Saturate>
struct Adjusted {
  template <class... T>
  float operator()(T... x) const {
    float result = Ftz ? F{}(flush_subnormal(x)...) : F{}(x...);
    if (Ftz) result = flush_subnormal(result);
    return Saturate ? saturate(result) : result;
  }
};

template <Rounding Mode>
struct Add {
  float operator()(float a, float b) const {
    if constexpr (Mode == Rounding::Rn) return a + b;
    return round_sum<Mode>(a, b);
  }
};
template <Rounding Mode>
struct Subtract {
  float operator()(float a, float b) const { return Add<Mode>{}(a, -b); }
};
template <Rounding Mode>
struct Multiply {
  float operator()(float a, float b) const {
    if constexpr (Mode == Rounding::Rn) return a * b;
    return round_single<Mode>(double{a} * double{b});
  }
};
template <Rounding Mode>
struct Fma {
  float operator()(float a, float b, float c) const {
    if constexpr (Mode == Rounding::Rn) return std::fma(a, b, c);
    return round_sum<Mode>(double{a} * double{b}, c);
  }
};
template <Rounding Mode>
struct Divide {
  float operator()(float a, float b) const {
    if constexpr (Mode == Rounding::Rn) return a / b;
    return round_single<Mode>(divide_to_odd(a, b));
  }
};
template <Rounding Mode>
struct Reciprocal {
  float operator()(float a) const { return Divide<Mode>{}(1.0f, a); }
};
template <Rounding Mode>
struct SquareRoot {
  float operator()(float a) const {
    if constexpr (Mode == Rounding::Rn) return std::sqrt(a);
    return round_single<Mode>(sqrt_to_odd(a));
  }
};

struct Negate {
  template <class T>
  T operator()(T a) const {
    return -a;
  }
};
struct Absolute {
  template <class T>
  T operator()(T a) const {
    return std::fabs(a);
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return minimum(a, b);
  }
};
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return maximum(a, b);
  }
};
template <class F>
struct PropagateNan {
  float operator()(float a, float b) const { return a != a || b != b ? warp::kCanonicalNan : F{}(a, b); }
};
template <class F>
struct SignsXored {
  float operator()(float a, float b) const {
    const float magnitude = F{}(std::fabs(a), std::fabs(b));
    return std::signbit(a) != std::signbit(b) ? -magnitude : magnitude;
  }
};
struct CopySign {
  template <class T>
  T operator()(T a, T b) const {
    return std::copysign(b, a);
  }
};

template <float (*Function)(float)>
struct Approximate {
  float operator()(float a) const { return Function(a); }
};
struct DivideApproximate {
  float operator()(float a, float b) const { return warp::div_approx(a, b); }
};

template <class F>
Handler adjusted_unary(const ptx::Instruction& instruction) {
  return instruction.ftz ? &unary<Adjusted<F, true, false>, float, float>
                         : &unary<Adjusted<F, false, false>, float, float>;
}
template <class F>
Handler adjusted_binary(const ptx::Instruction& instruction) {
  if (instruction.saturate)
    return instruction.ftz ? &binary<Adjusted<F, true, true>, float, float, float>
                           : &binary<Adjusted<F, false, true>, float, float, float>;
  return instruction.ftz ? &binary<Adjusted<F, true, false>, float, float, float>
                         : &binary<Adjusted<F, false, false>, float, float, float>;
}
template <class F>
Handler adjusted_ternary(const ptx::Instruction& instruction) {
  if (instruction.saturate)
    return instruction.ftz ? &ternary<Adjusted<F, true, true>, float, float, float, float>
                           : &ternary<Adjusted<F, false, true>, float, float, float, float>;
  return instruction.ftz ? &ternary<Adjusted<F, true, false>, float, float, float, float>
                         : &ternary<Adjusted<F, false, false>, float, float, float, float>;
}

template <template <Rounding> class F, class Adjust>
Handler by_rounding(const ptx::Instruction& instruction, Adjust adjust) {
  switch (instruction.rounding) {
    case Rounding::Rz:
      return adjust.template operator()<F<Rounding::Rz>>();
    case Rounding::Rm:
      return adjust.template operator()<F<Rounding::Rm>>();
    case Rounding::Rp:
      return adjust.template operator()<F<Rounding::Rp>>();
    default:
      return adjust.template operator()<F<Rounding::Rn>>();
  }
}

template <template <Rounding> class F>
Handler rounded_unary(const ptx::Instruction& instruction) {
  return by_rounding<F>(instruction, [&]<class Rounded>() { return adjusted_unary<Rounded>(instruction); });
}
template <template <Rounding> class F>
Handler rounded_binary(const ptx::Instruction& instruction) {
  return by_rounding<F>(instruction, [&]<class Rounded>() { return adjusted_binary<Rounded>(instruction); });
}

template <class F>
Handler order_handler(const ptx::Instruction& instruction) {
  if (instruction.nan && instruction.abs_xorsign) return adjusted_binary<SignsXored<PropagateNan<F>>>(instruction);
  if (instruction.nan) return adjusted_binary<PropagateNan<F>>(instruction);
  if (instruction.abs_xorsign) return adjusted_binary<SignsXored<F>>(instruction);
  return adjusted_binary<F>(instruction);
}

Handler single_handler(const ptx::Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Add:
      return rounded_binary<Add>(instruction);
    case Opcode::Sub:
      return rounded_binary<Subtract>(instruction);
    case Opcode::Mul:
      return rounded_binary<Multiply>(instruction);
    case Opcode::Fma:
    case Opcode::Mad:
      return by_rounding<Fma>(instruction, [&]<class F>() { return adjusted_ternary<F>(instruction); });
    case Opcode::Div:
      if (instruction.approx || instruction.full) return adjusted_binary<DivideApproximate>(instruction);
      return rounded_binary<Divide>(instruction);
    case Opcode::Rcp:
      if (instruction.approx) return adjusted_unary<Approximate<warp::rcp_approx>>(instruction);
      return rounded_unary<Reciprocal>(instruction);
    case Opcode::Sqrt:
      if (instruction.approx) return adjusted_unary<Approximate<warp::sqrt_approx>>(instruction);
      return rounded_unary<SquareRoot>(instruction);
    case Opcode::Rsqrt:
      return adjusted_unary<Approximate<warp::rsqrt_approx>>(instruction);
    case Opcode::Ex2:
      return adjusted_unary<Approximate<warp::ex2_approx>>(instruction);
    case Opcode::Lg2:
      return adjusted_unary<Approximate<warp::lg2_approx>>(instruction);
    case Opcode::Sin:
      return adjusted_unary<Approximate<warp::sin_approx>>(instruction);
    case Opcode::Cos:
      return adjusted_unary<Approximate<warp::cos_approx>>(instruction);
    case Opcode::Tanh:
      return &unary<Approximate<warp::tanh_approx>, float, float>;
    case Opcode::Neg:
      return adjusted_unary<Negate>(instruction);
    case Opcode::Abs:
      return adjusted_unary<Absolute>(instruction);
    case Opcode::Min:
      return order_handler<Minimum>(instruction);
    case Opcode::Max:
      return order_handler<Maximum>(instruction);
    case Opcode::Copysign:
      return &binary<CopySign, float, float, float>;
    default:
      return nullptr;
  }
}

struct DoubleAdd {
  double operator()(double a, double b) const { return a + b; }
};
struct DoubleSubtract {
  double operator()(double a, double b) const { return a - b; }
};
struct DoubleMultiply {
  double operator()(double a, double b) const { return a * b; }
};
struct DoubleFma {
  double operator()(double a, double b, double c) const { return std::fma(a, b, c); }
};
struct DoubleDivide {
  double operator()(double a, double b) const { return a / b; }
};
struct DoubleReciprocal {
  double operator()(double a) const { return 1.0 / a; }
};
struct DoubleSquareRoot {
  double operator()(double a) const { return std::sqrt(a); }
};
// rcp.approx.ftz.f64 and rsqrt.approx.f64 may be coarser; these are within their bounds.
struct DoubleReciprocalSquareRoot {
  double operator()(double a) const { return 1.0 / std::sqrt(a); }
};

// Runs `Inner` under a directed rounding mode. The processor's mode reaches f64 only: f32 rounds by encode().
template <Handler Inner>
void under_rounding(Machine& machine, const Step& step) {
  const RoundingMode mode(step.instruction->rounding);
  Inner(machine, step);
}
template <Handler Inner>
Handler directed(const ptx::Instruction& instruction) {
  const bool nearest = instruction.rounding == Rounding::None || instruction.rounding == Rounding::Rn;
  return nearest ? Inner : &under_rounding<Inner>;
}

Handler double_handler(const ptx::Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Add:
      return directed<&binary<DoubleAdd, double, double, double>>(instruction);
    case Opcode::Sub:
      return directed<&binary<DoubleSubtract, double, double, double>>(instruction);
    case Opcode::Mul:
      return directed<&binary<DoubleMultiply, double, double, double>>(instruction);
    case Opcode::Fma:
    case Opcode::Mad:
      return directed<&ternary<DoubleFma, double, double, double, double>>(instruction);
    case Opcode::Div:
      return directed<&binary<DoubleDivide, double, double, double>>(instruction);
    case Opcode::Rcp:
      return directed<&unary<DoubleReciprocal, double, double>>(instruction);
    case Opcode::Sqrt:
      return directed<&unary<DoubleSquareRoot, double, double>>(instruction);
    case Opcode::Rsqrt:
      return &unary<DoubleReciprocalSquareRoot, double, double>;
    case Opcode::Neg:
      return &unary<Negate, double, double>;
    case Opcode::Abs:
      return &unary<Absolute, double, double>;
    case Opcode::Min:
      return &binary<Minimum, double, double, double>;
    case Opcode::Max:
      return &binary<Maximum, double, double, double>;
    case Opcode::Copysign:
      return &binary<CopySign, double, double, double>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler float_handler(const ptx::Instruction& instruction) {
  if (instruction.types[0] == Type::F32) return single_handler(instruction);
  return instruction.types[0] == Type::F64 ? double_handler(instruction) : nullptr;
}

}  // namespace vgpu::interp
