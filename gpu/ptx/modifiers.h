#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// Groups of modifiers: the same word means different things after different operations ("lo" is a half after mul and
// a comparison after setp), so each operation names the groups it takes.
enum ModifierGroup : std::uint64_t {
  kRounding = 1ull << 0,
  kFtz = 1ull << 1,
  kSat = 1ull << 2,
  kSatfinite = 1ull << 3,
  kApprox = 1ull << 4,
  kFull = 1ull << 5,
  kRelu = 1ull << 6,
  kNan = 1ull << 7,
  kXorsign = 1ull << 8,
  kComparison = 1ull << 9,
  kProperty = 1ull << 10,  // of testp
  kBoolean = 1ull << 11,
  kHalf = 1ull << 12,
  kSpace = 1ull << 13,
  kOrder = 1ull << 14,
  kScope = 1ull << 15,
  kCache = 1ull << 16,
  kHint = 1ull << 17,  // L1::…, L2::…: no effect on results
  kShuffle = 1ull << 18,
  kVote = 1ull << 19,
  kAtomic = 1ull << 20,
  kBarrier = 1ull << 21,
  kPermute = 1ull << 22,
  kShape = 1ull << 23,
  kLayout = 1ull << 24,
  kRole = 1ull << 25,
  kVector = 1ull << 26,
  kMatrixCount = 1ull << 27,
  kNonCoherent = 1ull << 28,
  kSync = 1ull << 29,
  kAligned = 1ull << 30,
  kUniform = 1ull << 31,
  kTo = 1ull << 32,
  kClampWrap = 1ull << 33,
  kDirection = 1ull << 34,
  kShiftAmount = 1ull << 35,
  kTransposed = 1ull << 36,
  kCarry = 1ull << 37,
  kNoftz = 1ull << 38,
  kGridDependency = 1ull << 39,
  kType = 1ull << 40,  // every operation takes types: a place in the order of printing
  kGeometry = 1ull << 41,
  kBoundary = 1ull << 42,
  kQuery = 1ull << 43,
  kComponent = 1ull << 44,
  kOpaque = 1ull << 45,
  kNoComplete = 1ull << 46,
  kNoIncrement = 1ull << 47,
  kProxy = 1ull << 48,
  kBulk = 1ull << 49,
  kReadOnly = 1ull << 50,
  kBitProduct = 1ull << 51,
};

struct Modifier {
  std::string_view name;
  std::uint64_t group;
  void (*set)(Instruction&);  // nullptr, like is_set: accepted, not kept
  bool (*is_set)(const Instruction&);
};

// The rows of modifiers.def, in order.
std::span<const Modifier> modifiers();

// An operation with its modifiers, without operands.
struct DecodedOpcode {
  Instruction prototype;
  bool cache_policy = false;  // the last operand is a cache policy (L2::cache_hint), which the IR leaves out
};

// Reads "mul.wide.s32". Fails with `unknown instruction "…"` for a mnemonic or a modifier that is not in the tables.
Expected<DecodedOpcode> decode_opcode(std::string_view opcode);

// The type of a name without its dot ("f16x2"); None when there is none.
Type find_type(std::string_view name);

}  // namespace vgpu::ptx
