#include <algorithm>
#include <limits>

#include "gpu/interp/machine.h"

// Integer arithmetic: add sub mul mad div rem min max abs neg sad, 24-bit and dot products, extended precision.
namespace vgpu::interp {
namespace {

using ptx::Half;
using ptx::Opcode;
using ptx::Type;

template <class T>
using Unsigned = std::make_unsigned_t<T>;

template <class T>
struct WideOf;
template <>
struct WideOf<std::uint16_t> {
  using Value = std::uint32_t;
};
template <>
struct WideOf<std::int16_t> {
  using Value = std::int32_t;
};
template <>
struct WideOf<std::uint32_t> {
  using Value = std::uint64_t;
};
template <>
struct WideOf<std::int32_t> {
  using Value = std::int64_t;
};
__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;
template <>
struct WideOf<std::uint64_t> {
  using Value = Uint128;
};
template <>
struct WideOf<std::int64_t> {
  using Value = Int128;
};
template <class T>
using Wide = typename WideOf<T>::Value;

template <class T>
T wrap_add(T a, T b) {
  return static_cast<T>(static_cast<Unsigned<T>>(a) + static_cast<Unsigned<T>>(b));
}
template <class T>
T wrap_subtract(T a, T b) {
  return static_cast<T>(static_cast<Unsigned<T>>(a) - static_cast<Unsigned<T>>(b));
}
template <class T>
T clamp_to(std::int64_t value) {
  return static_cast<T>(std::clamp<std::int64_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return wrap_add(a, b);
  }
};
struct AddSaturated {
  std::int32_t operator()(std::int32_t a, std::int32_t b) const { return clamp_to<std::int32_t>(std::int64_t{a} + b); }
};
struct Subtract {
  template <class T>
  T operator()(T a, T b) const {
    return wrap_subtract(a, b);
  }
};
struct SubtractSaturated {
  std::int32_t operator()(std::int32_t a, std::int32_t b) const { return clamp_to<std::int32_t>(std::int64_t{a} - b); }
};
struct MultiplyLow {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
  }
};
template <>
inline std::uint32_t MultiplyLow::operator()(std::uint32_t a, std::uint32_t b) const {
  return a * b;
}
template <>
inline std::uint64_t MultiplyLow::operator()(std::uint64_t a, std::uint64_t b) const {
  return a * b;
}
template <>
inline std::int64_t MultiplyLow::operator()(std::int64_t a, std::int64_t b) const {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
struct MultiplyHigh {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>((static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b)) >> (sizeof(T) * 8));
  }
};
struct MultiplyWide {
  template <class T>
  Wide<T> operator()(T a, T b) const {
    return static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b);
  }
};
template <class Product>
struct MultiplyAdd {
  template <class T, class C>
  C operator()(T a, T b, C c) const {
    return wrap_add<C>(Product{}(a, b), c);
  }
};
struct MultiplyHighAddSaturated {
  std::int32_t operator()(std::int32_t a, std::int32_t b, std::int32_t c) const {
    return clamp_to<std::int32_t>(std::int64_t{MultiplyHigh{}(a, b)} + c);
  }
};
// Division by zero gives all ones, as NVIDIA's own code sequence does; the most negative value by -1 wraps.
struct Divide {
  template <class T>
  T operator()(T a, T b) const {
    if (b == 0) return static_cast<T>(~Unsigned<T>{0});
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return wrap_subtract<T>(0, a);
    return static_cast<T>(a / b);
  }
};
struct Remainder {
  template <class T>
  T operator()(T a, T b) const {
    if (b == 0) return a;
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
    return static_cast<T>(a % b);
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return std::min(a, b);
  }
};
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return std::max(a, b);
  }
};
template <class F>
struct Relu {
  template <class T>
  T operator()(T a, T b) const {
    return std::max<T>(F{}(a, b), 0);
  }
};
struct Negate {
  template <class T>
  T operator()(T a) const {
    return wrap_subtract<T>(0, a);
  }
};
struct Absolute {
  template <class T>
  T operator()(T a) const {
    return a < 0 ? wrap_subtract<T>(0, a) : a;
  }
};
struct AbsoluteDifference {
  template <class T>
  T operator()(T a, T b, T c) const {
    return wrap_add<T>(c, a < b ? wrap_subtract(b, a) : wrap_subtract(a, b));
  }
};

