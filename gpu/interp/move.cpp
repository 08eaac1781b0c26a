#include <ctime>

#include "gpu/interp/machine.h"

// mov with packing and unpacking, clocks, cvta and isspacep.
namespace vgpu::interp {
namespace {

using ptx::Instruction;
using ptx::Opcode;
using ptx::Space;
using ptx::Type;
using Word = std::uint32_t;

template <class T>
void copy(Machine& machine, const Step& step) {
  auto* d = lanes<T>(machine, step.destination(0));
  const auto* a = lanes<T>(machine, step.source(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = a[lane]; });
}

void copy_predicate(Machine& machine, const Step& step) {
  machine.set_predicate(step.destination(0), machine.predicate(step.source(0)));
}

// mov.b64 d, {a, b}: a is the least significant part.
void pack_parts(Machine& machine, const Step& step) {
  const unsigned count = step.instruction->source_count;
  const unsigned bits = bit_width(step.instruction->types[0]) / count;
  const std::uint64_t part = ~std::uint64_t{0} >> (64 - bits);
  for_each_active(machine.active, [&](unsigned lane) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value |= (machine.value(step.source(i), lane) & part) << (bits * i);
    machine.set_value(step.destination(0), lane, value);
  });
}

void unpack_parts(Machine& machine, const Step& step) {
  const unsigned count = step.instruction->destination_count;
  const unsigned width = bit_width(step.instruction->types[0]);
  const unsigned bits = width / count;
  const std::uint64_t part = ~std::uint64_t{0} >> (64 - bits);
  const Ref& a = step.source(0);
  for_each_active(machine.active, [&](unsigned lane) {
    const std::uint64_t value = width == 64 ? machine.wide(a)[lane] : machine.narrow(a)[lane];
    for (unsigned i = 0; i < count; ++i) machine.set_value(step.destination(i), lane, value >> (bits * i) & part);
  });
}

std::uint64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// %clock counts nanoseconds too; the upper half registers take the high word.
template <int Shift>
void read_clock(Machine& machine, const Step& step) {
  const std::uint64_t now = nanoseconds() >> Shift;
  for_each_active(machine.active, [&](unsigned lane) { machine.set_value(step.destination(0), lane, now); });
}

std::uint64_t window(const Machine& machine, Space space, unsigned lane) {
  if (space == Space::Shared) return reinterpret_cast<std::uint64_t>(machine.context->shared);
  if (space == Space::Local)
    return reinterpret_cast<std::uint64_t>(machine.context->local) +
           std::uint64_t{lane} * machine.context->local_stride;
  return 0;
}

// cvta: shared and local addresses are offsets; all other spaces use host addresses already.
void convert_address(Machine& machine, const Step& step) {
  const Instruction& instruction = *step.instruction;
  for_each_active(machine.active, [&](unsigned lane) {
    const Ref& a = step.source(0);
    const std::uint64_t value = a.bits == 0 ? machine.wide(a)[lane] : machine.value(a, lane);
    const std::uint64_t base = window(machine, instruction.space, lane);
    machine.set_value(step.destination(0), lane, instruction.wide_to ? value - base : value + base);
  });
}

bool inside(const Machine& machine, Space space, std::uint64_t address, unsigned lane) {
  const WarpContext& context = *machine.context;
  const auto within = [&](const void* base, std::uint64_t size) {
    return address - reinterpret_cast<std::uint64_t>(base) < size;
  };
  const std::uint64_t own = window(machine, Space::Local, lane);
  const bool shared = within(context.shared, context.total_shared_size);
  const bool local = address - own < context.local_stride;
  if (space == Space::Shared) return shared;
  if (space == Space::Local) return local;
  return space == Space::Global && !shared && !local;
}

void is_space(Machine& machine, const Step& step) {
  Word result = 0;
  for_each_active(machine.active, [&](unsigned lane) {
    const std::uint64_t address = machine.wide(step.source(0))[lane];
    result |= static_cast<Word>(inside(machine, step.instruction->space, address, lane)) << lane;
  });
  machine.set_predicate(step.destination(0), result);
}

}  // namespace

Handler clock_handler(ptx::SpecialRegister special) {
  switch (special) {
    case ptx::SpecialRegister::ClockHi:
    case ptx::SpecialRegister::GlobalTimerHi:
      return &read_clock<32>;
    case ptx::SpecialRegister::Clock:
    case ptx::SpecialRegister::Clock64:
    case ptx::SpecialRegister::GlobalTimer:
    case ptx::SpecialRegister::GlobalTimerLo:
      return &read_clock<0>;
    default:
      return nullptr;
  }
}

Handler move_handler(const Instruction& instruction) {
  const unsigned width = bit_width(instruction.types[0]);
  switch (instruction.op) {
    case Opcode::Mov:
      if (width > 64) return nullptr;
      if (instruction.source_count > 1) return &pack_parts;
      if (instruction.destination_count > 1) return &unpack_parts;
      if (instruction.types[0] == Type::Pred) return &copy_predicate;
      return width == 64 ? &copy<std::uint64_t> : &copy<Word>;
    case Opcode::Cvta:
      return &convert_address;
    case Opcode::Isspacep:
      return &is_space;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
