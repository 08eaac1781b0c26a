#include <algorithm>
#include <cmath>
#include <limits>

#include "gpu/interp/machine.h"
// float_math.h uses Storage of machine.h.
#include "gpu/interp/float_math.h"

// cvt: every pair of integer and floating-point types, and the packed forms.
namespace vgpu::interp {
namespace {

using ptx::Instruction;
using ptx::Rounding;
using ptx::Type;
using Word = std::uint32_t;

// A source value: exact in either form.
struct Value {
  bool is_float = false;
  double real = 0;
  bool negative = false;  // integers: sign and magnitude
  std::uint64_t magnitude = 0;
};

Value from_integer(std::uint64_t bits, Type type) {
  const unsigned width = bit_width(type);
  const unsigned shift = 64 - width;
  if (!is_signed_integer(type)) return {false, 0, false, bits << shift >> shift};
  const auto value = static_cast<std::int64_t>(bits << shift) >> shift;
  return {false, 0, value < 0, value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value)};
}

Value read(std::uint64_t bits, const Instruction& instruction) {
  const Type type = instruction.types[1];
  switch (type) {
    case Type::F16:
      return {true, double{warp::half_to_float(bits & 0xffffu)}};
    case Type::BF16:
      return {true, double{warp::brain_to_float(bits & 0xffffu)}};
    case Type::F32: {
      const float value = std::bit_cast<float>(static_cast<Word>(bits));
      return {true, double{instruction.ftz ? flush_subnormal(value) : value}};
    }
    case Type::F64:
      return {true, std::bit_cast<double>(bits)};
    default:
      return from_integer(bits, type);
  }
}

// The integer that an operand rounds to; float to integer without a mode truncates.
double to_integral(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::Rni:
      return std::nearbyint(value);
    case Rounding::Rmi:
      return std::floor(value);
    case Rounding::Rpi:
      return std::ceil(value);
    default:
      return std::trunc(value);
  }
}

std::uint64_t real_to_integer(double value, Type type, Rounding rounding) {
  const unsigned width = bit_width(type);
  if (value != value) return 0;
  const double whole = to_integral(value, rounding);
  if (is_signed_integer(type)) {
    const double limit = std::ldexp(1.0, static_cast<int>(width) - 1);
    const std::uint64_t top = std::uint64_t{1} << (width - 1);
    if (whole >= limit) return top - 1;
    if (whole < -limit) return 0 - top;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(whole));
  }
  if (whole <= 0) return 0;
  if (whole >= std::ldexp(1.0, static_cast<int>(width))) return ~std::uint64_t{0} >> (64 - width);
  return static_cast<std::uint64_t>(whole);
}

std::uint64_t integer_to_integer(Value value, Type type, bool saturate_result) {
  const std::uint64_t bits = value.negative ? 0 - value.magnitude : value.magnitude;
  if (!saturate_result) return bits;
  const unsigned width = bit_width(type);
  if (!is_signed_integer(type)) {
    const std::uint64_t most = ~std::uint64_t{0} >> (64 - width);
    return value.negative ? 0 : std::min(value.magnitude, most);
  }
  const std::uint64_t top = std::uint64_t{1} << (width - 1);
  return value.negative ? 0 - std::min(value.magnitude, top) : std::min(value.magnitude, top - 1);
}

template <class Format>
std::uint64_t encode_value(Value value, Rounding rounding) {
  return value.is_float ? warp::encode<Format>(value.real, rounding)
                        : warp::encode<Format>(value.negative, value.magnitude, 0, rounding);
}

bool to_integral_mode(Rounding rounding) {
  return rounding == Rounding::Rni || rounding == Rounding::Rzi || rounding == Rounding::Rmi ||
         rounding == Rounding::Rpi;
}

std::uint64_t to_float(Value value, const Instruction& instruction) {
  if (value.is_float && to_integral_mode(instruction.rounding) && std::isfinite(value.real))
    value.real = std::copysign(to_integral(value.real, instruction.rounding), value.real);
  if (instruction.saturate && value.is_float) value.real = saturate(value.real);
  if (instruction.relu && value.is_float && !(value.real > 0) && value.real == value.real) value.real = 0;
  switch (instruction.types[0]) {
    case Type::F16:
      return encode_value<warp::Half>(value, instruction.rounding);
    case Type::BF16:
      return encode_value<warp::BrainFloat>(value, instruction.rounding);
    case Type::TF32:
      return encode_value<warp::TensorFloat>(value, instruction.rounding) << 13;
    case Type::F32: {
      const auto bits = static_cast<Word>(encode_value<warp::Single>(value, instruction.rounding));
      return instruction.ftz ? std::bit_cast<Word>(flush_subnormal(std::bit_cast<float>(bits))) : bits;
    }
    default:
      return encode_value<warp::Double>(value, instruction.rounding);
  }
}

std::uint64_t convert_one(std::uint64_t bits, const Instruction& instruction) {
  const Type target = instruction.types[0];
  const Value value = read(bits, instruction);
  if (is_float(target)) return to_float(value, instruction);
  const std::uint64_t result = value.is_float ? real_to_integer(value.real, target, instruction.rounding)
                                              : integer_to_integer(value, target, instruction.saturate);
  const unsigned shift = 64 - bit_width(target);
  return is_signed_integer(target) ? static_cast<std::uint64_t>(static_cast<std::int64_t>(result << shift) >> shift)
                                   : result << shift >> shift;
}

