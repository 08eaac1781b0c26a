#include "gpu/warp/bulk_copy.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gpu/warp/float_formats.h"
#include "gpu/warp/mbarrier.h"

namespace vgpu::warp {
namespace {

using ptx::AtomicOperation;
using ptx::Type;

constexpr unsigned kTypeShift = 8;

template <class T>
T combine(AtomicOperation operation, T old, T value) {
  switch (operation) {
    case AtomicOperation::And:
      return static_cast<T>(old & value);
    case AtomicOperation::Or:
      return static_cast<T>(old | value);
    case AtomicOperation::Xor:
      return static_cast<T>(old ^ value);
    case AtomicOperation::Inc:
      return old >= value ? T{0} : static_cast<T>(old + 1);
    case AtomicOperation::Dec:
      return old == 0 || old > value ? value : static_cast<T>(old - 1);
    case AtomicOperation::Min:
      return std::min(old, value);
    case AtomicOperation::Max:
      return std::max(old, value);
    default:
      return static_cast<T>(static_cast<std::uint64_t>(old) + static_cast<std::uint64_t>(value));
  }
}

// One element at a time, whole, since blocks on other threads may reduce into the same ones.
template <class Bits, class Function>
void reduce_elements(std::uint64_t target, std::uint64_t source, std::uint64_t size, Function function) {
  for (std::uint64_t offset = 0; offset + sizeof(Bits) <= size; offset += sizeof(Bits)) {
    auto* address = reinterpret_cast<Bits*>(target + offset);
    Bits value;
    std::memcpy(&value, reinterpret_cast<const void*>(source + offset), sizeof value);
    Bits old = __atomic_load_n(address, __ATOMIC_RELAXED);
    while (
        !__atomic_compare_exchange_n(address, &old, function(old, value), true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    }
  }
}

template <class T>
void reduce_integers(AtomicOperation operation, std::uint64_t target, std::uint64_t source, std::uint64_t size) {
  using Bits = std::make_unsigned_t<T>;
  reduce_elements<Bits>(target, source, size, [&](Bits old, Bits value) {
    return static_cast<Bits>(combine<T>(operation, static_cast<T>(old), static_cast<T>(value)));
  });
}

template <class T, class Bits>
void add_reals(std::uint64_t target, std::uint64_t source, std::uint64_t size) {
  reduce_elements<Bits>(target, source, size, [](Bits old, Bits value) {
    return std::bit_cast<Bits>(std::bit_cast<T>(old) + std::bit_cast<T>(value));
  });
}

template <class Format>
void reduce_halves(AtomicOperation operation, std::uint64_t target, std::uint64_t source, std::uint64_t size) {
  reduce_elements<std::uint16_t>(target, source, size, [&](std::uint16_t old, std::uint16_t value) {
    const double a = decode<Format>(old);
    const double b = decode<Format>(value);
    if (operation == AtomicOperation::Add) {
      return static_cast<std::uint16_t>(encode<Format>(a + b, ptx::Rounding::Rn));
    }
    // The one that is a number, where one is none.
    if (a != a) return value;
    if (b != b) return old;
    return (operation == AtomicOperation::Min ? b < a : b > a) ? value : old;
  });
}

void reduce(std::uint32_t what, std::uint64_t target, std::uint64_t source, std::uint64_t size) {
  const auto operation = static_cast<AtomicOperation>(what & 0xff);
  switch (static_cast<Type>(what >> kTypeShift)) {
    case Type::F16:
      return reduce_halves<Half>(operation, target, source, size);
    case Type::BF16:
      return reduce_halves<BrainFloat>(operation, target, source, size);
    case Type::F32:
      return add_reals<float, std::uint32_t>(target, source, size);
    case Type::F64:
      return add_reals<double, std::uint64_t>(target, source, size);
    case Type::S32:
      return reduce_integers<std::int32_t>(operation, target, source, size);
    case Type::S64:
      return reduce_integers<std::int64_t>(operation, target, source, size);
    case Type::U64:
    case Type::B64:
      return reduce_integers<std::uint64_t>(operation, target, source, size);
    default:
      return reduce_integers<std::uint32_t>(operation, target, source, size);
  }
}

}  // namespace

std::uint32_t bulk_operation(const ptx::Instruction& instruction) {
  if (instruction.op != ptx::Opcode::CpReduceAsyncBulk) return 0;
  return static_cast<std::uint32_t>(instruction.atomic) | static_cast<std::uint32_t>(instruction.types[0])
                                                              << kTypeShift;
}

bool has_bulk_operation(const ptx::Instruction& instruction) {
  if (instruction.op != ptx::Opcode::CpReduceAsyncBulk) return true;
  if (instruction.atomic == AtomicOperation::Exch || instruction.atomic == AtomicOperation::Cas) return false;
  switch (instruction.types[0]) {
    case Type::F32:
    case Type::F64:
      return instruction.atomic == AtomicOperation::Add;
    case Type::F16:
    case Type::BF16:
      return instruction.atomic == AtomicOperation::Add || instruction.atomic == AtomicOperation::Min ||
             instruction.atomic == AtomicOperation::Max;
    case Type::U32:
    case Type::B32:
    case Type::S32:
    case Type::U64:
    case Type::B64:
    case Type::S64:
      return true;
    default:
      return false;
  }
}

}  // namespace vgpu::warp

void vgpu_bulk_copy(std::uint32_t operation, const std::uint64_t* targets, const std::uint64_t* sources,
                    const std::uint64_t* sizes, const std::uint64_t* barriers, std::uint32_t active) {
  for (; active != 0; active &= active - 1) {
    const int lane = std::countr_zero(active);
    if (operation == 0) {
      std::memmove(reinterpret_cast<void*>(targets[lane]), reinterpret_cast<const void*>(sources[lane]), sizes[lane]);
    } else {
      vgpu::warp::reduce(operation, targets[lane], sources[lane], sizes[lane]);
    }
    if (barriers != nullptr) vgpu::warp::complete_transfer(barriers[lane], sizes[lane]);
  }
}
