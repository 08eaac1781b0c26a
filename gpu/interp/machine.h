#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "gpu/ptx/ir.h"
#include "gpu/warp/context.h"

// What handlers see: the registers of one warp, and decoded instructions.
namespace vgpu::interp {

// Where an operand lies in a warp's frame. A register up to 32 bits wide is 32 uint32, a 64-bit one 32 uint64, a
// predicate one uint32 with a bit a lane. Constants are kept in all three forms, so that an operand needs no type.
struct Ref {
  std::uint32_t narrow = 0;  // byte offset of the 32-bit form, or of the predicate's mask
  std::uint32_t wide = 0;    // byte offset of the 64-bit form
  std::uint32_t mask = 0;    // byte offset of the predicate form
  std::uint8_t bits = 0;     // declared width of a register; 0 for a constant
  bool negated = false;
  std::int64_t addend = 0;  // byte offset of an address operand
};

struct Machine;
struct Step;
using Handler = void (*)(Machine&, const Step&);

struct Step {
  Handler handler = nullptr;
  const Ref* refs = nullptr;  // destinations, then sources
  const ptx::Instruction* instruction = nullptr;
  const void* routine = nullptr;           // warp::Routine of matrix opcodes
  std::uint32_t guard = 0;                 // byte offset of the guard's mask
  ptx::Space space = ptx::Space::Generic;  // where a memory opcode works; call parameters count as Local
  bool guarded = false;
  bool guard_negated = false;

  [[nodiscard]] const Ref& destination(unsigned i) const { return refs[i]; }
  [[nodiscard]] const Ref& source(unsigned i) const { return refs[instruction->destination_count + i]; }
};

struct Machine {
  std::byte* frame = nullptr;
  WarpContext* context = nullptr;
  std::uint32_t active = 0;  // lanes that carry out the current step
  std::uint32_t carry = 0;   // CC.CF of each lane

  [[nodiscard]] std::uint32_t* narrow(const Ref& ref) const {
    return reinterpret_cast<std::uint32_t*>(frame + ref.narrow);
  }
  [[nodiscard]] std::uint64_t* wide(const Ref& ref) const { return reinterpret_cast<std::uint64_t*>(frame + ref.wide); }
  [[nodiscard]] std::uint32_t& mask(const Ref& ref) const {
    return *reinterpret_cast<std::uint32_t*>(frame + ref.mask);
  }
  // A predicate source, with its negation.
  [[nodiscard]] std::uint32_t predicate(const Ref& ref) const { return ref.negated ? ~mask(ref) : mask(ref); }
  void set_predicate(const Ref& ref, std::uint32_t value) const {
    std::uint32_t& target = mask(ref);
    target = (target & ~active) | (value & active);
  }
  // A lane's value, zero-extended from the operand's storage.
  [[nodiscard]] std::uint64_t value(const Ref& ref, unsigned lane) const {
    return ref.bits == 64 ? wide(ref)[lane] : narrow(ref)[lane];
  }
  // Stores the low bits that the register holds.
  void set_value(const Ref& ref, unsigned lane, std::uint64_t value) const {
    if (ref.bits == 64) {
      wide(ref)[lane] = value;
    } else if (ref.bits == 16) {
      narrow(ref)[lane] = static_cast<std::uint16_t>(value);
    } else if (ref.bits == 8) {
      narrow(ref)[lane] = static_cast<std::uint8_t>(value);
    } else {
      narrow(ref)[lane] = static_cast<std::uint32_t>(value);
    }
  }
};

template <class Visit>
void for_each_active(std::uint32_t active, Visit visit) {
  if (active == ~0u) {
    for (unsigned lane = 0; lane < kWarpSize; ++lane) visit(lane);
    return;
  }
  for (; active != 0; active &= active - 1) visit(static_cast<unsigned>(std::countr_zero(active)));
}

// The lane array of a type: uint32 up to 32 bits, else uint64.
template <class T>
using Storage = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <class T>
T unpack(Storage<T> bits) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<T>(bits);
  } else {
    return static_cast<T>(bits);
  }
}

template <class T>
Storage<T> pack(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<Storage<T>>(value);
  } else {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
}

