#pragma once

#include <array>
#include <cstdint>

#include "gpu/ptx/types.h"
#include "gpu/texture/address.h"
#include "gpu/texture/image.h"
#include "gpu/texture/texel.h"

namespace vgpu::texture {

// A lane's coordinates as its registers hold them: the layer first, where the geometry has one.
using Coordinates = std::array<std::uint32_t, 4>;

// tex and tld4: four channels, as floats' bits or as integers. One for all lanes that use the same texture.
class Sampler {
 public:
  Sampler(const Texture& texture, ptx::Geometry geometry);

  // `integer_coordinates`: texels by number, without a filter.
  [[nodiscard]] Words sample(const Coordinates& coordinates, bool integer_coordinates) const;
  // One component of the four texels that a linear filter would use: lower left first, then counter-clockwise.
  [[nodiscard]] Words gather(const Coordinates& coordinates, unsigned component) const;

 private:
  using Position = std::array<std::int64_t, 3>;  // a texel; kOutside in any place is the border

  [[nodiscard]] double position(const Coordinates& coordinates, unsigned axis) const;
  [[nodiscard]] std::int64_t layer(const Coordinates& coordinates) const;
  [[nodiscard]] const std::byte* texel(const Position& position) const;
  [[nodiscard]] Channels real(const Position& position) const;
  [[nodiscard]] Words integers(const Position& position) const;
  [[nodiscard]] Position nearest(const Coordinates& coordinates, bool integer_coordinates) const;
  template <unsigned Rank>
  [[nodiscard]] Channels interpolated(const Coordinates& coordinates) const;

  const Texture& texture_;
  unsigned rank_;
  unsigned first_coordinate_;  // 1 behind a layer
  bool integers_;
  std::array<Axis, 3> axes_;
  ReadChannels read_;
  Channels border_{};
};

}  // namespace vgpu::texture
