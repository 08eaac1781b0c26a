#include "gpu/jit/shape_transfer.h"

#include <algorithm>
#include <bit>

namespace vgpu::jit {
namespace {

using Kind = LaneShape::Kind;

std::uint64_t mask_of(unsigned width) {
  return width >= 64 ? ~0ull : (std::uint64_t{1} << width) - 1;
}

LaneShape varying() {
  LaneShape shape;
  shape.kind = Kind::Varying;
  return shape;
}

LaneShape uniform(unsigned alignment, std::uint64_t maximum) {
  LaneShape shape;
  shape.kind = Kind::Uniform;
  shape.alignment = static_cast<std::uint8_t>(std::min(alignment, 64u));
  shape.maximum = maximum;
  return shape;
}

LaneShape constant(std::uint64_t value, unsigned width) {
  value &= mask_of(width);
  LaneShape shape = uniform(value == 0 ? 64 : static_cast<unsigned>(std::countr_zero(value)), value);
  shape.constant = true;
  shape.value = value;
  shape.symbol = kZeroSymbol;
  shape.offset = static_cast<std::int64_t>(value);
  return shape;
}

std::int64_t sign_extended(std::uint64_t value, unsigned width) {
  return static_cast<std::int64_t>(value << (64 - width)) >> (64 - width);
}

// Says what the base of a made shape is, where that is known.
LaneShape based(LaneShape shape, std::uint32_t symbol, std::int64_t offset, unsigned width) {
  if (shape.constant || symbol == kNoSymbol) return shape;
  const auto bits = static_cast<std::uint64_t>(offset) & mask_of(width);
  if (symbol == kZeroSymbol && shape.kind == Kind::Uniform) return constant(bits, width);
  shape.symbol = symbol;
  shape.offset = sign_extended(bits, width);
  if (symbol == kZeroSymbol) shape.alignment = static_cast<std::uint8_t>(std::countr_zero(bits));
  return shape;
}

// Opcodes whose result differs by lane even when the sources do not, or that are not worth more.
bool is_always_varying(const ptx::Instruction& i) {
  switch (i.op) {
    case ptx::Opcode::Atom:
    case ptx::Opcode::Mma:
    case ptx::Opcode::WmmaLoad:
    case ptx::Opcode::WmmaMma:
    case ptx::Opcode::Ldmatrix:
    case ptx::Opcode::Movmatrix:
    case ptx::Opcode::Call:
    case ptx::Opcode::Elect:
    case ptx::Opcode::Match:
    case ptx::Opcode::Addc:
    case ptx::Opcode::Subc:
    case ptx::Opcode::Madc:
    case ptx::Opcode::MbarrierArrive:
    case ptx::Opcode::MbarrierArriveDrop:
    case ptx::Opcode::MbarrierArriveDropExpectTx:
    case ptx::Opcode::MbarrierArriveExpectTx:
    case ptx::Opcode::MbarrierPendingCount:
    case ptx::Opcode::MbarrierTestWait:
    case ptx::Opcode::MbarrierTestWaitParity:
    case ptx::Opcode::MbarrierTryWait:
    case ptx::Opcode::MbarrierTryWaitParity:
    case ptx::Opcode::Shfl:
    case ptx::Opcode::Tex:
    case ptx::Opcode::TexBase:
    case ptx::Opcode::TexGrad:
    case ptx::Opcode::TexLevel:
    case ptx::Opcode::Tld4:
    case ptx::Opcode::Txq:
    case ptx::Opcode::TxqLevel:
    case ptx::Opcode::Suq:
    case ptx::Opcode::SuldB:
    case ptx::Opcode::Istypep:
      return true;
    case ptx::Opcode::Ld:
      return i.space == ptx::Space::Local;
    case ptx::Opcode::Cvta:
      return i.space == ptx::Space::Local;
    default:
      return i.carry_out;
  }
}

// Opcodes with one result for the whole warp, whatever the sources are.
bool is_always_uniform(const ptx::Instruction& i) {
  switch (i.op) {
    case ptx::Opcode::Vote:
    case ptx::Opcode::Redux:
    case ptx::Opcode::Activemask:
      return true;
    case ptx::Opcode::Bar:
      return i.barrier >= ptx::BarrierOperation::ReducePopc;
    default:
      return false;
  }
}

}  // namespace

bool ShapeTransfer::fits_unsigned(const LaneShape& shape, unsigned width) const {
  if (shape.kind == Kind::Uniform) return true;
  const LanePattern& pattern = shapes_.pattern(shape);
  const auto [least, most] = std::ranges::minmax(pattern);
  if (least < 0) return false;
  const auto span = static_cast<std::uint64_t>(most);
  if (shape.alignment < 64 && (span >> shape.alignment) == 0) return true;
  return shape.maximum <= mask_of(width) - std::min(span, mask_of(width)) && shape.maximum != ~0ull;
}

LaneShape ShapeTransfer::made_pattern(LanePattern pattern, unsigned width, unsigned alignment, std::uint64_t maximum) {
  bool all_zero = true;
  for (std::int64_t& lane : pattern) {
    lane = sign_extended(static_cast<std::uint64_t>(lane), width);
    all_zero &= lane == 0;
  }
  LaneShape shape = uniform(alignment, std::min(maximum, mask_of(width)));
  if (all_zero) return shape;
  shape.kind = Kind::Pattern;
  shape.pattern = shapes_.intern(pattern);
  if (alignment >= 64) shape.symbol = kZeroSymbol;
  return shape;
}

LaneShape ShapeTransfer::source(const ptx::Instruction& instruction, std::size_t index, unsigned width) {
  const auto sources = function_.sources(instruction);
  LaneShape shape = index < sources.size() ? shapes_.of(sources[index], width) : uniform(0, ~0ull);
  return shape;
}

LaneShape ShapeTransfer::add(const LaneShape& a, const LaneShape& b, unsigned width, bool subtract) {
  if (a.constant && b.constant) return constant(subtract ? a.value - b.value : a.value + b.value, width);
  LanePattern sum{};
  if (a.kind == Kind::Pattern) sum = shapes_.pattern(a);
  if (b.kind == Kind::Pattern) {
    const LanePattern& other = shapes_.pattern(b);
    for (unsigned l = 0; l < 32; ++l) {
      sum[l] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum[l]) +
                                         static_cast<std::uint64_t>(subtract ? -other[l] : other[l]));
    }
  }
  std::uint64_t maximum = mask_of(width);
  if (!subtract && a.maximum <= maximum - std::min(maximum, b.maximum)) maximum = a.maximum + b.maximum;
  std::uint32_t symbol = kNoSymbol;
  if (b.symbol == kZeroSymbol) symbol = a.symbol;
  if (a.symbol == kZeroSymbol && !subtract) symbol = b.symbol;
  if (subtract && a.symbol == b.symbol && a.symbol != kNoSymbol) symbol = kZeroSymbol;
  const auto x = static_cast<std::uint64_t>(a.offset), y = static_cast<std::uint64_t>(b.offset);
  return based(made_pattern(sum, width, std::min(a.alignment, b.alignment), maximum), symbol,
               static_cast<std::int64_t>(subtract ? x - y : x + y), width);
}

