#include "gpu/jit/load_groups.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "gpu/jit/merge_loads.h"

namespace vgpu::jit {
namespace {

// Bytes: loads further apart than this hardly share anything.
constexpr std::int64_t kNear = 32;

// What makes addresses comparable: their space, pattern and base. A base without a symbol is a register as it is
// between two of its writes.
using Key = std::tuple<ptx::Space, std::uint32_t, std::uint32_t, bool, std::uint32_t>;

class Grouper {
 public:
  Grouper(const ptx::Function& function, const LaneShapes& shapes, std::map<std::uint32_t, LoadGroup>& groups)
      : function_(function), shapes_(shapes), groups_(groups) {}

  void run(const ptx::Block& block) {
    for (std::uint32_t k = block.begin; k < block.end; ++k) {
      const ptx::Instruction& i = function_.instructions[k];
      if (i.op == ptx::Opcode::Bar) {
        open_.clear();
      } else if (may_write_memory(i)) {
        for (auto& [key, group] : open_) group.written = true;
      }
      for (const ptx::Operand& destination : function_.destinations(i)) {
        if (destination.kind == ptx::Operand::Kind::Register) ++versions_[destination.index];
      }
      if (is_plain_load(function_, i)) add(k, i);
    }
  }

 private:
  struct Open {
    std::uint32_t first = 0;
    std::int64_t displacement = 0;  // of the first
    bool written = false;           // since then, by an instruction that may have changed what is loaded
  };

  void add(std::uint32_t k, const ptx::Instruction& i) {
    const ptx::Operand& address = function_.sources(i)[0];
    const LaneShape shape = shapes_.of(address.index);
    if (shape.kind != LaneShape::Kind::Pattern || ptx::bit_width(i.types[0]) < 32) return;
    // The load itself may have written its address register.
    for (const ptx::Operand& destination : function_.destinations(i)) {
      if (destination.kind == ptx::Operand::Kind::Register && destination.index == address.index) return;
    }
    const bool named = shape.symbol != kNoSymbol;
    const Key key{i.space, shape.pattern, named ? shape.symbol : address.index, named,
                  named ? 0 : versions_[address.index]};
    const std::int64_t displacement = (named ? shape.offset : 0) + address.value;
    const auto found = open_.find(key);
    if (found != open_.end() && std::abs(displacement - found->second.displacement) <= kNear &&
        (!found->second.written || i.non_coherent)) {
      groups_[found->second.first].members.push_back({k, displacement - found->second.displacement});
      return;
    }
    open_[key] = {.first = k, .displacement = displacement};
    groups_[k].members.push_back({k, 0});
  }

  const ptx::Function& function_;
  const LaneShapes& shapes_;
  std::map<std::uint32_t, LoadGroup>& groups_;
  std::map<Key, Open> open_;
  std::map<std::uint32_t, std::uint32_t> versions_;  // writes of each register in this block so far
};

}  // namespace

std::map<std::uint32_t, LoadGroup> find_load_groups(const ptx::Function& function, const LaneShapes& shapes) {
  std::map<std::uint32_t, LoadGroup> groups;
  for (const ptx::Block& block : function.blocks) Grouper(function, shapes, groups).run(block);
  std::erase_if(groups, [](const auto& item) { return item.second.members.size() < 2; });
  return groups;
}

}  // namespace vgpu::jit
