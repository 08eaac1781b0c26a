#include <algorithm>

#include "gpu/interp/machine.h"

// Logic, shifts and bit fields.
namespace vgpu::interp {
namespace {

using ptx::Opcode;
using ptx::PermuteMode;
using ptx::Type;
using Word = std::uint32_t;

struct And {
  template <class T>
  T operator()(T a, T b) const {
    return a & b;
  }
};
struct Or {
  template <class T>
  T operator()(T a, T b) const {
    return a | b;
  }
};
struct Xor {
  template <class T>
  T operator()(T a, T b) const {
    return a ^ b;
  }
};
struct Not {
  template <class T>
  T operator()(T a) const {
    return static_cast<T>(~a);
  }
};
struct LogicalNot {
  template <class T>
  T operator()(T a) const {
    return a == 0 ? 1 : 0;
  }
};
// Shift amounts are clamped at the width.
struct ShiftLeft {
  template <class T>
  T operator()(T a, Word amount) const {
    return amount >= sizeof(T) * 8 ? T{0} : static_cast<T>(a << amount);
  }
};
struct ShiftRight {
  template <class T>
  T operator()(T a, Word amount) const {
    const Word most = sizeof(T) * 8 - 1;
    if (std::is_signed_v<T>) return static_cast<T>(a >> std::min(amount, most));
    return amount > most ? T{0} : static_cast<T>(a >> amount);
  }
};
struct Popc {
  template <class T>
  Word operator()(T a) const {
    return static_cast<Word>(std::popcount(a));
  }
};
struct Clz {
  template <class T>
  Word operator()(T a) const {
    return static_cast<Word>(std::countl_zero(a));
  }
};
struct Reverse {
  template <class T>
  T operator()(T a) const {
    T result = 0;
    for (unsigned i = 0; i < sizeof(T) * 8; ++i) result = static_cast<T>(result << 1 | (a >> i & 1));
    return result;
  }
};
template <bool ShiftAmount>
struct FindHighest {
  template <class T>
  Word operator()(T a) const {
    using Bits = std::make_unsigned_t<T>;
    const auto bits = static_cast<Bits>(std::is_signed_v<T> && a < 0 ? ~a : a);
    if (bits == 0) return ~0u;
    const auto zeros = static_cast<Word>(std::countl_zero(bits));
    return ShiftAmount ? zeros : static_cast<Word>(sizeof(T) * 8 - 1) - zeros;
  }
};
struct Extract {
  template <class T>
  T operator()(T a, Word position, Word length) const {
    using Bits = std::make_unsigned_t<T>;
    constexpr Word kWidth = sizeof(T) * 8;
    position &= 255;
    length &= 255;
    if (length == 0) return 0;
    const Word top = std::min(position + length - 1, kWidth - 1);
    const bool sign = std::is_signed_v<T> && (static_cast<Bits>(a) >> top & 1) != 0;
    const Bits fill = sign ? ~Bits{0} : 0;
    const Bits shifted = position >= kWidth ? 0 : static_cast<Bits>(a) >> position;
    const Word valid = position >= kWidth ? 0 : std::min(length, kWidth - position);
    const Bits kept = valid >= kWidth ? ~Bits{0} : (Bits{1} << valid) - 1;
    return static_cast<T>((shifted & kept) | (fill & ~kept));
  }
};

template <class T>
void insert(Machine& machine, const Step& step) {
  auto* d = lanes<T>(machine, step.destination(0));
  const auto* a = lanes<T>(machine, step.source(0));
  const auto* b = lanes<T>(machine, step.source(1));
  const auto* c = lanes<Word>(machine, step.source(2));
  const auto* e = lanes<Word>(machine, step.source(3));
  for_each_active(machine.active, [&](unsigned lane) {
    constexpr Word kWidth = sizeof(T) * 8;
    const Word position = c[lane] & 255;
    const Word length = e[lane] & 255;
    const T field = length >= kWidth ? ~T{0} : (T{1} << length) - 1;
    const T kept = position >= kWidth ? 0 : field << position;
    const T value = position >= kWidth ? 0 : a[lane] << position;
    d[lane] = (b[lane] & ~kept) | (value & kept);
  });
}

template <bool Left, bool Wrap>
struct Funnel {
  Word operator()(Word a, Word b, Word c) const {
    const Word amount = Wrap ? c & 31 : std::min(c, Word{32});
    const std::uint64_t both = std::uint64_t{b} << 32 | a;
    return static_cast<Word>(Left ? both << amount >> 32 : both >> amount);
  }
};

template <bool Wrap>
struct Mask {
  Word operator()(Word position, Word width) const {
    if (Wrap) {
      position &= 31;
      width &= 31;
    }
    const std::uint64_t field = width >= 32 ? 0xffffffffu : (std::uint64_t{1} << width) - 1;
    return position >= 32 ? 0 : static_cast<Word>(field << position);
  }
};

template <bool Wrap>
struct Extend {
  template <class T>
  T operator()(T a, Word width) const {
    if (Wrap) width &= 31;
    if (width == 0) return 0;
    if (width >= 32) return a;
    const Word shifted = static_cast<Word>(a) << (32 - width);
    return static_cast<T>(static_cast<T>(shifted) >> (32 - width));
  }
};

// The nibble-coded selector of each mode; the default mode's is c itself.
Word selector(PermuteMode mode, Word c) {
  const Word n = c & 3;
  switch (mode) {
    case PermuteMode::F4e:
      return n | (n + 1) << 4 | (n + 2) << 8 | (n + 3) << 12;
    case PermuteMode::B4e:
      return n | ((n - 1) & 7) << 4 | ((n - 2) & 7) << 8 | ((n - 3) & 7) << 12;
    case PermuteMode::Rc8:
      return n * 0x1111;
    case PermuteMode::Ecl:
      return n | std::max(n, 1u) << 4 | std::max(n, 2u) << 8 | 3u << 12;
    case PermuteMode::Ecr:
      return std::min(n, 1u) << 4 | std::min(n, 2u) << 8 | n << 12;
    case PermuteMode::Rc16:
      return (n & 1) == 0 ? 0x1010 : 0x3232;
    default:
      return c;
  }
}

Word permute(Word a, Word b, Word select) {
  const std::uint64_t both = std::uint64_t{b} << 32 | a;
  Word result = 0;
  for (Word i = 0; i < 4; ++i) {
    const Word nibble = select >> (4 * i) & 15;
    const auto byte = static_cast<std::uint8_t>(both >> ((nibble & 7) * 8));
    const Word value = (nibble & 8) == 0 ? byte : (byte & 0x80) != 0 ? 0xffu : 0u;
    result |= value << (8 * i);
  }
  return result;
}

void permute_bytes(Machine& machine, const Step& step) {
  Word* d = machine.narrow(step.destination(0));
  const Word* a = machine.narrow(step.source(0));
  const Word* b = machine.narrow(step.source(1));
  const Word* c = machine.narrow(step.source(2));
  const PermuteMode mode = step.instruction->permute;
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = permute(a[lane], b[lane], selector(mode, c[lane])); });
}

