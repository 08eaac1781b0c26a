#include "gpu/jit/lowering.h"

// atom and red: one lane after the other, in lane order.
namespace vgpu::jit {
namespace {

using llvm::AtomicRMWInst;
using ptx::AtomicOperation;

AtomicRMWInst::BinOp binary_operation(const ptx::Instruction& i) {
  const bool is_signed = ptx::is_signed_integer(i.types[0]);
  const bool is_float = ptx::is_float(i.types[0]);
  switch (i.atomic) {
    case AtomicOperation::And:
      return AtomicRMWInst::And;
    case AtomicOperation::Or:
      return AtomicRMWInst::Or;
    case AtomicOperation::Xor:
      return AtomicRMWInst::Xor;
    case AtomicOperation::Exch:
      return AtomicRMWInst::Xchg;
    case AtomicOperation::Add:
      return is_float ? AtomicRMWInst::FAdd : AtomicRMWInst::Add;
    case AtomicOperation::Inc:
      return AtomicRMWInst::UIncWrap;
    case AtomicOperation::Dec:
      return AtomicRMWInst::UDecWrap;
    case AtomicOperation::Min:
      return is_signed ? AtomicRMWInst::Min : AtomicRMWInst::UMin;
    case AtomicOperation::Max:
      return is_signed ? AtomicRMWInst::Max : AtomicRMWInst::UMax;
    default:
      return AtomicRMWInst::BAD_BINOP;
  }
}

}  // namespace

bool Lowering::lower_atomic(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  const unsigned bits = ptx::bit_width(i.types[0]);
  if (bits < 16 || bits > 64) return unsupported(i);
  const bool packed = i.types[0] == ptx::Type::F16x2 || i.types[0] == ptx::Type::BF16x2;
  const bool half = i.types[0] == ptx::Type::F16 || i.types[0] == ptx::Type::BF16;
  const bool swaps = i.atomic == AtomicOperation::Cas;
  const AtomicRMWInst::BinOp operation = binary_operation(i);
  if ((swaps && i.vector > 1) || (!swaps && operation == AtomicRMWInst::BAD_BINOP)) return unsupported(i);
  if (ptx::is_float(i.types[0]) && !swaps && i.atomic != AtomicOperation::Add && i.atomic != AtomicOperation::Exch) {
    return unsupported(i);
  }
  llvm::Type* element = integer(bits);
  llvm::Type* ptr = builder_.getPtrTy();
  const Address where = address(sources[0], i.space);
  Value* addresses = spill(lane_pointers(where, 0));
  std::vector<Value*> operands, results;
  for (unsigned e = 0; e < i.vector; ++e) {
    operands.push_back(spill(read_lanes(sources[1 + e], bits)));
    results.push_back(spill(llvm::Constant::getNullValue(lanes_of(element))));
  }
  Value* replacements = swaps ? spill(read_lanes(sources[2], bits)) : nullptr;
  const llvm::AtomicOrdering order = llvm::AtomicOrdering::SequentiallyConsistent;
  // The elements of a vector are added to one by one, as PTX has it.
  const auto update = [&](Value* lane, unsigned e) {
    const auto lane_of = [&](Value* memory) {
      return builder_.CreateLoad(element, builder_.CreateGEP(element, memory, lane));
    };
    Value* pointer = offset_pointer(builder_.CreateLoad(ptr, builder_.CreateGEP(ptr, addresses, lane)),
                                    std::int64_t{e} * (bits / 8));
    Value* operand = lane_of(operands[e]);
    Value* old = nullptr;
    if (swaps) {
      Value* pair =
          builder_.CreateAtomicCmpXchg(pointer, operand, lane_of(replacements), llvm::Align(bits / 8), order, order);
      old = builder_.CreateExtractValue(pair, 0);
    } else if ((packed || half) && operation == AtomicRMWInst::FAdd) {
      const char* name = i.types[0] == ptx::Type::F16     ? "vgpu_engine_atomic_add_f16"
                         : i.types[0] == ptx::Type::BF16  ? "vgpu_engine_atomic_add_bf16"
                         : i.types[0] == ptx::Type::F16x2 ? "vgpu_engine_atomic_add_f16x2"
                                                          : "vgpu_engine_atomic_add_bf16x2";
      old = resize(call(name, integer(32), {pointer, resize(operand, 32, false)}), bits, false);
    } else {
      const bool real = operation == AtomicRMWInst::FAdd;
      Value* value = real ? as_real(operand, float_of(i.types[0])) : operand;
      old = bits_of(builder_.CreateAtomicRMW(operation, pointer, value, llvm::Align(bits / 8), order));
    }
    builder_.CreateStore(old, builder_.CreateGEP(element, results[e], lane));
  };
  for_each_lane(mask_, [&](Value* lane) {
    for (unsigned e = 0; e < i.vector; ++e) update(lane, e);
  });
  for (std::size_t d = 0; d < destinations.size(); ++d) {
    write(destinations[d], builder_.CreateLoad(lanes_of(element), results[d]));
  }
  return true;
}

}  // namespace vgpu::jit
