#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gpu/ptx/opcode.h"
#include "gpu/ptx/types.h"

// The intermediate representation of one PTX function: what the parser makes and what interpreter and JIT read.
// Names are resolved: registers are numbers, labels are blocks, variables have offsets or table positions.
namespace vgpu::ptx {

// An address that stands in an initialiser: the bytes at `offset` hold the address of `symbol` plus `addend`.
struct Relocation {
  std::uint64_t offset = 0;
  std::string symbol;
  std::int64_t addend = 0;
};

// A variable of any space, at module or function scope, or a kernel parameter.
struct Variable {
  std::string name;
  Space space = Space::Global;
  Type type = Type::B8;                // element type
  std::uint32_t alignment = 1;         // bytes
  std::uint64_t size = 0;              // bytes; 0 for `.extern .shared x[]`
  bool external = false;               // .extern
  std::vector<std::byte> initializer;  // empty, or `size` bytes
  std::vector<Relocation> relocations;
  // Where it lies. Param: byte offset in the parameter block of the entry, or in the function's local frame for call
  // parameters (`local_param`). Shared: byte offset in the block's shared memory. Local: byte offset in the lane's
  // frame. Global and Const: position in Function::globals, whose addresses the launcher passes in WarpContext.
  std::uint64_t offset = 0;
  bool local_param = false;
};

struct Operand {
  enum class Kind : std::uint8_t {
    Register,   // `index` = register number
    Immediate,  // `value` = bits, in the type that the operation gives this operand (floats: in that float's format)
    Variable,   // `index` = position in Function::variables; the address of it plus `value`
    Special,    // `index` = SpecialRegister
    Function,   // `index` = position in Function::callees
    Discard,    // `_`
  };
  Kind kind = Kind::Discard;
  bool negated = false;  // `!%p` as a source
  std::uint32_t index = 0;
  // Immediate: the bits. In an address operand (see Instruction): the byte offset added to register or variable;
  // an address that is a plain number is an Immediate.
  std::int64_t value = 0;
};

inline constexpr std::uint32_t kNoRegister = ~0u;

// One instruction. Operands are flat lists, destinations apart from sources; braces are opened:
//   ld.v4 {a,b,c,d}, [p+8]      dst a b c d        src p(+8)
//   st.v2 [p], {a,b}            dst -              src p a b
//   mov.b32 {lo,hi}, r          dst lo hi          src r        (pack: the other way round)
//   setp.lt.and p|q, a, b, !c   dst p q            src a b c
//   shfl.sync.bfly d|p, a,b,c,m dst d [p]          src a b c m
//   atom.cas d, [p], b, c       dst d              src p b c    (red: no dst)
//   mma d, a, b, c              all registers of d, then of a, b, c in order
//   ldmatrix {a..}, [p]         dst a..            src p
//   wmma.load {a..}, [p], s     dst a..            src p [s]
//   tex {a,b,c,d}, [t, {x,y}]   dst a b c d        src t x y (level or gradients behind)
//   sust.b [s, {x,y}], {a,b}    dst -              src s x y a b
//   mbarrier.arrive s, [p], n   dst s (or _)       src p [n]
//   cp.async.bulk [p], [q], n, [m]  dst -          src p q n [m]
//   call (r), f, (a, b)         dst r (Variables)  src f, then a b (Variables)
//   bra                         no operands: Block::successors
struct Instruction {
  Opcode op = Opcode::Invalid;
  // Types in the order in which they are written after the opcode: cvt.rn.f16.f32 has {F16, F32};
  // mma.…f32.f16.f16.f32 has d, a, b, c; mul.wide.s32 has {S32}.
  std::array<Type, 4> types{};
  Rounding rounding = Rounding::None;
  Comparison comparison = Comparison::None;
  Boolean boolean = Boolean::None;
  Half half = Half::None;
  Space space = Space::Generic;
  Space source_space = Space::Generic;  // where cp.async copies from; `space` is where to
  MemoryOrder order = MemoryOrder::Weak;
  Scope scope = Scope::None;
  CacheOperator cache = CacheOperator::None;
  ShuffleMode shuffle = ShuffleMode::None;
  VoteMode vote = VoteMode::None;
  AtomicOperation atomic = AtomicOperation::None;
  BarrierOperation barrier = BarrierOperation::None;
  PermuteMode permute = PermuteMode::None;
  Geometry geometry = Geometry::None;
  Boundary boundary = Boundary::Trap;
  ImageQuery query = ImageQuery::None;
  OpaqueType opaque = OpaqueType::None;  // of istypep
  std::uint8_t component = 0;            // of tld4: 0 = r … 3 = a
  MatrixShape shape{};
  MatrixLayout layout_a = MatrixLayout::None;
  MatrixLayout layout_b = MatrixLayout::None;
  MatrixRole role = MatrixRole::None;
  std::uint8_t vector = 1;  // .v2 .v4 .v8, and the .x1 .x2 .x4 of ldmatrix
  bool ftz : 1 = false;
  bool saturate : 1 = false;  // .sat
  bool satfinite : 1 = false;
  bool approx : 1 = false;
  bool full : 1 = false;  // div.full
  bool relu : 1 = false;
  bool nan : 1 = false;  // min.NaN, max.NaN
  bool abs_xorsign : 1 = false;
  bool non_coherent : 1 = false;  // ld.global.nc
  bool sync : 1 = false;          // the .sync spellings of shfl, vote, …
  bool uniform : 1 = false;       // bra.uni, call.uni
  bool wide_to : 1 = false;       // cvta.to: from generic to `space`
  bool clamp : 1 = false;         // shf.clamp, bmsk.clamp, bfind.shiftamt is `shift_amount`
  bool wrap : 1 = false;
  bool left : 1 = false;  // shf.l (else shf.r)
  bool shift_amount : 1 = false;
  bool transposed : 1 = false;  // ldmatrix/movmatrix .trans
  bool carry_out : 1 = false;   // .cc
  bool aligned : 1 = false;
  bool noftz : 1 = false;               // atom.add.noftz
  bool no_increment : 1 = false;        // cp.async.mbarrier.arrive.noinc
  bool completes_mbarrier : 1 = false;  // cp.async.bulk with an mbarrier, else in a group
  // Guard: `@p` or `@!p`; kNoRegister when there is none.
  std::uint32_t guard = kNoRegister;
  bool guard_negated = false;
  std::uint8_t destination_count = 0;
  std::uint8_t source_count = 0;
  std::uint32_t first_operand = 0;  // into Function::operands: destinations, then sources
  std::uint32_t line = 0;           // in the module's text, from 1
};

// A basic block: instructions [begin, end). Only the last one may be bra, brx, ret, exit or trap.
// Successors: `taken` first (bra), then the fall-through where the last instruction is guarded or no jump at all.
// A guarded ret or exit has the fall-through alone.
struct Block {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::vector<std::uint32_t> successors;
  std::vector<std::uint32_t> predecessors;
};

struct Function {
  std::string name;
  bool is_entry = false;
  std::vector<Instruction> instructions;
  std::vector<Operand> operands;
  std::vector<Block> blocks;             // block 0 is the start; in the order of the text
  std::vector<Type> registers;           // declared type of each register; Pred is one bit
  std::vector<Variable> variables;       // every variable that an operand refers to, parameters included
  std::vector<std::string> globals;      // names of module variables in Global and Const space, in table order
  std::vector<std::string> callees;      // "vprintf", …
  std::uint32_t parameter_size = 0;      // bytes of the entry's parameter block
  std::uint32_t static_shared_size = 0;  // bytes; dynamic shared memory begins here, rounded up to 16
  std::uint32_t local_frame_size = 0;    // bytes a lane, a multiple of 16
  bool uses_barriers = false;            // bar, barrier: warps of a block must be able to wait for each other

  [[nodiscard]] std::span<const Operand> destinations(const Instruction& instruction) const {
    return {operands.data() + instruction.first_operand, instruction.destination_count};
  }
  [[nodiscard]] std::span<const Operand> sources(const Instruction& instruction) const {
    return {operands.data() + instruction.first_operand + instruction.destination_count, instruction.source_count};
  }
};

}  // namespace vgpu::ptx
