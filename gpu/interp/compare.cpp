#include <cmath>

#include "gpu/interp/machine.h"
// float_math.h uses Storage of machine.h.
#include "gpu/interp/float_math.h"

// setp, set, selp, slct, testp.
namespace vgpu::interp {
namespace {

using ptx::Boolean;
using ptx::Comparison;
using ptx::Instruction;
using ptx::Opcode;
using ptx::Type;
using Word = std::uint32_t;

// Reads the lanes of a source as values of one type.
template <class T, bool Ftz>
struct Plain {
  const Storage<T>* data;
  Plain(const Machine& machine, const Ref& ref) : data(lanes<T>(machine, ref)) {}
  T operator[](unsigned lane) const {
    if constexpr (Ftz) return flush_subnormal(unpack<T>(data[lane]));
    return unpack<T>(data[lane]);
  }
};
template <class Format, int Shift>
struct HalfSource {
  const Word* data;
  HalfSource(const Machine& machine, const Ref& ref) : data(machine.narrow(ref)) {}
  float operator[](unsigned lane) const {
    const Word bits = data[lane] >> Shift & 0xffffu;
    if constexpr (std::is_same_v<Format, warp::Half>) return warp::half_to_float(bits);
    return warp::brain_to_float(bits);
  }
};

template <class Source, class Test>
Word test_lanes(const Source& a, const Source& b, Test test) {
  Word mask = 0;
  for (unsigned lane = 0; lane < kWarpSize; ++lane) mask |= static_cast<Word>(test(a[lane], b[lane])) << lane;
  return mask;
}

// All lanes are compared; NaN makes the ordered comparisons false and the unordered ones true.
template <class Source>
Word compare_lanes(Comparison comparison, const Source& a, const Source& b) {
  switch (comparison) {
    case Comparison::Eq:
      return test_lanes(a, b, [](auto x, auto y) { return x == y; });
    case Comparison::Ne:
      return test_lanes(a, b, [](auto x, auto y) { return x < y || x > y; });
    case Comparison::Lt:
    case Comparison::Lo:
      return test_lanes(a, b, [](auto x, auto y) { return x < y; });
    case Comparison::Le:
    case Comparison::Ls:
      return test_lanes(a, b, [](auto x, auto y) { return x <= y; });
    case Comparison::Gt:
    case Comparison::Hi:
      return test_lanes(a, b, [](auto x, auto y) { return x > y; });
    case Comparison::Ge:
    case Comparison::Hs:
      return test_lanes(a, b, [](auto x, auto y) { return x >= y; });
    case Comparison::Equ:
      return test_lanes(a, b, [](auto x, auto y) { return !(x < y || x > y); });
    case Comparison::Neu:
      return test_lanes(a, b, [](auto x, auto y) { return !(x == y); });
    case Comparison::Ltu:
      return test_lanes(a, b, [](auto x, auto y) { return !(x >= y); });
    case Comparison::Leu:
      return test_lanes(a, b, [](auto x, auto y) { return !(x > y); });
    case Comparison::Gtu:
      return test_lanes(a, b, [](auto x, auto y) { return !(x <= y); });
    case Comparison::Geu:
      return test_lanes(a, b, [](auto x, auto y) { return !(x < y); });
    case Comparison::Num:
      return test_lanes(a, b, [](auto x, auto y) { return x == x && y == y; });
    default:
      return test_lanes(a, b, [](auto x, auto y) { return !(x == x && y == y); });
  }
}

template <class Source>
Word compare_sources(const Machine& machine, const Step& step) {
  return compare_lanes(step.instruction->comparison, Source(machine, step.source(0)), Source(machine, step.source(1)));
}

Word combine(const Machine& machine, const Step& step, Word result) {
  const Boolean boolean = step.instruction->boolean;
  if (boolean == Boolean::None) return result;
  const Word other = machine.predicate(step.source(2));
  return boolean == Boolean::And ? result & other : boolean == Boolean::Or ? result | other : result ^ other;
}

template <class Source>
void set_predicate(Machine& machine, const Step& step) {
  const Word result = compare_sources<Source>(machine, step);
  const Word first = combine(machine, step, result);
  const Word second = combine(machine, step, ~result);
  machine.set_predicate(step.destination(0), first);
  if (step.instruction->destination_count > 1) machine.set_predicate(step.destination(1), second);
}

// setp on a pair: p of the low halves, q of the high ones.
template <class Format>
void set_predicate_pair(Machine& machine, const Step& step) {
  const Word low = combine(machine, step, compare_sources<HalfSource<Format, 0>>(machine, step));
  const Word high = combine(machine, step, compare_sources<HalfSource<Format, 16>>(machine, step));
  machine.set_predicate(step.destination(0), low);
  if (step.instruction->destination_count > 1) machine.set_predicate(step.destination(1), high);
}

Word true_value(Type type) {
  switch (type) {
    case Type::F32:
      return 0x3f800000;
    case Type::F16:
      return 0x3c00;
    case Type::BF16:
      return 0x3f80;
    case Type::U16:
    case Type::S16:
      return 0xffff;
    default:
      return ~0u;
  }
}

template <class Source>
void set_value(Machine& machine, const Step& step) {
  const Word result = combine(machine, step, compare_sources<Source>(machine, step));
  const Word value = true_value(step.instruction->types[0]);
  Word* d = machine.narrow(step.destination(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = (result >> lane & 1) != 0 ? value : 0; });
}

template <class Format>
void set_value_pair(Machine& machine, const Step& step) {
  const Word low = combine(machine, step, compare_sources<HalfSource<Format, 0>>(machine, step));
  const Word high = combine(machine, step, compare_sources<HalfSource<Format, 16>>(machine, step));
  const Type type = step.instruction->types[0];
  const Word value = type == Type::F16x2 ? 0x3c00 : type == Type::BF16x2 ? 0x3f80 : 0xffff;
  Word* d = machine.narrow(step.destination(0));
  for_each_active(machine.active, [&](unsigned lane) {
    d[lane] = ((low >> lane & 1) != 0 ? value : 0) | ((high >> lane & 1) != 0 ? value << 16 : 0);
  });
}

template <bool Predicate, class Source>
Handler scalar_compare() {
  return Predicate ? &set_predicate<Source> : &set_value<Source>;
}

template <bool Predicate>
Handler compare_by_type(Type type, bool ftz) {
  switch (type) {
    case Type::F32:
      return ftz ? scalar_compare<Predicate, Plain<float, true>>() : scalar_compare<Predicate, Plain<float, false>>();
    case Type::F64:
      return scalar_compare<Predicate, Plain<double, false>>();
    case Type::F16:
      return scalar_compare<Predicate, HalfSource<warp::Half, 0>>();
    case Type::BF16:
      return scalar_compare<Predicate, HalfSource<warp::BrainFloat, 0>>();
    case Type::F16x2:
      return Predicate ? &set_predicate_pair<warp::Half> : &set_value_pair<warp::Half>;
    case Type::BF16x2:
      return Predicate ? &set_predicate_pair<warp::BrainFloat> : &set_value_pair<warp::BrainFloat>;
    default:
      return for_integer(type, []<class T>() -> Handler { return scalar_compare<Predicate, Plain<T, false>>(); });
  }
}

template <class T>
void select(Machine& machine, const Step& step) {
  auto* d = lanes<T>(machine, step.destination(0));
  const auto* a = lanes<T>(machine, step.source(0));
  const auto* b = lanes<T>(machine, step.source(1));
  const Word chosen = machine.predicate(step.source(2));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = (chosen >> lane & 1) != 0 ? a[lane] : b[lane]; });
}