LaneShape ShapeTransfer::multiply(const LaneShape& a, const LaneShape& b, unsigned width) {
  if (a.constant && b.constant) return constant(a.value * b.value, width);
  std::uint64_t maximum = mask_of(width);
  std::uint64_t product = 0;
  if (!__builtin_mul_overflow(a.maximum, b.maximum, &product)) maximum = std::min(maximum, product);
  if (a.maximum == ~0ull || b.maximum == ~0ull || product > mask_of(width)) maximum = mask_of(width);
  const unsigned alignment = std::min(64u, static_cast<unsigned>(a.alignment) + b.alignment);
  if (a.kind == Kind::Uniform && b.kind == Kind::Uniform) return uniform(alignment, maximum);
  const LaneShape& lanes = a.kind == Kind::Pattern ? a : b;
  const LaneShape& factor = a.kind == Kind::Pattern ? b : a;
  if (!factor.constant) return varying();
  LanePattern scaled = shapes_.pattern(lanes);
  for (std::int64_t& lane : scaled) {
    lane = static_cast<std::int64_t>(static_cast<std::uint64_t>(lane) * factor.value);
  }
  const std::uint32_t symbol = lanes.symbol == kZeroSymbol ? kZeroSymbol : kNoSymbol;
  return based(made_pattern(scaled, width, alignment, maximum), symbol,
               static_cast<std::int64_t>(static_cast<std::uint64_t>(lanes.offset) * factor.value), width);
}

