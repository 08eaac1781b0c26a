#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gpu/ptx/ir.h"

// Registers that need not be kept while a warp waits at a barrier: what they hold follows from the kernel's parameters,
// the thread's place and constants by a few instructions, which are cheaper to run again, and let the compiler see a
// known value there.
namespace vgpu::jit {

class Recipes {
 public:
  explicit Recipes(const ptx::Function& function);

  // The instructions, in their order, that make what `reg` holds wherever it has been written. nullopt: it must be
  // kept.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> of(std::uint32_t reg) const;

 private:
  bool add(std::uint32_t reg, std::vector<std::uint32_t>& recipe) const;

  const ptx::Function& function_;
  // The only instruction that writes a register, where it is one that can be run again.
  std::vector<std::optional<std::uint32_t>> makers_;
};

}  // namespace vgpu::jit
