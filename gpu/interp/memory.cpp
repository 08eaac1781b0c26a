#include <algorithm>
#include <array>
#include <cstring>

#include "gpu/interp/machine.h"

// ld, ldu, st, cp.async; prefetches and fences.
namespace vgpu::interp {
namespace {

using ptx::Instruction;
using ptx::Opcode;
using ptx::Space;

// At most four elements of at most eight bytes.
using Buffer = std::array<std::byte, 32>;

template <class Word>
bool copy_as(std::byte* target, const std::byte* source, std::size_t size) {
  const auto place = [](const std::byte* p) { return reinterpret_cast<std::uintptr_t>(p) % sizeof(Word); };
  if (size != sizeof(Word) || place(target) != 0 || place(source) != 0) return false;
  const Word word = *reinterpret_cast<const volatile Word*>(source);
  *reinterpret_cast<volatile Word*>(target) = word;
  return true;
}

// One access of that size where the address allows it, so that volatile and relaxed accesses are whole, also those of
// vectors. Loads and stores of this processor are ordered as acquiring and releasing ones.
void copy_whole(std::byte* target, const std::byte* source, std::size_t size) {
  using SixteenBytes [[gnu::vector_size(16), gnu::may_alias]] = long long;
  if (copy_as<SixteenBytes>(target, source, size) || copy_as<std::uint64_t>(target, source, size) ||
      copy_as<std::uint32_t>(target, source, size) || copy_as<std::uint16_t>(target, source, size)) {
    return;
  }
  std::memcpy(target, source, size);
}

template <class T>
void load(Machine& machine, const Step& step) {
  const unsigned count = step.instruction->destination_count;
  for_each_active(machine.active, [&](unsigned lane) {
    alignas(16) Buffer buffer;
    copy_whole(buffer.data(), lane_address(machine, step.space, step.source(0), lane), count * sizeof(T));
    for (unsigned i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, buffer.data() + i * sizeof(T), sizeof(T));
      machine.set_value(step.destination(i), lane, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
    }
  });
}

template <class T>
void store(Machine& machine, const Step& step) {
  const unsigned count = step.instruction->source_count - 1u;
  for_each_active(machine.active, [&](unsigned lane) {
    alignas(16) Buffer buffer;
    for (unsigned i = 0; i < count; ++i) {
      const Ref& source = step.source(i + 1);
      const auto value =
          static_cast<T>(source.bits == 0 && sizeof(T) == 8 ? machine.wide(source)[lane] : machine.value(source, lane));
      std::memcpy(buffer.data() + i * sizeof(T), &value, sizeof(T));
    }
    copy_whole(lane_address(machine, step.space, step.source(0), lane), buffer.data(), count * sizeof(T));
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