LaneShape ShapeTransfer::extend(const LaneShape& a, unsigned from, unsigned to, bool is_signed) {
  if (a.constant) {
    return constant(is_signed ? static_cast<std::uint64_t>(sign_extended(a.value, from)) : a.value & mask_of(from), to);
  }
  const std::uint64_t half = mask_of(from) >> 1;
  std::uint64_t maximum = std::min(a.maximum, mask_of(from));
  if (is_signed && maximum > half) maximum = mask_of(to);
  if (a.kind == Kind::Uniform) return uniform(a.alignment, maximum);
  // A signed value that passes 2^(from-1) between two lanes of one warp is an overflow in the program's source; for
  // unsigned values wrapping is ordinary, so its absence has to be shown.
  if (!is_signed && !fits_unsigned(a, from)) return varying();
  const std::uint32_t symbol = a.symbol == kZeroSymbol ? kZeroSymbol : kNoSymbol;
  const auto offset = static_cast<std::uint64_t>(a.offset) & mask_of(from);
  return based(made_pattern(shapes_.pattern(a), to, a.alignment, maximum), symbol,
               is_signed ? sign_extended(offset, from) : static_cast<std::int64_t>(offset), to);
}

LaneShape ShapeTransfer::shift_left(const LaneShape& a, const LaneShape& count, unsigned width) {
  if (!count.constant) return a.kind == Kind::Uniform && count.kind == Kind::Uniform ? uniform(0, ~0ull) : varying();
  if (count.value >= width) return constant(0, width);
  return multiply(a, constant(std::uint64_t{1} << count.value, width), width);
}

LaneShape ShapeTransfer::shift_right(const LaneShape& a, const LaneShape& count, unsigned width, bool is_signed) {
  const bool both_uniform = a.kind == Kind::Uniform && count.kind == Kind::Uniform;
  if (!count.constant) return both_uniform ? uniform(0, is_signed ? mask_of(width) : a.maximum) : varying();
  const auto shift = static_cast<unsigned>(std::min<std::uint64_t>(count.value, 63));
  const std::uint64_t half = mask_of(width) >> 1;
  const bool never_negative = !is_signed || a.maximum <= half;
  if (never_negative && (a.maximum >> shift) == 0) return constant(0, width);
  const std::uint64_t maximum = never_negative ? a.maximum >> shift : mask_of(width);
  const unsigned alignment = a.alignment >= 64 ? 64 : a.alignment > shift ? a.alignment - shift : 0;
  if (a.kind == Kind::Uniform) return uniform(alignment, maximum);
  if (count.value >= width || !fits_unsigned(a, is_signed ? width - 1 : width)) return varying();
  LanePattern shifted = shapes_.pattern(a);
  bool multiples = true;
  for (std::int64_t lane : shifted) multiples &= (lane & static_cast<std::int64_t>(mask_of(shift))) == 0;
  if (a.alignment < shift && !multiples) return varying();
  for (std::int64_t& lane : shifted) lane >>= shift;
  return made_pattern(shifted, width, alignment, maximum);
}