void logic_three(Machine& machine, const Step& step) {
  const bool predicated = step.instruction->boolean != ptx::Boolean::None;
  Word* d = machine.narrow(step.destination(0));
  const Word* a = machine.narrow(step.source(0));
  const Word* b = machine.narrow(step.source(1));
  const Word* c = machine.narrow(step.source(2));
  const Word table = machine.narrow(step.source(3))[0];
  Word nonzero = 0;
  for_each_active(machine.active, [&](unsigned lane) {
    Word result = 0;
    for (Word row = 0; row < 8; ++row) {
      if ((table >> row & 1) == 0) continue;
      result |= ((row & 4) != 0 ? a[lane] : ~a[lane]) & ((row & 2) != 0 ? b[lane] : ~b[lane]) &
                ((row & 1) != 0 ? c[lane] : ~c[lane]);
    }
    d[lane] = result;
    nonzero |= static_cast<Word>(result != 0) << lane;
  });
  if (!predicated || step.instruction->destination_count < 2) return;
  const Word other = machine.predicate(step.source(4));
  const ptx::Boolean boolean = step.instruction->boolean;
  machine.set_predicate(step.destination(1), boolean == ptx::Boolean::And  ? nonzero & other
                                             : boolean == ptx::Boolean::Or ? nonzero | other
                                                                           : nonzero ^ other);
}

