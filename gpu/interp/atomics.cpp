#include <algorithm>

#include "gpu/interp/machine.h"
// float_math.h uses Storage of machine.h.
#include "gpu/interp/float_math.h"

// atom and red: real atomic operations, lane after lane.
namespace vgpu::interp {
namespace {

using ptx::AtomicOperation;
using ptx::Instruction;
using ptx::Opcode;
using ptx::Type;
using Word = std::uint32_t;

struct Add {
  template <class T>
  T operator()(T old, T value) const {
    return static_cast<T>(old + value);
  }
};
// f32 atomics on global memory flush subnormals on hardware, those on shared memory do not; neither is done here.
template <class Float, class Bits>
struct AddFloat {
  Bits operator()(Bits old, Bits value) const {
    return std::bit_cast<Bits>(std::bit_cast<Float>(old) + std::bit_cast<Float>(value));
  }
};
template <class Format>
struct AddHalf {
  std::uint16_t operator()(std::uint16_t old, std::uint16_t value) const {
    const double sum = add_to_odd(warp::decode<Format>(old), warp::decode<Format>(value));
    return static_cast<std::uint16_t>(warp::encode<Format>(sum, ptx::Rounding::Rn));
  }
};
template <class Format, bool Max>
struct OrderHalf {
  std::uint16_t operator()(std::uint16_t old, std::uint16_t value) const {
    const double a = warp::decode<Format>(old);
    const double b = warp::decode<Format>(value);
    return static_cast<std::uint16_t>(warp::encode<Format>(Max ? maximum(a, b) : minimum(a, b), ptx::Rounding::Rn));
  }
};
template <class F>
struct BothHalves {
  Word operator()(Word old, Word value) const {
    const Word low = F{}(static_cast<std::uint16_t>(old), static_cast<std::uint16_t>(value));
    const Word high = F{}(static_cast<std::uint16_t>(old >> 16), static_cast<std::uint16_t>(value >> 16));
    return low | high << 16;
  }
};
struct And {
  template <class T>
  T operator()(T old, T value) const {
    return old & value;
  }
};
struct Or {
  template <class T>
  T operator()(T old, T value) const {
    return old | value;
  }
};
struct Xor {
  template <class T>
  T operator()(T old, T value) const {
    return old ^ value;
  }
};
struct Exchange {
  template <class T>
  T operator()(T, T value) const {
    return value;
  }
};
struct Increment {
  template <class T>
  T operator()(T old, T limit) const {
    return old >= limit ? T{0} : static_cast<T>(old + 1);
  }
};
struct Decrement {
  template <class T>
  T operator()(T old, T limit) const {
    return old == 0 || old > limit ? limit : static_cast<T>(old - 1);
  }
};
struct Minimum {
  template <class T>
  T operator()(T old, T value) const {
    return std::min(old, value);
  }
};
struct Maximum {
  template <class T>
  T operator()(T old, T value) const {
    return std::max(old, value);
  }
};
template <class T, class F>
struct Signed {
  template <class Bits>
  Bits operator()(Bits old, Bits value) const {
    return static_cast<Bits>(F{}(static_cast<T>(old), static_cast<T>(value)));
  }
};

template <class T>
T operand(const Machine& machine, const Ref& ref, unsigned lane) {
  return static_cast<T>(lanes<T>(machine, ref)[lane]);
}

void put_old(Machine& machine, const Step& step, unsigned number, unsigned lane, std::uint64_t old) {
  if (step.instruction->destination_count != 0) machine.set_value(step.destination(number), lane, old);
}

template <class T, class F>
void update(Machine& machine, const Step& step) {
  for_each_active(machine.active, [&](unsigned lane) {
    auto* address = reinterpret_cast<T*>(lane_address(machine, step.space, step.source(0), lane));
    for (unsigned i = 0; i < step.instruction->vector; ++i, ++address) {
      const T value = operand<T>(machine, step.source(1 + i), lane);
      T old = __atomic_load_n(address, __ATOMIC_RELAXED);
      while (!__atomic_compare_exchange_n(address, &old, F{}(old, value), true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
      }
      put_old(machine, step, i, lane, old);
    }
  });
}

template <class T>
void compare_and_swap(Machine& machine, const Step& step) {
  for_each_active(machine.active, [&](unsigned lane) {
    auto* address = reinterpret_cast<T*>(lane_address(machine, step.space, step.source(0), lane));
    T expected = operand<T>(machine, step.source(1), lane);
    const T desired = operand<T>(machine, step.source(2), lane);
    __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    put_old(machine, step, 0, lane, expected);
  });
}

template <class T>
Handler integer_update(AtomicOperation operation, bool sign) {
  using SignedT = std::make_signed_t<T>;
  switch (operation) {
    case AtomicOperation::And:
      return &update<T, And>;
    case AtomicOperation::Or:
      return &update<T, Or>;
    case AtomicOperation::Xor:
      return &update<T, Xor>;
    case AtomicOperation::Exch:
      return &update<T, Exchange>;
    case AtomicOperation::Add:
      return &update<T, Add>;
    case AtomicOperation::Inc:
      return &update<T, Increment>;
    case AtomicOperation::Dec:
      return &update<T, Decrement>;
    case AtomicOperation::Min:
      return sign ? &update<T, Signed<SignedT, Minimum>> : &update<T, Minimum>;
    case AtomicOperation::Max:
      return sign ? &update<T, Signed<SignedT, Maximum>> : &update<T, Maximum>;
    case AtomicOperation::Cas:
      return &compare_and_swap<T>;
    default:
      return nullptr;
  }
}

template <class Format>
Handler half_update(AtomicOperation operation, bool pair) {
  using Min = OrderHalf<Format, false>;
  using Max = OrderHalf<Format, true>;
  switch (operation) {
    case AtomicOperation::Add:
      return pair ? &update<Word, BothHalves<AddHalf<Format>>> : &update<std::uint16_t, AddHalf<Format>>;
    case AtomicOperation::Min:
      return pair ? &update<Word, BothHalves<Min>> : &update<std::uint16_t, Min>;
    case AtomicOperation::Max:
      return pair ? &update<Word, BothHalves<Max>> : &update<std::uint16_t, Max>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler atomic_handler(const Instruction& instruction) {
  if (instruction.op != Opcode::Atom && instruction.op != Opcode::Red) return nullptr;
  const AtomicOperation operation = instruction.atomic;
  if (instruction.vector > 1 && operation == AtomicOperation::Cas) return nullptr;
  const Type type = instruction.types[0];
  switch (type) {
    case Type::F32:
      if (operation == AtomicOperation::Exch) return &update<Word, Exchange>;
      return operation == AtomicOperation::Add ? &update<Word, AddFloat<float, Word>> : nullptr;
    case Type::F64:
      return operation == AtomicOperation::Add ? &update<std::uint64_t, AddFloat<double, std::uint64_t>> : nullptr;
    case Type::F16:
    case Type::F16x2:
      return half_update<warp::Half>(operation, type == Type::F16x2);
    case Type::BF16:
    case Type::BF16x2:
      return half_update<warp::BrainFloat>(operation, type == Type::BF16x2);
    default:
      break;
  }
  switch (bit_width(type)) {
    case 16:
      return integer_update<std::uint16_t>(operation, is_signed_integer(type));
    case 32:
      return integer_update<Word>(operation, is_signed_integer(type));
    case 64:
      return integer_update<std::uint64_t>(operation, is_signed_integer(type));
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