LaneShape ShapeTransfer::bitwise(ptx::Opcode op, const LaneShape& a, const LaneShape& b, unsigned width) {
  const bool is_and = op == ptx::Opcode::And;
  const std::uint64_t maximum = is_and ? std::min(a.maximum, b.maximum) : mask_of(width);
  const unsigned alignment = is_and ? std::max(a.alignment, b.alignment) : std::min(a.alignment, b.alignment);
  if (a.constant && b.constant) {
    return constant(is_and ? a.value & b.value : op == ptx::Opcode::Or ? a.value | b.value : a.value ^ b.value, width);
  }
  if (a.kind == Kind::Uniform && b.kind == Kind::Uniform) {
    // Bits of `or` and `xor` never pass the highest bit of either operand.
    const std::uint64_t reach = a.maximum | b.maximum;
    const std::uint64_t bound = reach >> 63 != 0 ? ~0ull : std::bit_ceil(reach + 1) - 1;
    return uniform(alignment, is_and ? maximum : std::min(maximum, bound));
  }
  const LaneShape& lanes = a.kind == Kind::Pattern ? a : b;
  const LaneShape& bits = a.kind == Kind::Pattern ? b : a;
  if (!bits.constant) return varying();
  const LanePattern& pattern = shapes_.pattern(lanes);
  if (is_and && std::has_single_bit(bits.value + 1) && lanes.alignment >= std::bit_width(bits.value)) {
    LanePattern masked = pattern;
    for (std::int64_t& lane : masked) lane &= static_cast<std::int64_t>(bits.value);
    return made_pattern(masked, width, 64, bits.value);
  }
  // The pattern lies in bits in which the base has none, so it can be combined by itself.
  const auto [least, most] = std::ranges::minmax(pattern);
  const unsigned free_bits = std::min<unsigned>(lanes.alignment, 62);
  if (least < 0 || (most >> free_bits) != 0) return varying();
  const auto low = static_cast<std::int64_t>(bits.value & mask_of(free_bits));
  LanePattern combined = pattern;
  for (std::int64_t& lane : combined) {
    lane = is_and ? lane & low : op == ptx::Opcode::Or ? (lane | low) - low : (lane ^ low) - low;
  }
  // Whether the bits leave the base as it is, but for the low ones that `or` and `xor` set.
  const std::uint64_t high = mask_of(width) & ~mask_of(free_bits);
  const bool keeps_base = (bits.value & high) == (is_and ? high : 0);
  return based(made_pattern(combined, width, alignment, maximum), keeps_base ? lanes.symbol : kNoSymbol,
               is_and ? lanes.offset : lanes.offset + low, width);
}

LaneShape ShapeTransfer::convert(const ptx::Instruction& i) {
  const ptx::Type to = i.types[0], from = i.types[1];
  const unsigned from_width = ptx::bit_width(from), to_width = ptx::bit_width(to);
  const LaneShape a = source(i, 0, from_width);
  if (a.kind == Kind::Varying || a.kind == Kind::Unknown) return a;
  if (ptx::is_float(to) || ptx::is_float(from) || i.saturate) {
    return a.kind == Kind::Uniform ? uniform(0, ~0ull) : varying();
  }
  // Sources may be wider registers: only their low bits count.
  if (a.kind == Kind::Pattern && a.maximum > mask_of(from_width) && from_width < 32) return varying();
  if (to_width > from_width) return extend(a, from_width, to_width, ptx::is_signed_integer(from));
  if (a.constant) return constant(a.value, to_width);
  // The destination register may be wider than `to` and then holds a signed value extended.
  if (to_width < 32 && a.maximum > mask_of(to_width) >> 1)
    return a.kind == Kind::Uniform ? uniform(0, ~0ull) : varying();
  if (a.kind == Kind::Uniform) return uniform(a.alignment, std::min(a.maximum, mask_of(to_width)));
  return made_pattern(shapes_.pattern(a), to_width, a.alignment, std::min(a.maximum, mask_of(to_width)));
}