// Two 16-bit operations in one register.
template <class F, class T>
struct Both {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const {
    const auto low = static_cast<std::uint16_t>(F{}(static_cast<T>(a), static_cast<T>(b)));
    const auto high = static_cast<std::uint16_t>(F{}(static_cast<T>(a >> 16), static_cast<T>(b >> 16)));
    return low | std::uint32_t{high} << 16;
  }
};

template <class T>
std::int64_t product_24(T a, T b) {
  const auto narrow = [](T value) {
    const std::uint32_t shifted = static_cast<std::uint32_t>(value) << 8;
    return std::is_signed_v<T> ? std::int64_t{static_cast<std::int32_t>(shifted) >> 8} : std::int64_t{shifted >> 8};
  };
  return narrow(a) * narrow(b);
}
struct Multiply24Low {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(product_24(a, b));
  }
};
struct Multiply24High {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(product_24(a, b) >> 16);
  }
};
struct Multiply24HighAddSaturated {
  std::int32_t operator()(std::int32_t a, std::int32_t b, std::int32_t c) const {
    return clamp_to<std::int32_t>(std::int64_t{Multiply24High{}(a, b)} + c);
  }
};

template <class A, class B>
struct Dot4 {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    for (int i = 0; i < 32; i += 8) c += static_cast<std::uint32_t>(static_cast<A>(a >> i) * static_cast<B>(b >> i));
    return c;
  }
};
template <class A, class B, int First>
struct Dot2 {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    for (int i = 0; i < 2; ++i) {
      const auto left = static_cast<std::int32_t>(static_cast<A>(a >> (16 * i)));
      c += static_cast<std::uint32_t>(left * static_cast<B>(b >> (First + 8 * i)));
    }
    return c;
  }
};

// a + b + carry-in and the like, with the carry of each lane. `Borrow` subtracts.
template <class T, bool Borrow, bool In, bool Out>
void add_carry(Machine& machine, const Step& step) {
  auto* d = lanes<T>(machine, step.destination(0));
  const auto* a = lanes<T>(machine, step.source(0));
  const auto* b = lanes<T>(machine, step.source(1));
  for_each_active(machine.active, [&](unsigned lane) {
    const T carry = In ? machine.carry >> lane & 1 : 0;
    const T left = a[lane];
    const T right = b[lane];
    const T first = Borrow ? left - right : left + right;
    const T result = Borrow ? first - carry : first + carry;
    const bool out = Borrow ? left < right || first < carry : first < left || result < first;
    if constexpr (Out) machine.carry = (machine.carry & ~(1u << lane)) | static_cast<std::uint32_t>(out) << lane;
    d[lane] = result;
  });
}

template <class T, bool High, bool In, bool Out>
void multiply_add_carry(Machine& machine, const Step& step) {
  using Bits = Unsigned<T>;
  auto* d = lanes<T>(machine, step.destination(0));
  const auto* a = lanes<T>(machine, step.source(0));
  const auto* b = lanes<T>(machine, step.source(1));
  const auto* c = lanes<T>(machine, step.source(2));
  for_each_active(machine.active, [&](unsigned lane) {
    const T left = unpack<T>(a[lane]);
    const T right = unpack<T>(b[lane]);
    const auto product = static_cast<Bits>(High ? MultiplyHigh{}(left, right) : MultiplyLow{}(left, right));
    const Bits first = product + c[lane];
    const Bits result = first + (In ? machine.carry >> lane & 1 : 0);
    const bool out = first < product || result < first;
    if constexpr (Out) machine.carry = (machine.carry & ~(1u << lane)) | static_cast<std::uint32_t>(out) << lane;
    d[lane] = result;
  });
}

