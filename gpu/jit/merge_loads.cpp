#include "gpu/jit/merge_loads.h"

#include <algorithm>
#include <map>
#include <vector>

namespace vgpu::jit {
namespace {

using ptx::Operand;

}  // namespace

bool may_write_memory(const ptx::Instruction& i) {
  switch (i.op) {
    case ptx::Opcode::St:
    case ptx::Opcode::Atom:
    case ptx::Opcode::Red:
    case ptx::Opcode::Bar:
    case ptx::Opcode::BarWarpSync:
    case ptx::Opcode::Membar:
    case ptx::Opcode::Call:
    case ptx::Opcode::CpAsync:
    case ptx::Opcode::CpAsyncWaitAll:
    case ptx::Opcode::CpAsyncWaitGroup:
    case ptx::Opcode::WmmaStore:
      return true;
    default:
      return i.order != ptx::MemoryOrder::Weak;
  }
}

bool is_plain_load(const ptx::Function& function, const ptx::Instruction& i) {
  return i.op == ptx::Opcode::Ld && i.guard == ptx::kNoRegister && i.order == ptx::MemoryOrder::Weak &&
         i.space != ptx::Space::Local && i.space != ptx::Space::Param &&
         function.sources(i)[0].kind == Operand::Kind::Register;
}

namespace {

// The loads of one block whose registers still hold what was loaded.
class Merger {
 public:
  explicit Merger(ptx::Function& function) : function_(function) {}

  void run(const ptx::Block& block) {
    for (std::uint32_t k = block.begin; k < block.end; ++k) {
      ptx::Instruction& i = function_.instructions[k];
      if (i.op == ptx::Opcode::Mov && i.guard == ptx::kNoRegister && i.destination_count == 1 && i.source_count > 1) {
        merge(i);
      }
      if (may_write_memory(i)) {
        std::erase_if(held_, [&](const auto& item) { return !function_.instructions[item.second].non_coherent; });
      }
      for (const Operand& destination : function_.destinations(i)) {
        if (destination.kind != Operand::Kind::Register) continue;
        std::erase_if(held_, [&](const auto& item) { return address_of(item.second).index == destination.index; });
        held_.erase(destination.index);
      }
      if (!is_plain_load(function_, i) || i.destination_count != 1) continue;
      const Operand& destination = function_.destinations(i)[0];
      if (destination.kind == Operand::Kind::Register && destination.index != function_.sources(i)[0].index) {
        held_[destination.index] = k;
      }
    }
  }

 private:
  [[nodiscard]] const Operand& address_of(std::uint32_t instruction) const {
    return function_.sources(function_.instructions[instruction])[0];
  }

  // Turns the move into a load if it can be one.
  void merge(ptx::Instruction& move) const {
    const auto parts = function_.sources(move);
    const unsigned part_bytes = ptx::bit_width(move.types[0]) / 8 / static_cast<unsigned>(parts.size());
    const ptx::Instruction* first = nullptr;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (parts[p].kind != Operand::Kind::Register) return;
      const auto found = held_.find(parts[p].index);
      if (found == held_.end()) return;
      const ptx::Instruction& load = function_.instructions[found->second];
      if (ptx::bit_width(load.types[0]) != part_bytes * 8) return;
      if (p == 0) {
        first = &load;
        continue;
      }
      const Operand &base = function_.sources(*first)[0], &other = function_.sources(load)[0];
      if (load.space != first->space || load.non_coherent != first->non_coherent || other.index != base.index ||
          other.value != base.value + static_cast<std::int64_t>(p * part_bytes)) {
        return;
      }
    }
    const Operand destination = function_.destinations(move)[0];
    const Operand address = function_.sources(*first)[0];
    ptx::Instruction merged = *first;
    merged.types = {move.types[0]};
    merged.destination_count = merged.source_count = 1;
    merged.first_operand = static_cast<std::uint32_t>(function_.operands.size());
    merged.line = move.line;
    function_.operands.push_back(destination);
    function_.operands.push_back(address);
    move = merged;
  }

  ptx::Function& function_;
  std::map<std::uint32_t, std::uint32_t> held_;  // register -> load
};

}  // namespace

void merge_loads(ptx::Function& function) {
  for (const ptx::Block& block : function.blocks) Merger(function).run(block);
}

}  // namespace vgpu::jit
