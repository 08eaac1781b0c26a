#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vgpu::blas {

// Memory that a thread keeps for its next product, aligned to cache lines.
class Scratch {
 public:
  // At least `bytes`; what an earlier call returned may be gone.
  std::byte* get(std::int64_t bytes) {
    const auto lines = static_cast<std::size_t>((bytes + 63) / 64);
    if (lines_.size() < lines) lines_.resize(lines);
    return lines_.data()->bytes;
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<Line> lines_;
};

}  // namespace vgpu::blas