template <bool Borrow, bool In>
Handler carry_handler(const ptx::Instruction& instruction) {
  const bool wide = bit_width(instruction.types[0]) == 64;
  if (wide)
    return instruction.carry_out ? &add_carry<std::uint64_t, Borrow, In, true>
                                 : &add_carry<std::uint64_t, Borrow, In, false>;
  return instruction.carry_out ? &add_carry<std::uint32_t, Borrow, In, true>
                               : &add_carry<std::uint32_t, Borrow, In, false>;
}

template <bool In, bool Out>
Handler multiply_carry_handler(const ptx::Instruction& instruction) {
  return for_integer(instruction.types[0], [&]<class T>() -> Handler {
    if constexpr (sizeof(T) == 2) {
      return nullptr;
    } else {
      return instruction.half == Half::Hi ? &multiply_add_carry<T, true, In, Out>
                                          : &multiply_add_carry<T, false, In, Out>;
    }
  });
}

template <class F>
Handler same(Type type) {
  return for_integer(type, []<class T>() -> Handler { return &binary<F, T, T, T>; });
}

template <class F>
Handler same_or_packed(Type type) {
  if (type == Type::U16x2) return &binary<Both<F, std::uint16_t>, std::uint32_t, std::uint32_t, std::uint32_t>;
  if (type == Type::S16x2) return &binary<Both<F, std::int16_t>, std::uint32_t, std::uint32_t, std::uint32_t>;
  return same<F>(type);
}

template <class F>
Handler order_handler(const ptx::Instruction& instruction) {
  if (!instruction.relu) return same_or_packed<F>(instruction.types[0]);
  if (instruction.types[0] == Type::S16x2)
    return &binary<Both<Relu<F>, std::int16_t>, std::uint32_t, std::uint32_t, std::uint32_t>;
  if (instruction.types[0] == Type::S32) return &binary<Relu<F>, std::int32_t, std::int32_t, std::int32_t>;
  return nullptr;
}

Handler multiply_handler(const ptx::Instruction& instruction) {
  return for_integer(instruction.types[0], [&]<class T>() -> Handler {
    if (instruction.half == Half::Lo) return &binary<MultiplyLow, T, T, T>;
    if (instruction.half == Half::Hi) return &binary<MultiplyHigh, T, T, T>;
    if constexpr (sizeof(T) < 8) {
      if (instruction.half == Half::Wide) return &binary<MultiplyWide, Wide<T>, T, T>;
    }
    return nullptr;
  });
}

Handler multiply_add_handler(const ptx::Instruction& instruction) {
  if (instruction.carry_out) return multiply_carry_handler<false, true>(instruction);
  if (instruction.saturate)
    return instruction.types[0] == Type::S32 && instruction.half == Half::Hi
               ? &ternary<MultiplyHighAddSaturated, std::int32_t, std::int32_t, std::int32_t, std::int32_t>
               : nullptr;
  return for_integer(instruction.types[0], [&]<class T>() -> Handler {
    if (instruction.half == Half::Lo) return &ternary<MultiplyAdd<MultiplyLow>, T, T, T, T>;
    if (instruction.half == Half::Hi) return &ternary<MultiplyAdd<MultiplyHigh>, T, T, T, T>;
    if constexpr (sizeof(T) < 8) {
      if (instruction.half == Half::Wide) return &ternary<MultiplyAdd<MultiplyWide>, Wide<T>, T, T, Wide<T>>;
    }
    return nullptr;
  });
}

template <class T>
Handler multiply_24(const ptx::Instruction& instruction) {
  const bool high = instruction.half == Half::Hi;
  if (instruction.op == Opcode::Mul24) return high ? &binary<Multiply24High, T, T, T> : &binary<Multiply24Low, T, T, T>;
  if (instruction.saturate)
    return high ? &ternary<Multiply24HighAddSaturated, std::int32_t, std::int32_t, std::int32_t, std::int32_t>
                : nullptr;
  return high ? &ternary<MultiplyAdd<Multiply24High>, T, T, T, T> : &ternary<MultiplyAdd<Multiply24Low>, T, T, T, T>;
}

