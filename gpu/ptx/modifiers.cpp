#include "gpu/ptx/modifiers.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace vgpu::ptx {
namespace {

constexpr Modifier kModifiers[] = {
#define VGPU_MODIFIER(spelling, group, field, setting)         \
  {spelling, group, [](Instruction& i) { i.field = setting; }, \
   [](const Instruction& i) { return i.field == static_cast<std::decay_t<decltype(i.field)>>(setting); }},
#define VGPU_SILENT_MODIFIER(spelling, group) {spelling, group, nullptr, nullptr},
#include "gpu/ptx/modifiers.def"
#undef VGPU_MODIFIER
#undef VGPU_SILENT_MODIFIER
};

// Without one of these the operation has no meaning.
constexpr std::uint64_t kRequired = kShuffle | kVote | kComparison | kProperty | kBarrier | kRole | kShape | kGeometry |
                                    kQuery | kComponent | kOpaque | kBulk;

constexpr unsigned kMostRows = 64;  // and columns, of a matrix of mma
constexpr unsigned kGreatestDepth = 256;
constexpr std::size_t kMostMnemonicParts = 4;

// Copies from one space to another, which name both.
bool has_two_spaces(Opcode op) {
  return op == Opcode::CpAsync || op == Opcode::CpAsyncBulk || op == Opcode::CpReduceAsyncBulk;
}

std::vector<std::string_view> split_at_dots(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool read_shape_number(std::string_view& text, char letter, unsigned largest, std::uint16_t& value) {
  if (text.size() < 2 || text[0] != letter) return false;
  text.remove_prefix(1);
  unsigned number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') {
    number = number * 10 + static_cast<unsigned>(text[digits++] - '0');
  }
  text.remove_prefix(digits);
  value = static_cast<std::uint16_t>(number);
  return digits > 0 && number > 0 && number <= largest;
}

bool read_shape(std::string_view text, MatrixShape& shape) {
  if (!read_shape_number(text, 'm', kMostRows, shape.m) || !read_shape_number(text, 'n', kMostRows, shape.n))
    return false;
  return text.empty() || (read_shape_number(text, 'k', kGreatestDepth, shape.k) && text.empty());
}

bool needs_type(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::St:
    case Opcode::Red:
    case Opcode::SuredB:
    case Opcode::SuredP:
    case Opcode::SustB:
    case Opcode::SustP:
    case Opcode::Stmatrix:
    case Opcode::WmmaStore:
    case Opcode::CpReduceAsyncBulk:
      return true;
    case Opcode::Elect:
    case Opcode::Isspacep:
    case Opcode::Istypep:
      return false;
    default:
      return opcode_info(instruction.op).destinations > 0;
  }
}

// Reads one modifier; returns its group, 0 when the operation does not take it.
std::uint64_t read_modifier(std::string_view name, std::uint64_t allowed, unsigned& type_count,
                            DecodedOpcode& decoded) {
  Instruction& instruction = decoded.prototype;
  for (const Modifier& modifier : kModifiers) {
    if ((modifier.group & allowed) == 0 || modifier.name != name) continue;
    if (name == "L2::cache_hint") decoded.cache_policy = true;
    if (modifier.group == kSpace && instruction.space != Space::Generic) {
      if (!has_two_spaces(instruction.op) || instruction.source_space != Space::Generic) return 0;
      const Space first = instruction.space;
      modifier.set(instruction);
      instruction.source_space = std::exchange(instruction.space, first);
      return modifier.group;
    }
    if (modifier.set != nullptr) modifier.set(instruction);
    return modifier.group;
  }
  if (const Type type = find_type(name); type != Type::None) {
    if (type_count == instruction.types.size()) return 0;
    instruction.types[type_count++] = type;
    return kType;
  }
  if ((allowed & kLayout) != 0 && (name == "row" || name == "col")) {
    const MatrixLayout layout = name == "row" ? MatrixLayout::Row : MatrixLayout::Col;
    (instruction.layout_a == MatrixLayout::None ? instruction.layout_a : instruction.layout_b) = layout;
    return kLayout;
  }
  if ((allowed & kShape) != 0 && read_shape(name, instruction.shape)) return kShape;
  return 0;
}

bool is_atomic(Opcode op) {
  return op == Opcode::Atom || op == Opcode::Red || op == Opcode::Redux || op == Opcode::SuredB ||
         op == Opcode::SuredP || op == Opcode::CpReduceAsyncBulk;
}

}  // namespace

Expected<DecodedOpcode> decode_opcode(std::string_view opcode) {
  const auto unknown = [&] { return failure("unknown instruction \"" + std::string(opcode) + '"'); };
  const std::vector<std::string_view> parts = split_at_dots(opcode);
  DecodedOpcode decoded;
  Instruction& instruction = decoded.prototype;
  std::size_t used = std::min(parts.size(), kMostMnemonicParts);
  for (; used > 0; --used) {
    const std::string_view last = parts[used - 1];
    instruction.op = find_opcode(opcode.substr(0, static_cast<std::size_t>(last.data() - opcode.data()) + last.size()));
    if (instruction.op != Opcode::Invalid) break;
  }
  if (used == 0) return unknown();
  const std::uint64_t allowed = opcode_info(instruction.op).modifiers;
  std::uint64_t seen = 0;
  unsigned type_count = 0;
  for (std::size_t i = used; i < parts.size(); ++i) {
    const std::uint64_t group = read_modifier(parts[i], allowed, type_count, decoded);
    if (group == 0) return unknown();
    seen |= group;
  }
  const std::uint64_t required = allowed & (kRequired | (is_atomic(instruction.op) ? std::uint64_t{kAtomic} : 0));
  if ((seen & required) != required || (needs_type(instruction) && type_count == 0)) return unknown();
  // Fetched again at each access.
  const bool fetches_again = instruction.op == Opcode::Ld && instruction.cache == CacheOperator::Cv;
  if (fetches_again && instruction.order == MemoryOrder::Weak) instruction.order = MemoryOrder::Volatile;
  if (instruction.op == Opcode::Bar && parts[0] == "bar") instruction.aligned = true;
  return decoded;
}

std::span<const Modifier> modifiers() {
  return kModifiers;
}

}  // namespace vgpu::ptx
