#include "gpu/warp/video.h"

#include <algorithm>
#include <bit>

namespace vgpu::warp {
namespace {

using ptx::AtomicOperation;
using ptx::Comparison;
using ptx::Opcode;
using ptx::Type;

enum class Kind : std::uint8_t { Add, Subtract, Average, Difference, Minimum, Maximum, Compare };

struct Operation {
  Kind kind = Kind::Add;
  Comparison comparison = Comparison::None;
  std::uint8_t bits = 8;  // of an element
  bool d_signed : 1 = false;
  bool a_signed : 1 = false;
  bool b_signed : 1 = false;
  bool saturates : 1 = false;
  bool adds_up : 1 = false;  // d is c plus all elements, else the elements
};
static_assert(sizeof(Operation) == sizeof(std::uint32_t));

std::optional<Operation> kind_of(Opcode op) {
  const auto made = [](Kind kind, std::uint8_t bits) { return Operation{.kind = kind, .bits = bits}; };
  switch (op) {
    case Opcode::Vadd2:
      return made(Kind::Add, 16);
    case Opcode::Vadd4:
      return made(Kind::Add, 8);
    case Opcode::Vsub2:
      return made(Kind::Subtract, 16);
    case Opcode::Vsub4:
      return made(Kind::Subtract, 8);
    case Opcode::Vavrg2:
      return made(Kind::Average, 16);
    case Opcode::Vavrg4:
      return made(Kind::Average, 8);
    case Opcode::Vabsdiff2:
      return made(Kind::Difference, 16);
    case Opcode::Vabsdiff4:
      return made(Kind::Difference, 8);
    case Opcode::Vmin2:
      return made(Kind::Minimum, 16);
    case Opcode::Vmin4:
      return made(Kind::Minimum, 8);
    case Opcode::Vmax2:
      return made(Kind::Maximum, 16);
    case Opcode::Vmax4:
      return made(Kind::Maximum, 8);
    case Opcode::Vset2:
      return made(Kind::Compare, 16);
    case Opcode::Vset4:
      return made(Kind::Compare, 8);
    default:
      return std::nullopt;
  }
}

bool holds(Comparison comparison, std::int32_t a, std::int32_t b) {
  switch (comparison) {
    case Comparison::Eq:
      return a == b;
    case Comparison::Ne:
      return a != b;
    case Comparison::Lt:
      return a < b;
    case Comparison::Le:
      return a <= b;
    case Comparison::Gt:
      return a > b;
    default:
      return a >= b;
  }
}

std::int32_t result_of(const Operation& operation, std::int32_t a, std::int32_t b) {
  switch (operation.kind) {
    case Kind::Add:
      return a + b;
    case Kind::Subtract:
      return a - b;
    case Kind::Average:
      return (a + b + (a + b >= 0 ? 1 : 0)) >> 1;
    case Kind::Difference:
      return a > b ? a - b : b - a;
    case Kind::Minimum:
      return std::min(a, b);
    case Kind::Maximum:
      return std::max(a, b);
    case Kind::Compare:
      return holds(operation.comparison, a, b) ? 1 : 0;
  }
  return 0;
}

std::int32_t element(std::uint32_t word, unsigned shift, unsigned bits, bool is_signed) {
  const std::uint32_t raised = word << (32 - bits - shift);
  return is_signed ? static_cast<std::int32_t>(raised) >> (32 - bits)
                   : static_cast<std::int32_t>(raised >> (32 - bits));
}

std::uint32_t carry_out(const Operation& operation, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const unsigned bits = operation.bits;
  const std::int32_t least = operation.d_signed ? -(1 << (bits - 1)) : 0;
  const std::int32_t most = (1 << (bits - (operation.d_signed ? 1 : 0))) - 1;
  std::uint32_t elements = 0;
  std::uint32_t sum = c;
  for (unsigned shift = 0; shift < 32; shift += bits) {
    std::int32_t result =
        result_of(operation, element(a, shift, bits, operation.a_signed), element(b, shift, bits, operation.b_signed));
    if (operation.saturates) result = std::clamp(result, least, most);
    sum += static_cast<std::uint32_t>(result);
    elements |= (static_cast<std::uint32_t>(result) & ((1u << bits) - 1)) << shift;
  }
  return operation.adds_up ? sum : elements;
}

bool is_word(Type type) {
  return type == Type::U32 || type == Type::S32;
}

}  // namespace

std::optional<std::uint32_t> video_operation(const ptx::Instruction& instruction) {
  auto operation = kind_of(instruction.op);
  const auto& types = instruction.types;
  // vset names the types of its sources alone.
  const bool compares = operation && operation->kind == Kind::Compare;
  const std::size_t first_source = compares && types[2] == Type::None ? 0 : 1;
  if (!operation || !is_word(types[0]) || !is_word(types[first_source]) || !is_word(types[first_source + 1])) {
    return std::nullopt;
  }
  const bool adds_up = instruction.atomic == AtomicOperation::Add;
  if (!adds_up && instruction.atomic != AtomicOperation::None) return std::nullopt;
  if (adds_up && instruction.saturate) return std::nullopt;
  if (compares && (instruction.comparison < Comparison::Eq || instruction.comparison > Comparison::Ge)) {
    return std::nullopt;
  }
  operation->comparison = instruction.comparison;
  operation->d_signed = types[0] == Type::S32;
  operation->a_signed = types[first_source] == Type::S32;
  operation->b_signed = types[first_source + 1] == Type::S32;
  operation->saturates = instruction.saturate;
  operation->adds_up = adds_up;
  return std::bit_cast<std::uint32_t>(*operation);
}

}  // namespace vgpu::warp

void vgpu_video(std::uint32_t operation, std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b,
                const std::uint32_t* c) {
  const auto unpacked = std::bit_cast<vgpu::warp::Operation>(operation);
  for (unsigned lane = 0; lane < 32; ++lane) d[lane] = vgpu::warp::carry_out(unpacked, a[lane], b[lane], c[lane]);
}