template <template <class, class> class F>
Handler dot_handler(const ptx::Instruction& instruction) {
  using Word = std::uint32_t;
  const bool left = is_signed_integer(instruction.types[0]);
  const bool right = is_signed_integer(instruction.types[1]);
  if (left && right) return &ternary<F<std::int32_t, std::int32_t>, Word, Word, Word, Word>;
  if (left) return &ternary<F<std::int32_t, std::uint32_t>, Word, Word, Word, Word>;
  if (right) return &ternary<F<std::uint32_t, std::int32_t>, Word, Word, Word, Word>;
  return &ternary<F<std::uint32_t, std::uint32_t>, Word, Word, Word, Word>;
}
template <class T>
struct ByteOf {
  using Value = std::conditional_t<std::is_signed_v<T>, std::int8_t, std::uint8_t>;
  using Short = std::conditional_t<std::is_signed_v<T>, std::int16_t, std::uint16_t>;
};
template <class A, class B>
using Dot4Of = Dot4<typename ByteOf<A>::Value, typename ByteOf<B>::Value>;
template <class A, class B>
using Dot2Low = Dot2<typename ByteOf<A>::Short, typename ByteOf<B>::Value, 0>;
template <class A, class B>
using Dot2High = Dot2<typename ByteOf<A>::Short, typename ByteOf<B>::Value, 16>;

template <class F>
Handler signed_unary(Type type) {
  switch (type) {
    case Type::S16:
      return &unary<F, std::int16_t, std::int16_t>;
    case Type::S32:
      return &unary<F, std::int32_t, std::int32_t>;
    case Type::S64:
      return &unary<F, std::int64_t, std::int64_t>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler integer_handler(const ptx::Instruction& instruction) {
  const Type type = instruction.types[0];
  if (is_float(type)) return nullptr;
  switch (instruction.op) {
    case Opcode::Add:
      if (instruction.carry_out) return carry_handler<false, false>(instruction);
      if (instruction.saturate)
        return type == Type::S32 ? &binary<AddSaturated, std::int32_t, std::int32_t, std::int32_t> : nullptr;
      return same_or_packed<Add>(type);
    case Opcode::Sub:
      if (instruction.carry_out) return carry_handler<true, false>(instruction);
      if (instruction.saturate)
        return type == Type::S32 ? &binary<SubtractSaturated, std::int32_t, std::int32_t, std::int32_t> : nullptr;
      return same_or_packed<Subtract>(type);
    case Opcode::Addc:
      return carry_handler<false, true>(instruction);
    case Opcode::Subc:
      return carry_handler<true, true>(instruction);
    case Opcode::Madc:
      return instruction.carry_out ? multiply_carry_handler<true, true>(instruction)
                                   : multiply_carry_handler<true, false>(instruction);
    case Opcode::Mul:
      return multiply_handler(instruction);
    case Opcode::Mad:
      return multiply_add_handler(instruction);
    case Opcode::Mul24:
    case Opcode::Mad24:
      return type == Type::S32   ? multiply_24<std::int32_t>(instruction)
             : type == Type::U32 ? multiply_24<std::uint32_t>(instruction)
                                 : nullptr;
    case Opcode::Div:
      return same<Divide>(type);
    case Opcode::Rem:
      return same<Remainder>(type);
    case Opcode::Min:
      return order_handler<Minimum>(instruction);
    case Opcode::Max:
      return order_handler<Maximum>(instruction);
    case Opcode::Sad:
      return for_integer(type, []<class T>() -> Handler { return &ternary<AbsoluteDifference, T, T, T, T>; });
    case Opcode::Neg:
      return signed_unary<Negate>(type);
    case Opcode::Abs:
      return signed_unary<Absolute>(type);
    case Opcode::Dp4a:
      return dot_handler<Dot4Of>(instruction);
    case Opcode::Dp2a:
      return instruction.half == Half::Hi ? dot_handler<Dot2High>(instruction) : dot_handler<Dot2Low>(instruction);
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