void convert(Machine& machine, const Step& step) {
  const Instruction instruction = *step.instruction;
  const Ref& d = step.destination(0);
  const Ref& a = step.source(0);
  // A constant is read in the form of the source type.
  const bool wide = a.bits == 64 || (a.bits == 0 && bit_width(instruction.types[1]) == 64);
  for_each_active(machine.active, [&](unsigned lane) {
    const std::uint64_t bits = wide ? machine.wide(a)[lane] : machine.narrow(a)[lane];
    machine.set_value(d, lane, convert_one(bits, instruction));
  });
}

// The conversions that make up most of real kernels, without the general path.
template <class D, class S>
void convert_plain(Machine& machine, const Step& step) {
  auto* d = lanes<D>(machine, step.destination(0));
  const auto* a = lanes<S>(machine, step.source(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = pack<D>(static_cast<D>(unpack<S>(a[lane]))); });
}
void half_to_single(Machine& machine, const Step& step) {
  Word* d = machine.narrow(step.destination(0));
  const Word* a = machine.narrow(step.source(0));
  for_each_active(machine.active,
                  [&](unsigned lane) { d[lane] = std::bit_cast<Word>(warp::half_to_float(a[lane] & 0xffffu)); });
}

Word single_to(Type type, float value, const Instruction& instruction) {
  if (instruction.relu && value < 0) value = 0;
  switch (type) {
    case Type::F16x2:
      return static_cast<Word>(warp::encode<warp::Half>(value, instruction.rounding));
    case Type::BF16x2:
      return static_cast<Word>(warp::encode<warp::BrainFloat>(value, instruction.rounding));
    case Type::E4M3x2:
      return warp::float_to_e4m3(value);
    default:
      return warp::float_to_e5m2(value);
  }
}

// cvt.rn.f16x2.f32 d, a, b: a becomes the upper half. The 8-bit pairs work alike.
void convert_pair(Machine& machine, const Step& step) {
  const Instruction instruction = *step.instruction;
  const Type type = instruction.types[0];
  const unsigned shift = type == Type::F16x2 || type == Type::BF16x2 ? 16 : 8;
  const Word* a = machine.narrow(step.source(0));
  const Word* b = machine.narrow(step.source(1));
  for_each_active(machine.active, [&](unsigned lane) {
    const Word high = single_to(type, std::bit_cast<float>(a[lane]), instruction);
    const Word low = single_to(type, std::bit_cast<float>(b[lane]), instruction);
    machine.set_value(step.destination(0), lane, high << shift | low);
  });
}

void half_pair_to_bytes(Machine& machine, const Step& step) {
  const Instruction instruction = *step.instruction;
  const Word* a = machine.narrow(step.source(0));
  for_each_active(machine.active, [&](unsigned lane) {
    const Word low = single_to(instruction.types[0], warp::half_to_float(a[lane] & 0xffffu), instruction);
    const Word high = single_to(instruction.types[0], warp::half_to_float(a[lane] >> 16), instruction);
    machine.set_value(step.destination(0), lane, high << 8 | low);
  });
}

template <float (*Decode)(Word)>
void bytes_to_half_pair(Machine& machine, const Step& step) {
  Word* d = machine.narrow(step.destination(0));
  const Word* a = machine.narrow(step.source(0));
  for_each_active(machine.active, [&](unsigned lane) {
    d[lane] = warp::float_to_half(Decode(a[lane] & 0xffu)) | warp::float_to_half(Decode(a[lane] >> 8 & 0xffu)) << 16;
  });
}

bool is_scalar(Type type) {
  switch (type) {
    case Type::U8:
    case Type::U16:
    case Type::U32:
    case Type::U64:
    case Type::S8:
    case Type::S16:
    case Type::S32:
    case Type::S64:
    case Type::F16:
    case Type::BF16:
    case Type::F32:
    case Type::F64:
      return true;
    default:
      return false;
  }
}

Handler packed_handler(const Instruction& instruction) {
  const Type target = instruction.types[0];
  const Type source = instruction.types[1];
  const bool bytes = target == Type::E4M3x2 || target == Type::E5M2x2;
  if (source == Type::F32 && (bytes || target == Type::F16x2 || target == Type::BF16x2)) return &convert_pair;
  if (source == Type::F16x2 && bytes) return &half_pair_to_bytes;
  if (target == Type::F16x2 && source == Type::E4M3x2) return &bytes_to_half_pair<warp::e4m3_to_float>;
  if (target == Type::F16x2 && source == Type::E5M2x2) return &bytes_to_half_pair<warp::e5m2_to_float>;
  return nullptr;
}

}  // namespace

Handler convert_handler(const ptx::Instruction& instruction) {
  if (instruction.op != ptx::Opcode::Cvt) return nullptr;
  const Type target = instruction.types[0];
  const Type source = instruction.types[1];
  const bool plain = !instruction.saturate && !instruction.ftz && !instruction.relu;
  const bool nearest = instruction.rounding == Rounding::Rn;
  if (plain && target == Type::F32 && source == Type::F16 && instruction.rounding == Rounding::None)
    return &half_to_single;
  if (plain && nearest && target == Type::F32 && source == Type::S32) return &convert_plain<float, std::int32_t>;
  if (plain && nearest && target == Type::F32 && source == Type::U32) return &convert_plain<float, std::uint32_t>;
  if (source == Type::F32 && target == Type::TF32) return &convert;
  return is_scalar(target) && is_scalar(source) ? &convert : packed_handler(instruction);
}

}  // namespace vgpu::interp