// slct: by the sign of c; -0 counts as not negative, NaN as negative.
template <class T, class C>
void select_by_sign(Machine& machine, const Step& step) {
  auto* d = lanes<T>(machine, step.destination(0));
  const auto* a = lanes<T>(machine, step.source(0));
  const auto* b = lanes<T>(machine, step.source(1));
  const Word* c = machine.narrow(step.source(2));
  const bool ftz = step.instruction->ftz;
  for_each_active(machine.active, [&](unsigned lane) {
    C value = unpack<C>(c[lane]);
    if constexpr (std::is_same_v<C, float>) value = ftz ? flush_subnormal(value) : value;
    d[lane] = value >= 0 ? a[lane] : b[lane];
  });
}

template <class T>
bool has_property(T value, Comparison property) {
  switch (property) {
    case Comparison::Finite:
      return std::isfinite(value);
    case Comparison::Infinite:
      return std::isinf(value);
    case Comparison::Num:
      return !std::isnan(value);
    case Comparison::Nan:
      return std::isnan(value);
    case Comparison::Normal:
      return std::isnormal(value);
    default:
      return std::fpclassify(value) == FP_SUBNORMAL;
  }
}

template <class T>
void test_property(Machine& machine, const Step& step) {
  const auto* a = lanes<T>(machine, step.source(0));
  Word result = 0;
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    result |= static_cast<Word>(has_property(unpack<T>(a[lane]), step.instruction->comparison)) << lane;
  machine.set_predicate(step.destination(0), result);
}

template <class C>
Handler sign_handler(Type type) {
  const unsigned width = bit_width(type);
  if (width == 64) return &select_by_sign<std::uint64_t, C>;
  return width == 32 ? &select_by_sign<Word, C> : width == 16 ? &select_by_sign<std::uint16_t, C> : nullptr;
}

Handler select_handler(Type type) {
  const unsigned width = bit_width(type);
  return width == 64 ? &select<std::uint64_t> : width >= 16 ? &select<Word> : nullptr;
}

}  // namespace

Handler compare_handler(const Instruction& instruction) {
  const Type type = instruction.types[0];
  switch (instruction.op) {
    case Opcode::Setp:
      return compare_by_type<true>(type, instruction.ftz);
    case Opcode::Set:
      return compare_by_type<false>(instruction.types[1], instruction.ftz);
    case Opcode::Selp:
      return select_handler(type);
    case Opcode::Slct:
      return instruction.types[1] == Type::F32 ? sign_handler<float>(type) : sign_handler<std::int32_t>(type);
    case Opcode::Testp:
      return type == Type::F64 ? &test_property<double> : &test_property<float>;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
