#pragma once

#include <array>
#include <cstdint>

#include "gpu/ptx/types.h"
#include "gpu/texture/image.h"
#include "gpu/texture/texel.h"

// tex and tld4 for one lane: four channels, as floats' bits or as integers.
namespace vgpu::texture {

// A lane's coordinates as its registers hold them: the layer first, where the geometry has one.
using Coordinates = std::array<std::uint32_t, 4>;

Words sample(const Texture& texture, ptx::Geometry geometry, const Coordinates& coordinates, bool integer_coordinates);

// One component of the four texels that a linear filter would use: lower left first, then counter-clockwise.
Words gather(const Texture& texture, ptx::Geometry geometry, const Coordinates& coordinates, unsigned component);

}  // namespace vgpu::texture
