#include "gpu/ptx/print.h"

#include "gpu/ptx/modifiers.h"
#include "gpu/ptx/special_registers.h"

namespace vgpu::ptx {
namespace {

constexpr std::uint64_t kUsualOrder[] = {
    kQuery,      kOpaque,      kComponent,   kRole,       kTo,       kSync,    kShuffle,     kVote,        kBarrier,
    kAligned,    kShape,       kMatrixCount, kTransposed, kLayout,   kOrder,   kScope,       kNoIncrement, kSpace,
    kComparison, kProperty,    kAtomic,      kGeometry,   kBoolean,  kCache,   kNonCoherent, kDirection,   kHalf,
    kClampWrap,  kShiftAmount, kApprox,      kFull,       kRounding, kFtz,     kNan,         kXorsign,     kSat,
    kSatfinite,  kRelu,        kNoftz,       kCarry,      kVector,   kUniform, kType,        kPermute,     kBoundary};
constexpr std::uint64_t kWmmaOrder[] = {kRole, kSync, kAligned, kLayout, kShape, kSpace, kRounding, kType, kSatfinite};
constexpr std::uint64_t kMmaOrder[] = {kSync, kAligned, kShape, kLayout, kSatfinite, kType, kBitProduct};
constexpr std::uint64_t kMatchOrder[] = {kVote, kSync, kType};
constexpr std::uint64_t kCopyOrder[] = {kCache, kSpace};
constexpr std::uint64_t kBulkOrder[] = {kSpace, kBulk, kAtomic, kNoftz, kType};
constexpr std::uint64_t kVideoOrder[] = {kType, kSat, kClampWrap, kComparison, kAtomic};

std::span<const std::uint64_t> print_order(Opcode op) {
  switch (op) {
    case Opcode::WmmaLoad:
    case Opcode::WmmaMma:
    case Opcode::WmmaStore:
      return kWmmaOrder;
    case Opcode::Mma:
      return kMmaOrder;
    case Opcode::Match:
      return kMatchOrder;
    case Opcode::CpAsync:
      return kCopyOrder;
    case Opcode::CpAsyncBulk:
    case Opcode::CpReduceAsyncBulk:
      return kBulkOrder;
    case Opcode::Vabsdiff:
    case Opcode::Vabsdiff2:
    case Opcode::Vabsdiff4:
    case Opcode::Vadd:
    case Opcode::Vadd2:
    case Opcode::Vadd4:
    case Opcode::Vavrg2:
    case Opcode::Vavrg4:
    case Opcode::Vmax:
    case Opcode::Vmax2:
    case Opcode::Vmax4:
    case Opcode::Vmin:
    case Opcode::Vmin2:
    case Opcode::Vmin4:
    case Opcode::Vset:
    case Opcode::Vset2:
    case Opcode::Vset4:
    case Opcode::Vshl:
    case Opcode::Vshr:
    case Opcode::Vsub:
    case Opcode::Vsub2:
    case Opcode::Vsub4:
      return kVideoOrder;
    default:
      return kUsualOrder;
  }
}

void append_layout(MatrixLayout layout, std::string& text) {
  if (layout != MatrixLayout::None) text += layout == MatrixLayout::Row ? ".row" : ".col";
}

void append_source_space(Space space, std::string& text) {
  if (space == Space::Shared) text += ".shared";
  if (space == Space::Global) text += ".global";
}

void append_group(const Instruction& instruction, std::uint64_t group, std::string& text) {
  if (group == kType) {
    for (const Type type : instruction.types) {
      if (type != Type::None) text.append(".").append(type_name(type));
    }
  } else if (group == kLayout) {
    append_layout(instruction.layout_a, text);
    append_layout(instruction.layout_b, text);
  } else if (group == kShape) {
    text += ".m" + std::to_string(instruction.shape.m) + 'n' + std::to_string(instruction.shape.n);
    if (instruction.shape.k != 0) text += 'k' + std::to_string(instruction.shape.k);
  } else if (group == kScope && instruction.op == Opcode::Membar && instruction.order == MemoryOrder::Weak &&
             instruction.scope == Scope::Gpu) {
    text += ".gl";
  } else {
    if (group == kBarrier && instruction.barrier >= BarrierOperation::ReducePopc) text += ".red";
    for (const Modifier& modifier : modifiers()) {
      if (modifier.group != group || modifier.is_set == nullptr || !modifier.is_set(instruction)) continue;
      text.append(".").append(modifier.name);
      if (group == kBitProduct) text += ".popc";
      if (group == kSpace) append_source_space(instruction.source_space, text);
      if (group != kXorsign) return;
    }
  }
}

std::string_view mnemonic(const Instruction& instruction) {
  if (instruction.op == Opcode::Bar && !instruction.aligned) return "barrier";
  if (instruction.op == Opcode::Membar && instruction.order != MemoryOrder::Weak) return "fence";
  return opcode_name(instruction.op);
}

std::string with_offset(std::string text, std::int64_t offset) {
  if (offset > 0) text += '+';
  if (offset != 0) text += std::to_string(offset);
  return text;
}

std::string operand_text(const Function& function, const Operand& operand) {
  const std::string sign = operand.negated ? "!" : "";
  switch (operand.kind) {
    case Operand::Kind::Register:
      return sign + with_offset("%r" + std::to_string(operand.index), operand.value);
    case Operand::Kind::Immediate:
      return sign + std::to_string(operand.value);
    case Operand::Kind::Variable:
      return with_offset(function.variables[operand.index].name, operand.value);
    case Operand::Kind::Special:
      return std::string(special_register_name(static_cast<SpecialRegister>(operand.index)));
    case Operand::Kind::Function:
      return function.callees[operand.index];
    case Operand::Kind::Discard:
      break;
  }
  return "_";
}

// Position among the sources of the one that stands in square brackets; -1 for none.
int address_position(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Ld:
    case Opcode::Ldu:
    case Opcode::Ldmatrix:
    case Opcode::St:
    case Opcode::Stmatrix:
    case Opcode::Atom:
    case Opcode::Red:
    case Opcode::WmmaLoad:
    case Opcode::WmmaStore:
    case Opcode::CpAsync:
    case Opcode::CpAsyncBulk:
    case Opcode::CpAsyncMbarrierArrive:
    case Opcode::CpReduceAsyncBulk:
    case Opcode::MbarrierArrive:
    case Opcode::MbarrierArriveDrop:
    case Opcode::MbarrierArriveDropExpectTx:
    case Opcode::MbarrierArriveExpectTx:
    case Opcode::MbarrierCompleteTx:
    case Opcode::MbarrierExpectTx:
    case Opcode::MbarrierInit:
    case Opcode::MbarrierInval:
    case Opcode::MbarrierTestWait:
    case Opcode::MbarrierTestWaitParity:
    case Opcode::MbarrierTryWait:
    case Opcode::MbarrierTryWaitParity:
    case Opcode::Prefetch:
    case Opcode::Prefetchu:
      return 0;
    default:
      return -1;
  }
}

std::string operand_list(const Function& function, std::span<const Operand> operands, int address) {
  std::string text;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (i > 0) text += ", ";
    const std::string operand = operand_text(function, operands[i]);
    text += static_cast<int>(i) == address ? '[' + operand + ']' : operand;
  }
  return text;
}

}  // namespace

std::string full_opcode(const Instruction& instruction) {
  std::string text(mnemonic(instruction));
  const std::uint64_t allowed = opcode_info(instruction.op).modifiers | kType;
  for (const std::uint64_t group : print_order(instruction.op)) {
    const bool implied = group == kAligned && instruction.op == Opcode::Bar;
    if ((allowed & group) != 0 && !implied) append_group(instruction, group, text);
  }
  return text;
}

std::string print(const Function& function, const Instruction& instruction) {
  std::string text;
  if (instruction.guard != kNoRegister) {
    text = (instruction.guard_negated ? "@!%r" : "@%r") + std::to_string(instruction.guard) + ' ';
  }
  text += full_opcode(instruction);
  const std::string destinations = operand_list(function, function.destinations(instruction), -1);
  const std::string sources = operand_list(function, function.sources(instruction), address_position(instruction));
  if (!destinations.empty()) text += instruction.destination_count > 1 ? " {" + destinations + '}' : ' ' + destinations;
  if (!sources.empty()) text += (destinations.empty() ? " " : ", ") + sources;
  return text + ';';
}

}  // namespace vgpu::ptx
