#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "gpu/texture/image.h"

// Textures by the formulas of the CUDA programming guide, written apart from gpu/texture: texels are plain numbers,
// coordinates doubles.
namespace vgpu::test {

struct ReferenceImage {
  std::array<std::int64_t, 3> size{1, 1, 1};
  unsigned rank = 1;
  std::vector<std::array<double, 4>> texels;  // x fastest

  [[nodiscard]] const std::array<double, 4>& at(std::int64_t x, std::int64_t y, std::int64_t z) const {
    return texels[static_cast<std::size_t>((z * size[1] + y) * size[0] + x)];
  }
};

// What a fetch with these coordinates returns.
std::array<double, 4> reference_fetch(const ReferenceImage& image, const texture::Sampling& sampling,
                                      const std::array<double, 3>& coordinates);

// The texel number, -1 for the border.
std::int64_t reference_index(std::int64_t index, std::int64_t size, texture::AddressMode mode, bool normalized);

}  // namespace vgpu::test
