#include "gpu/warp/video.h"

#include <algorithm>
#include <bit>

namespace vgpu::warp {
namespace {

using ptx::AtomicOperation;
using ptx::Comparison;
using ptx::Opcode;
using ptx::Type;

// Results are wider than any element, so that nothing is lost before it is saturated.
__extension__ using Wide = __int128;

enum class Kind : std::uint8_t {
  Add,
  Subtract,
  Average,
  Difference,
  Minimum,
  Maximum,
  Compare,
  ShiftLeft,
  ShiftRight,
};
// What is done with c: nothing, or all elements are added to it, or it is compared with the only one.
enum class Second : std::uint8_t { None, Add, Minimum, Maximum };

struct Operation {
  Kind kind = Kind::Add;
  Comparison comparison = Comparison::None;
  std::uint8_t bits = 8;  // of an element
  bool d_signed : 1 = false;
  bool a_signed : 1 = false;
  bool b_signed : 1 = false;
  bool saturates : 1 = false;
  bool clamps : 1 = false;  // shifts by more than 32, else the amount wraps around
  Second second : 2 = Second::None;
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
    case Opcode::Vadd:
      return made(Kind::Add, 32);
    case Opcode::Vsub:
      return made(Kind::Subtract, 32);
    case Opcode::Vabsdiff:
      return made(Kind::Difference, 32);
    case Opcode::Vmin:
      return made(Kind::Minimum, 32);
    case Opcode::Vmax:
      return made(Kind::Maximum, 32);
    case Opcode::Vset:
      return made(Kind::Compare, 32);
    case Opcode::Vshl:
      return made(Kind::ShiftLeft, 32);
    case Opcode::Vshr:
      return made(Kind::ShiftRight, 32);
    default:
      return std::nullopt;
  }
}

bool holds(Comparison comparison, Wide a, Wide b) {
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

Wide result_of(const Operation& operation, Wide a, Wide b) {
  const auto amount = [&] { return static_cast<int>(operation.clamps ? std::min<Wide>(b, 32) : b & 31); };
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
    case Kind::ShiftLeft:
      return a * (Wide{1} << amount());
    case Kind::ShiftRight:
      return a >> amount();
  }
  return 0;
}

Wide element(std::uint32_t word, unsigned shift, unsigned bits, bool is_signed) {
  const std::uint32_t raised = word << (32 - bits - shift);
  if (is_signed) return static_cast<std::int32_t>(raised) >> (32 - bits);
  return raised >> (32 - bits);
}

std::uint32_t carry_out(const Operation& operation, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const unsigned bits = operation.bits;
  const Wide least = operation.d_signed ? -(Wide{1} << (bits - 1)) : 0;
  const Wide most = (Wide{1} << (bits - (operation.d_signed ? 1 : 0))) - 1;
  std::uint64_t elements = 0;
  std::uint32_t sum = c;
  for (unsigned shift = 0; shift < 32; shift += bits) {
    Wide result =
        result_of(operation, element(a, shift, bits, operation.a_signed), element(b, shift, bits, operation.b_signed));
    if (operation.saturates) result = std::clamp(result, least, most);
    sum += static_cast<std::uint32_t>(result);
    elements |= (static_cast<std::uint64_t>(result) & ((std::uint64_t{1} << bits) - 1)) << shift;
  }
  const auto only = static_cast<std::uint32_t>(elements);
  const Wide value = element(only, 0, 32, operation.d_signed), other = element(c, 0, 32, operation.d_signed);
  switch (operation.second) {
    case Second::None:
      return only;
    case Second::Add:
      return sum;
    case Second::Minimum:
      return static_cast<std::uint32_t>(std::min(value, other));
    case Second::Maximum:
      return static_cast<std::uint32_t>(std::max(value, other));
  }
  return 0;
}

std::optional<Second> second_of(AtomicOperation operation, bool has_elements) {
  if (operation == AtomicOperation::None) return Second::None;
  if (operation == AtomicOperation::Add) return Second::Add;
  if (operation == AtomicOperation::Min && !has_elements) return Second::Minimum;
  if (operation == AtomicOperation::Max && !has_elements) return Second::Maximum;
  return std::nullopt;
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
  const bool has_elements = operation->bits < 32;
  const auto second = second_of(instruction.atomic, has_elements);
  if (!second || (has_elements && *second != Second::None && instruction.saturate)) return std::nullopt;
  if (!has_elements && (*second == Second::None) != (instruction.source_count == 2)) return std::nullopt;
  const bool shifts = operation->kind == Kind::ShiftLeft || operation->kind == Kind::ShiftRight;
  if (shifts && (instruction.clamp == instruction.wrap || types[first_source + 1] != Type::U32)) return std::nullopt;
  if (compares && (instruction.comparison < Comparison::Eq || instruction.comparison > Comparison::Ge)) {
    return std::nullopt;
  }
  operation->comparison = instruction.comparison;
  operation->d_signed = !compares && types[0] == Type::S32;
  operation->a_signed = types[first_source] == Type::S32;
  operation->b_signed = types[first_source + 1] == Type::S32;
  operation->saturates = instruction.saturate;
  operation->clamps = instruction.clamp;
  operation->second = *second;
  return std::bit_cast<std::uint32_t>(*operation);
}

}  // namespace vgpu::warp

void vgpu_video(std::uint32_t operation, std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b,
                const std::uint32_t* c) {
  const auto unpacked = std::bit_cast<vgpu::warp::Operation>(operation);
  for (unsigned lane = 0; lane < 32; ++lane) d[lane] = vgpu::warp::carry_out(unpacked, a[lane], b[lane], c[lane]);
}