struct FindNth {
  Word operator()(Word mask, Word base, std::int32_t offset) const {
    if (offset == 0) return base < 32 && (mask >> base & 1) != 0 ? base : ~0u;
    std::int64_t remaining = offset < 0 ? -std::int64_t{offset} : offset;
    const std::int64_t direction = offset < 0 ? -1 : 1;
    for (std::int64_t position = base; position >= 0 && position < 32; position += direction)
      if ((mask >> position & 1) != 0 && --remaining == 0) return static_cast<Word>(position);
    return ~0u;
  }
};

template <class F>
void predicate_logic(Machine& machine, const Step& step) {
  machine.set_predicate(step.destination(0), F{}(machine.predicate(step.source(0)), machine.predicate(step.source(1))));
}
void predicate_not(Machine& machine, const Step& step) {
  machine.set_predicate(step.destination(0), ~machine.predicate(step.source(0)));
}

template <class F>
Handler logic_handler(Type type) {
  if (type == Type::Pred) return &predicate_logic<F>;
  return for_integer(type, []<class T>() -> Handler { return &binary<F, T, T, T>; });
}

template <class F>
Handler count_handler(Type type) {
  return bit_width(type) == 64 ? &unary<F, Word, std::uint64_t> : &unary<F, Word, Word>;
}

Handler funnel_handler(const ptx::Instruction& instruction) {
  if (instruction.left)
    return instruction.wrap ? &ternary<Funnel<true, true>, Word, Word, Word, Word>
                            : &ternary<Funnel<true, false>, Word, Word, Word, Word>;
  return instruction.wrap ? &ternary<Funnel<false, true>, Word, Word, Word, Word>
                          : &ternary<Funnel<false, false>, Word, Word, Word, Word>;
}

}  // namespace

Handler bits_handler(const ptx::Instruction& instruction) {
  const Type type = instruction.types[0];
  const bool wide = bit_width(type) == 64;
  switch (instruction.op) {
    case Opcode::And:
      return logic_handler<And>(type);
    case Opcode::Or:
      return logic_handler<Or>(type);
    case Opcode::Xor:
      return logic_handler<Xor>(type);
    case Opcode::Not:
      if (type == Type::Pred) return &predicate_not;
      return for_integer(type, []<class T>() -> Handler { return &unary<Not, T, T>; });
    case Opcode::Cnot:
      return for_integer(type, []<class T>() -> Handler { return &unary<LogicalNot, T, T>; });
    case Opcode::Shl:
      return for_integer(type, []<class T>() -> Handler { return &binary<ShiftLeft, T, T, Word>; });
    case Opcode::Shr:
      return for_integer(type, []<class T>() -> Handler { return &binary<ShiftRight, T, T, Word>; });
    case Opcode::Popc:
      return count_handler<Popc>(type);
    case Opcode::Clz:
      return count_handler<Clz>(type);
    case Opcode::Brev:
      return wide ? &unary<Reverse, std::uint64_t, std::uint64_t> : &unary<Reverse, Word, Word>;
    case Opcode::Bfind:
      return for_integer(type, [&]<class T>() -> Handler {
        return instruction.shift_amount ? &unary<FindHighest<true>, Word, T> : &unary<FindHighest<false>, Word, T>;
      });
    case Opcode::Bfe:
      return for_integer(type, []<class T>() -> Handler { return &ternary<Extract, T, T, Word, Word>; });
    case Opcode::Bfi:
      return wide ? &insert<std::uint64_t> : &insert<Word>;
    case Opcode::Shf:
      return funnel_handler(instruction);
    case Opcode::Bmsk:
      return instruction.wrap ? &binary<Mask<true>, Word, Word, Word> : &binary<Mask<false>, Word, Word, Word>;
    case Opcode::Szext:
      if (type == Type::S32)
        return instruction.wrap ? &binary<Extend<true>, std::int32_t, std::int32_t, Word>
                                : &binary<Extend<false>, std::int32_t, std::int32_t, Word>;
      return instruction.wrap ? &binary<Extend<true>, Word, Word, Word> : &binary<Extend<false>, Word, Word, Word>;
    case Opcode::Prmt:
      return &permute_bytes;
    case Opcode::Lop3:
      return &logic_three;
    case Opcode::Fns:
      return &ternary<FindNth, Word, Word, Word, std::int32_t>;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
