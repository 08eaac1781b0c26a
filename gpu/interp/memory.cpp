#include <algorithm>

#include "gpu/interp/machine.h"

// ld, ldu, st, cp.async; prefetches and fences.
namespace vgpu::interp {
namespace {

using ptx::Instruction;
using ptx::Opcode;
using ptx::Space;

// Bytes `Size`, extended by sign or by zeros to 64 bits. One access of that size where the address allows it, so that
// volatile and relaxed accesses are whole.
template <class T>
std::uint64_t read(const std::byte* address) {
  using Bits = std::make_unsigned_t<T>;
  Bits bits;
  if (reinterpret_cast<std::uintptr_t>(address) % sizeof(T) == 0) {
    bits = __atomic_load_n(reinterpret_cast<const Bits*>(address), __ATOMIC_ACQUIRE);
  } else {
    std::memcpy(&bits, address, sizeof bits);
  }
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<T>(bits)));
}
template <class T>
void write(std::byte* address, std::uint64_t value) {
  const T bits = static_cast<T>(value);
  if (reinterpret_cast<std::uintptr_t>(address) % sizeof(T) == 0) {
    __atomic_store_n(reinterpret_cast<T*>(address), bits, __ATOMIC_RELEASE);
  } else {
    std::memcpy(address, &bits, sizeof bits);
  }
}

template <class T>
void load(Machine& machine, const Step& step) {
  const unsigned count = step.instruction->destination_count;
  for_each_active(machine.active, [&](unsigned lane) {
    const std::byte* address = lane_address(machine, step.space, step.source(0), lane);
    for (unsigned i = 0; i < count; ++i) machine.set_value(step.destination(i), lane, read<T>(address + i * sizeof(T)));
  });
}

template <class T>
void store(Machine& machine, const Step& step) {
  const unsigned count = step.instruction->source_count - 1u;
  for_each_active(machine.active, [&](unsigned lane) {
    std::byte* address = lane_address(machine, step.space, step.source(0), lane);
    for (unsigned i = 0; i < count; ++i) {
      const Ref& source = step.source(i + 1);
      const std::uint64_t value =
          source.bits == 0 && sizeof(T) == 8 ? machine.wide(source)[lane] : machine.value(source, lane);
      write<T>(address + i * sizeof(T), value);
    }
  });
}

// cp.async [shared], [global], size{, source size}: what the source does not fill becomes zero.
void copy_now(Machine& machine, const Step& step) {
  for_each_active(machine.active, [&](unsigned lane) {
    std::byte* target = lane_address(machine, Space::Shared, step.source(0), lane);
    const std::byte* source = lane_address(machine, Space::Global, step.source(1), lane);
    const std::uint32_t size = machine.narrow(step.source(2))[lane];
    std::uint32_t filled = size;
    if (step.instruction->source_count > 3) filled = std::min(size, machine.narrow(step.source(3))[lane]);
    std::memcpy(target, source, filled);
    std::memset(target + filled, 0, size - filled);
  });
}

void fence(Machine&, const Step&) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

Handler load_handler(ptx::Type type) {
  const bool sign = is_signed_integer(type);
  switch (bit_width(type)) {
    case 8:
      return sign ? &load<std::int8_t> : &load<std::uint8_t>;
    case 16:
      return sign ? &load<std::int16_t> : &load<std::uint16_t>;
    case 32:
      return sign ? &load<std::int32_t> : &load<std::uint32_t>;
    case 64:
      return &load<std::uint64_t>;
    default:
      return nullptr;
  }
}

Handler store_handler(ptx::Type type) {
  switch (bit_width(type)) {
    case 8:
      return &store<std::uint8_t>;
    case 16:
      return &store<std::uint16_t>;
    case 32:
      return &store<std::uint32_t>;
    case 64:
      return &store<std::uint64_t>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler memory_handler(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Ld:
    case Opcode::Ldu:
      return load_handler(instruction.types[0]);
    case Opcode::St:
      return store_handler(instruction.types[0]);
    case Opcode::CpAsync:
      return instruction.source_count >= 3 ? &copy_now : nullptr;
    case Opcode::Membar:
    case Opcode::FenceMbarrierInit:
    case Opcode::FenceProxy:
      return &fence;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