template <class T>
Storage<T>* lanes(const Machine& machine, const Ref& ref) {
  if constexpr (sizeof(T) == 8) {
    return machine.wide(ref);
  } else {
    return machine.narrow(ref);
  }
}

// d[lane] = F{}(sources[lane]...) in each active lane.
template <class F, class D, class A>
void unary(Machine& machine, const Step& step) {
  auto* d = lanes<D>(machine, step.destination(0));
  const auto* a = lanes<A>(machine, step.source(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = pack<D>(F{}(unpack<A>(a[lane]))); });
}

template <class F, class D, class A, class B>
void binary(Machine& machine, const Step& step) {
  auto* d = lanes<D>(machine, step.destination(0));
  const auto* a = lanes<A>(machine, step.source(0));
  const auto* b = lanes<B>(machine, step.source(1));
  for_each_active(machine.active,
                  [&](unsigned lane) { d[lane] = pack<D>(F{}(unpack<A>(a[lane]), unpack<B>(b[lane]))); });
}

template <class F, class D, class A, class B, class C>
void ternary(Machine& machine, const Step& step) {
  auto* d = lanes<D>(machine, step.destination(0));
  const auto* a = lanes<A>(machine, step.source(0));
  const auto* b = lanes<B>(machine, step.source(1));
  const auto* c = lanes<C>(machine, step.source(2));
  for_each_active(machine.active, [&](unsigned lane) {
    d[lane] = pack<D>(F{}(unpack<A>(a[lane]), unpack<B>(b[lane]), unpack<C>(c[lane])));
  });
}

// Calls make.operator()<T>() for the C++ type of an integer or bit type; nullptr for other types.
template <class Make>
Handler for_integer(ptx::Type type, Make make) {
  switch (type) {
    case ptx::Type::U16:
    case ptx::Type::B16:
      return make.template operator()<std::uint16_t>();
    case ptx::Type::U32:
    case ptx::Type::B32:
      return make.template operator()<std::uint32_t>();
    case ptx::Type::U64:
    case ptx::Type::B64:
      return make.template operator()<std::uint64_t>();
    case ptx::Type::S16:
      return make.template operator()<std::int16_t>();
    case ptx::Type::S32:
      return make.template operator()<std::int32_t>();
    case ptx::Type::S64:
      return make.template operator()<std::int64_t>();
    default:
      return nullptr;
  }
}

// Each family's choice of a handler; nullptr where the family does not have the instruction.
Handler integer_handler(const ptx::Instruction& instruction);
Handler bits_handler(const ptx::Instruction& instruction);
Handler float_handler(const ptx::Instruction& instruction);
Handler half_handler(const ptx::Instruction& instruction);
Handler convert_handler(const ptx::Instruction& instruction);
Handler compare_handler(const ptx::Instruction& instruction);
Handler move_handler(const ptx::Instruction& instruction);
Handler memory_handler(const ptx::Instruction& instruction);
Handler atomic_handler(const ptx::Instruction& instruction);
Handler warp_handler(const ptx::Instruction& instruction);
Handler matrix_handler(const ptx::Instruction& instruction);
Handler mbarrier_handler(const ptx::Instruction& instruction);
Handler video_handler(const ptx::Instruction& instruction);
Handler texture_handler(const ptx::Instruction& instruction);
Handler control_handler(const ptx::Instruction& instruction);

// Host address of a memory operand for one lane.
inline std::byte* lane_address(const Machine& machine, ptx::Space space, const Ref& ref, unsigned lane) {
  // A constant has both forms; its 64-bit one is an address.
  const std::uint64_t base =
      ref.bits == 64 || ref.bits == 0 ? machine.wide(ref)[lane] : std::uint64_t{machine.narrow(ref)[lane]};
  const std::uint64_t offset = base + static_cast<std::uint64_t>(ref.addend);
  switch (space) {
    case ptx::Space::Shared:
      return machine.context->shared + static_cast<std::uint32_t>(offset);
    case ptx::Space::Local:
      return machine.context->local + std::uint64_t{lane} * machine.context->local_stride + offset;
    default:
      return reinterpret_cast<std::byte*>(offset);
  }
}

}  // namespace vgpu::interp