LaneShape ShapeTransfer::integer(const ptx::Instruction& i) {
  const unsigned width = ptx::bit_width(i.types[0]);
  const bool is_signed = ptx::is_signed_integer(i.types[0]);
  const LaneShape a = source(i, 0, width), b = source(i, 1, width);
  const auto wide = [&](const LaneShape& x) { return extend(x, width, 2 * width, is_signed); };
  const auto pass = [](const LaneShape& x) { return x.kind == Kind::Varying; };
  switch (i.op) {
    case ptx::Opcode::Mov: {
      if (i.source_count != 1 || i.destination_count != 1) return varying();
      return a;
    }
    case ptx::Opcode::Cvta:
      return i.space == ptx::Space::Global || i.space == ptx::Space::Const || i.space == ptx::Space::Generic
                 ? a
                 : add(a, uniform(0, ~0ull), 64, false);
    case ptx::Opcode::Add:
    case ptx::Opcode::Sub:
      return i.saturate ? varying() : add(a, b, width, i.op == ptx::Opcode::Sub);
    case ptx::Opcode::Mul:
      if (i.half == ptx::Half::Lo) return multiply(a, b, width);
      if (i.half == ptx::Half::Wide) {
        const LaneShape x = wide(a), y = wide(b);
        return pass(x) || pass(y) ? varying() : multiply(x, y, 2 * width);
      }
      return varying();
    case ptx::Opcode::Mad: {
      if (i.saturate || i.half == ptx::Half::Hi) return varying();
      const bool widens = i.half == ptx::Half::Wide;
      const unsigned result = widens ? 2 * width : width;
      const LaneShape x = widens ? wide(a) : a, y = widens ? wide(b) : b;
      if (pass(x) || pass(y)) return varying();
      const LaneShape product = multiply(x, y, result);
      return pass(product) ? varying() : add(product, source(i, 2, result), result, false);
    }
    case ptx::Opcode::Shl:
      return shift_left(a, source(i, 1, 32), width);
    case ptx::Opcode::Shr:
      return shift_right(a, source(i, 1, 32), width, is_signed);
    case ptx::Opcode::And:
    case ptx::Opcode::Or:
    case ptx::Opcode::Xor:
      return bitwise(i.op, a, b, width);
    case ptx::Opcode::Selp: {
      if (source(i, 2, 1).kind != Kind::Uniform) return varying();
      if (a.kind != b.kind || (a.kind == Kind::Pattern && a.pattern != b.pattern)) return varying();
      LaneShape joined = a;
      joined.constant = false;
      joined.value = 0;
      if (a.symbol != b.symbol || a.offset != b.offset) joined.symbol = kNoSymbol;
      joined.alignment = std::min(a.alignment, b.alignment);
      joined.maximum = std::max(a.maximum, b.maximum);
      return joined;
    }
    default:
      return varying();
  }
}

LaneShape ShapeTransfer::destination(const ptx::Instruction& i, std::size_t index) {
  const auto sources = function_.sources(i);
  if (is_always_uniform(i)) {
    const bool names_lanes = (i.op == ptx::Opcode::Vote || i.op == ptx::Opcode::Redux) && sources.size() > 1;
    const Kind lanes = names_lanes ? source(i, 1, 32).kind : Kind::Uniform;
    if (lanes == Kind::Unknown) return {};
    return lanes == Kind::Uniform ? uniform(0, ~0ull) : varying();
  }
  if (is_always_varying(i)) return varying();
  bool all_uniform = true;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const LaneShape shape = source(i, s, 64);
    if (shape.kind == Kind::Unknown) return {};
    if (shape.kind == Kind::Varying) return varying();
    all_uniform &= shape.kind == Kind::Uniform;
  }
  if (i.op == ptx::Opcode::Ld || i.op == ptx::Opcode::Ldu) {
    if (!all_uniform) return varying();
    if (!sources.empty() && sources[0].kind == ptx::Operand::Kind::Variable &&
        function_.variables[sources[0].index].space == ptx::Space::Local) {
      return varying();
    }
    if (!sources.empty() && sources[0].kind == ptx::Operand::Kind::Variable &&
        function_.variables[sources[0].index].local_param) {
      return varying();
    }
    const unsigned width = ptx::bit_width(i.types[0]);
    const bool extends_sign = ptx::is_signed_integer(i.types[0]);
    return uniform(0, extends_sign ? ~0ull : mask_of(width));
  }
  const bool is_value = index == 0 && i.destination_count == 1 && !ptx::is_float(i.types[0]) &&
                        i.types[0] != ptx::Type::Pred && i.types[0] != ptx::Type::None &&
                        ptx::bit_width(i.types[0]) >= 16 && ptx::bit_width(i.types[0]) <= 64;
  if (is_value) {
    if (i.op == ptx::Opcode::Cvt) return convert(i);
    if (i.types[0] != ptx::Type::U16x2 && i.types[0] != ptx::Type::S16x2) {
      const LaneShape shape = integer(i);
      if (shape.kind != Kind::Varying) return shape;
    }
  } else if (i.op == ptx::Opcode::Mov && i.destination_count == 1 && sources.size() == 1) {
    return source(i, 0, 64);
  }
  return all_uniform ? uniform(0, ~0ull) : varying();
}

}  // namespace vgpu::jit
