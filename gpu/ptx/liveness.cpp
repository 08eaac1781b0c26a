#include <bit>
#include <ranges>

#include "gpu/ptx/control_flow.h"

namespace vgpu::ptx {
namespace {

// Sets of registers, one row of words a block.
class RegisterSets {
 public:
  static constexpr std::size_t kBits = 64;  // of a word

  RegisterSets(std::size_t blocks, std::size_t registers)
      : width_((registers + kBits - 1) / kBits), words_(blocks * width_) {}

  void insert(std::uint32_t block, std::uint32_t reg) { row(block)[reg / kBits] |= 1ull << (reg % kBits); }
  [[nodiscard]] bool contains(std::uint32_t block, std::uint32_t reg) const {
    return (words_[block * width_ + reg / kBits] >> (reg % kBits) & 1) != 0;
  }
  std::uint64_t* row(std::uint32_t block) { return words_.data() + block * width_; }
  [[nodiscard]] std::size_t width() const { return width_; }

 private:
  std::size_t width_;  // words a block
  std::vector<std::uint64_t> words_;
};

void collect(const Function& function, std::uint32_t number, RegisterSets& used, RegisterSets& written) {
  const Block& block = function.blocks[number];
  const auto use = [&](std::uint32_t reg) {
    if (!written.contains(number, reg)) used.insert(number, reg);
  };
  for (std::uint32_t i = block.begin; i < block.end; ++i) {
    const Instruction& instruction = function.instructions[i];
    for (const Operand& source : function.sources(instruction)) {
      if (source.kind == Operand::Kind::Register) use(source.index);
    }
    if (instruction.guard != kNoRegister) use(instruction.guard);
    for (const Operand& destination : function.destinations(instruction)) {
      if (destination.kind != Operand::Kind::Register) continue;
      if (instruction.guard == kNoRegister) written.insert(number, destination.index);
    }
  }
}

std::vector<bool> to_bits(RegisterSets& sets, std::uint32_t block, std::size_t registers) {
  std::vector<bool> bits(registers);
  for (std::size_t w = 0; w < sets.width(); ++w) {
    for (std::uint64_t word = sets.row(block)[w]; word != 0; word &= word - 1) {
      bits[w * RegisterSets::kBits + static_cast<std::size_t>(std::countr_zero(word))] = true;
    }
  }
  return bits;
}

}  // namespace

Liveness analyze_liveness(const Function& function, const ControlFlow& flow) {
  const std::size_t blocks = function.blocks.size();
  const std::size_t registers = function.registers.size();
  RegisterSets used(blocks, registers);
  RegisterSets written(blocks, registers);
  for (const std::uint32_t block : flow.order) collect(function, block, used, written);
  RegisterSets in(blocks, registers);
  RegisterSets out(blocks, registers);
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::uint32_t block : std::views::reverse(flow.order)) {
      std::uint64_t* const live_out = out.row(block);
      for (const std::uint32_t successor : function.blocks[block].successors) {
        const std::uint64_t* const from = in.row(successor);
        for (std::size_t w = 0; w < in.width(); ++w) live_out[w] |= from[w];
      }
      for (std::size_t w = 0; w < in.width(); ++w) {
        const std::uint64_t live = used.row(block)[w] | (live_out[w] & ~written.row(block)[w]);
        changed |= live != in.row(block)[w];
        in.row(block)[w] = live;
      }
    }
  }
  Liveness result;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    result.live_in.push_back(to_bits(in, block, registers));
    result.live_out.push_back(to_bits(out, block, registers));
  }
  return result;
}

}  // namespace vgpu::ptx
