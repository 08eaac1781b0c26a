#include "gpu/texture/sample.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "gpu/texture/address.h"

namespace vgpu::texture {
namespace {

using ptx::Geometry;
using Position = std::array<std::int64_t, 3>;  // a texel; kOutside in any place is the border
using Real = std::array<double, 4>;

bool is_layered(Geometry geometry) {
  return geometry == Geometry::A1d || geometry == Geometry::A2d;
}

unsigned rank_of(Geometry geometry) {
  switch (geometry) {
    case Geometry::D1:
    case Geometry::A1d:
      return 1;
    case Geometry::D3:
      return 3;
    default:
      return 2;
  }
}

// What one lane's fetch needs to know of its texture.
class Fetch {
 public:
  Fetch(const Texture& texture, Geometry geometry, const Coordinates& coordinates)
      : texture_(texture), rank_(rank_of(geometry)), coordinates_(coordinates) {
    const Image& image = texture.image;
    const std::array<std::uint32_t, 3> sizes{image.width, image.height, image.layered ? 1 : image.depth};
    for (unsigned axis = 0; axis < 3; ++axis) {
      axes_[axis].size = std::max(1u, sizes[axis]);
      axes_[axis].mode = mode(texture.sampling.address[axis]);
    }
    if (is_layered(geometry)) {
      const std::int64_t last = image.layered ? std::max(1u, image.depth) - 1 : 0;
      layer_ = std::clamp<std::int64_t>(static_cast<std::int32_t>(coordinates[0]), 0, last);
      first_coordinate_ = 1;
    }
  }

  [[nodiscard]] const Axis& axis(unsigned number) const { return axes_[number]; }
  [[nodiscard]] unsigned rank() const { return rank_; }
  [[nodiscard]] std::int64_t integer(unsigned axis) const {
    return static_cast<std::int32_t>(coordinates_[first_coordinate_ + axis]);
  }
  [[nodiscard]] double position(unsigned axis) const {
    return scaled(std::bit_cast<float>(coordinates_[first_coordinate_ + axis]), axes_[axis],
                  texture_.sampling.normalized);
  }

  // nullptr for the border.
  [[nodiscard]] const std::byte* texel(const Position& position) const {
    if (std::ranges::find(position, kOutside) != position.end()) return nullptr;
    const Image& image = texture_.image;
    return reinterpret_cast<const std::byte*>(image.address +
                                              static_cast<std::uint64_t>(position[2] + layer_) * image.slice_pitch +
                                              static_cast<std::uint64_t>(position[1]) * image.pitch +
                                              static_cast<std::uint64_t>(position[0]) * image.format.bytes());
  }

  [[nodiscard]] Real real(const Position& position) const {
    if (const std::byte* memory = texel(position)) return read_real(memory, texture_);
    Real border{};
    if (texture_.image.layout != Layout::Linear) std::ranges::copy(texture_.sampling.border, border.begin());
    return border;
  }

  [[nodiscard]] Words integers(const Position& position) const {
    if (const std::byte* memory = texel(position)) return read_integers(memory, texture_.image.format);
    Words border{};
    if (texture_.image.layout == Layout::Linear) return border;
    for (unsigned channel = 0; channel < border.size(); ++channel) {
      const double value = std::clamp(double{texture_.sampling.border[channel]}, -0x1p31, 0x1p32 - 1);
      border[channel] = static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
    }
    return border;
  }

 private:
  // Only normalized coordinates repeat the image; plain memory has no address modes.
  [[nodiscard]] AddressMode mode(AddressMode wanted) const {
    if (texture_.image.layout == Layout::Linear) return AddressMode::Border;
    const bool repeats = wanted == AddressMode::Wrap || wanted == AddressMode::Mirror;
    return repeats && !texture_.sampling.normalized ? AddressMode::Clamp : wanted;
  }

  const Texture& texture_;
  unsigned rank_;
  const Coordinates& coordinates_;
  std::array<Axis, 3> axes_;
  std::int64_t layer_ = 0;
  unsigned first_coordinate_ = 0;
};

Words to_words(const Real& values) {
  Words words;
  for (unsigned channel = 0; channel < words.size(); ++channel) {
    words[channel] = std::bit_cast<std::uint32_t>(static_cast<float>(values[channel]));
  }
  return words;
}

Position nearest(const Fetch& fetch, bool integer_coordinates) {
  Position position{};
  for (unsigned axis = 0; axis < fetch.rank(); ++axis) {
    const std::int64_t index =
        integer_coordinates ? fetch.integer(axis) : static_cast<std::int64_t>(std::floor(fetch.position(axis)));
    position[axis] = texel_at(index, fetch.axis(axis));
  }
  return position;
}

// The weighted mean of the texels around the coordinates, rounded once.
Real interpolated(const Fetch& fetch) {
  std::array<Pair, 3> pairs{};
  for (unsigned axis = 0; axis < fetch.rank(); ++axis) pairs[axis] = neighbours(fetch.position(axis), fetch.axis(axis));
  Real sum{};
  for (unsigned corner = 0; corner < 1u << fetch.rank(); ++corner) {
    Position position{};
    double weight = 1;
    for (unsigned axis = 0; axis < fetch.rank(); ++axis) {
      const bool second = (corner >> axis & 1) != 0;
      position[axis] = second ? pairs[axis].second : pairs[axis].first;
      weight *= second ? pairs[axis].weight : 1 - pairs[axis].weight;
    }
    if (weight == 0) continue;
    const Real values = fetch.real(position);
    for (unsigned channel = 0; channel < sum.size(); ++channel) sum[channel] += weight * values[channel];
  }
  return sum;
}

}  // namespace

Words sample(const Texture& texture, Geometry geometry, const Coordinates& coordinates, bool integer_coordinates) {
  const Fetch fetch(texture, geometry, coordinates);
  if (texture.returns_integers()) return fetch.integers(nearest(fetch, integer_coordinates));
  if (integer_coordinates || !texture.sampling.linear) {
    return to_words(fetch.real(nearest(fetch, integer_coordinates)));
  }
  return to_words(interpolated(fetch));
}

Words gather(const Texture& texture, Geometry geometry, const Coordinates& coordinates, unsigned component) {
  const Fetch fetch(texture, geometry, coordinates);
  const Pair x = neighbours(fetch.position(0), fetch.axis(0));
  const Pair y = neighbours(fetch.position(1), fetch.axis(1));
  const std::array<Position, 4> positions{Position{x.first, y.second, 0}, Position{x.second, y.second, 0},
                                          Position{x.second, y.first, 0}, Position{x.first, y.first, 0}};
  Words result;
  for (unsigned i = 0; i < result.size(); ++i) {
    result[i] = texture.returns_integers() ? fetch.integers(positions[i])[component]
                                           : to_words(fetch.real(positions[i]))[component];
  }
  return result;
}

}  // namespace vgpu::texture
