#pragma once

#include <cstdint>

#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Lays variables one behind the other, each at its alignment.
class Layout {
 public:
  void place(Variable& variable) {
    size_ = round_up(size_, variable.alignment == 0 ? 1 : variable.alignment);
    variable.offset = size_;
    size_ += variable.size;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;  // bytes
};

}  // namespace vgpu::ptx
