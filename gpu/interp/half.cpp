#include <cmath>

#include "gpu/interp/machine.h"
// float_math.h uses Storage of machine.h.
#include "gpu/interp/float_math.h"

// Arithmetic on f16, bf16 and their pairs. Results are computed exactly, or rounded to odd, in double and rounded once.
namespace vgpu::interp {
namespace {

using ptx::Opcode;
using ptx::Rounding;
using ptx::Type;
using Word = std::uint32_t;

template <class Format>
struct Codec;
template <>
struct Codec<warp::Half> {
  static double load(Word bits) { return double{warp::half_to_float(bits & 0xffffu)}; }
  static constexpr Word kNan = 0x7fff;
};
template <>
struct Codec<warp::BrainFloat> {
  static double load(Word bits) { return double{warp::brain_to_float(bits & 0xffffu)}; }
  static constexpr Word kNan = 0x7fff;
};

template <class Format>
bool is_nan(Word bits) {
  return (bits & 0x7fffu) > Format::kInfinity;
}
template <class Format>
Word flush(Word bits) {
  constexpr Word kLeastNormal = 1u << Format::kSignificandBits;
  return (bits & 0x7fffu) < kLeastNormal ? bits & 0x8000u : bits & 0xffffu;
}

struct Modifiers {
  bool ftz, saturate, relu, nan, abs_xorsign;
};

template <class Format>
Word finish(double value, Modifiers modifiers) {
  if (modifiers.saturate) value = saturate(value);
  if (modifiers.relu && value < 0) value = 0;
  if (modifiers.relu && value == 0) value = 0.0;
  auto bits = static_cast<Word>(warp::encode<Format>(value, Rounding::Rn));
  return modifiers.ftz ? flush<Format>(bits) : bits;
}

struct Add {
  static double apply(double a, double b, double) { return add_to_odd(a, b); }
};
struct Subtract {
  static double apply(double a, double b, double) { return add_to_odd(a, -b); }
};
struct Multiply {
  static double apply(double a, double b, double) { return a * b; }
};
struct Fma {
  static double apply(double a, double b, double c) { return add_to_odd(a * b, c); }
};
struct Ex2 {
  static double apply(double a, double, double) { return double{warp::ex2_approx(static_cast<float>(a))}; }
};
struct Tanh {
  static double apply(double a, double, double) { return double{warp::tanh_approx(static_cast<float>(a))}; }
};

template <class Format, class F>
struct Arithmetic {
  static Word apply(Word a, Word b, Word c, Modifiers modifiers) {
    if (modifiers.ftz) {
      a = flush<Format>(a);
      b = flush<Format>(b);
      c = flush<Format>(c);
    }
    return finish<Format>(F::apply(Codec<Format>::load(a), Codec<Format>::load(b), Codec<Format>::load(c)), modifiers);
  }
};

template <class Format, bool Max>
struct Order {
  static Word apply(Word a, Word b, Word, Modifiers modifiers) {
    if (modifiers.ftz) {
      a = flush<Format>(a);
      b = flush<Format>(b);
    }
    const Word sign = (a ^ b) & 0x8000u;
    if (modifiers.abs_xorsign) {
      a &= 0x7fffu;
      b &= 0x7fffu;
    }
    if (modifiers.nan && (is_nan<Format>(a) || is_nan<Format>(b))) return Codec<Format>::kNan;
    const double left = Codec<Format>::load(a);
    const double right = Codec<Format>::load(b);
    const Word bits = finish<Format>(Max ? maximum(left, right) : minimum(left, right), modifiers);
    return modifiers.abs_xorsign ? bits | sign : bits;
  }
};

template <class Format>
struct Negate {
  static Word apply(Word a, Word, Word, Modifiers modifiers) {
    return (modifiers.ftz ? flush<Format>(a) : a & 0xffffu) ^ 0x8000u;
  }
};
template <class Format>
struct Absolute {
  static Word apply(Word a, Word, Word, Modifiers modifiers) {
    return (modifiers.ftz ? flush<Format>(a) : a) & 0x7fffu;
  }
};

template <class F, int Sources, bool Pair>
void run(Machine& machine, const Step& step) {
  const ptx::Instruction& instruction = *step.instruction;
  const Modifiers modifiers{instruction.ftz, instruction.saturate, instruction.relu, instruction.nan,
                            instruction.abs_xorsign};
  Word* d = machine.narrow(step.destination(0));
  const Word* a = machine.narrow(step.source(0));
  const Word* b = Sources > 1 ? machine.narrow(step.source(1)) : a;
  const Word* c = Sources > 2 ? machine.narrow(step.source(2)) : a;
  for_each_active(machine.active, [&](unsigned lane) {
    const Word low = F::apply(a[lane] & 0xffffu, b[lane] & 0xffffu, c[lane] & 0xffffu, modifiers);
    d[lane] = Pair ? low | F::apply(a[lane] >> 16, b[lane] >> 16, c[lane] >> 16, modifiers) << 16 : low;
  });
}

template <class Format, bool Pair>
Handler choose(const ptx::Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Add:
      return &run<Arithmetic<Format, Add>, 2, Pair>;
    case Opcode::Sub:
      return &run<Arithmetic<Format, Subtract>, 2, Pair>;
    case Opcode::Mul:
      return &run<Arithmetic<Format, Multiply>, 2, Pair>;
    case Opcode::Fma:
      return &run<Arithmetic<Format, Fma>, 3, Pair>;
    case Opcode::Ex2:
      return &run<Arithmetic<Format, Ex2>, 1, Pair>;
    case Opcode::Tanh:
      return &run<Arithmetic<Format, Tanh>, 1, Pair>;
    case Opcode::Min:
      return &run<Order<Format, false>, 2, Pair>;
    case Opcode::Max:
      return &run<Order<Format, true>, 2, Pair>;
    case Opcode::Neg:
      return &run<Negate<Format>, 1, Pair>;
    case Opcode::Abs:
      return &run<Absolute<Format>, 1, Pair>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler half_handler(const ptx::Instruction& instruction) {
  switch (instruction.types[0]) {
    case Type::F16:
      return choose<warp::Half, false>(instruction);
    case Type::F16x2:
      return choose<warp::Half, true>(instruction);
    case Type::BF16:
      return choose<warp::BrainFloat, false>(instruction);
    case Type::BF16x2:
      return choose<warp::BrainFloat, true>(instruction);
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
