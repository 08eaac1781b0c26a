#include "gpu/texture/sample.h"

#include <algorithm>
#include <bit>

namespace vgpu::texture {
namespace {

using ptx::Geometry;

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

// Only normalized coordinates repeat the image; plain memory has no address modes.
AddressMode effective_mode(const Texture& texture, AddressMode wanted) {
  if (texture.image.layout == Layout::Linear) return AddressMode::Border;
  const bool repeats = wanted == AddressMode::Wrap || wanted == AddressMode::Mirror;
  return repeats && !texture.sampling.normalized ? AddressMode::Clamp : wanted;
}

Words to_words(const Channels& values) {
  Words words;
  for (unsigned channel = 0; channel < words.size(); ++channel) {
    words[channel] = std::bit_cast<std::uint32_t>(static_cast<float>(values[channel]));
  }
  return words;
}

}  // namespace

Sampler::Sampler(const Texture& texture, Geometry geometry)
    : texture_(texture),
      rank_(rank_of(geometry)),
      first_coordinate_(is_layered(geometry) ? 1 : 0),
      integers_(texture.returns_integers()),
      read_(channel_reader(texture)) {
  const Image& image = texture.image;
  const std::array<std::uint32_t, 3> sizes{image.width, image.height, image.layered ? 1 : image.depth};
  for (unsigned axis = 0; axis < axes_.size(); ++axis) {
    axes_[axis] = {std::max(1u, sizes[axis]), effective_mode(texture, texture.sampling.address[axis])};
  }
  if (image.layout != Layout::Linear) std::ranges::copy(texture.sampling.border, border_.begin());
}

double Sampler::position(const Coordinates& coordinates, unsigned axis) const {
  return scaled(std::bit_cast<float>(coordinates[first_coordinate_ + axis]), axes_[axis], texture_.sampling.normalized);
}

std::int64_t Sampler::layer(const Coordinates& coordinates) const {
  const bool chooses = first_coordinate_ != 0 && texture_.image.layered && texture_.image.depth != 0;
  if (!chooses) return 0;
  return std::clamp<std::int64_t>(static_cast<std::int32_t>(coordinates[0]), 0, texture_.image.depth - 1);
}

const std::byte* Sampler::texel(const Position& position) const {
  if (position[0] == kOutside || position[1] == kOutside || position[2] == kOutside) return nullptr;
  const Image& image = texture_.image;
  return reinterpret_cast<const std::byte*>(image.address +
                                            static_cast<std::uint64_t>(position[2]) * image.slice_pitch +
                                            static_cast<std::uint64_t>(position[1]) * image.pitch +
                                            static_cast<std::uint64_t>(position[0]) * image.format.bytes());
}

Channels Sampler::real(const Position& position) const {
  const std::byte* memory = texel(position);
  return memory == nullptr ? border_ : read_(memory, texture_.image.format.channels);
}

Words Sampler::integers(const Position& position) const {
  if (const std::byte* memory = texel(position)) return read_integers(memory, texture_.image.format);
  Words border{};
  for (unsigned channel = 0; channel < border.size(); ++channel) {
    const double value = std::clamp(border_[channel], -0x1p31, 0x1p32 - 1);
    border[channel] = static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
  }
  return border;
}

Sampler::Position Sampler::nearest(const Coordinates& coordinates, bool integer_coordinates) const {
  Position place{0, 0, layer(coordinates)};
  for (unsigned axis = 0; axis < rank_; ++axis) {
    const std::int64_t index = integer_coordinates
                                   ? std::int64_t{static_cast<std::int32_t>(coordinates[first_coordinate_ + axis])}
                                   : whole_part(position(coordinates, axis));
    place[axis] = texel_at(index, axes_[axis]);
  }
  return place;
}

// The weighted mean of the texels around the coordinates, to be rounded once.
template <unsigned Rank>
Channels Sampler::interpolated(const Coordinates& coordinates) const {
  std::array<Pair, Rank> pairs;
  for (unsigned axis = 0; axis < Rank; ++axis) pairs[axis] = neighbours(position(coordinates, axis), axes_[axis]);
  Position place{0, 0, layer(coordinates)};
  Channels sum{};
  for (unsigned corner = 0; corner < 1u << Rank; ++corner) {
    double weight = 1;
    for (unsigned axis = 0; axis < Rank; ++axis) {
      const bool second = (corner >> axis & 1) != 0;
      place[axis] = second ? pairs[axis].second : pairs[axis].first;
      weight *= second ? pairs[axis].weight : 1 - pairs[axis].weight;
    }
    // A texel without weight may be infinite.
    if (weight == 0) continue;
    const Channels values = real(place);
    for (unsigned channel = 0; channel < sum.size(); ++channel) sum[channel] += weight * values[channel];
  }
  return sum;
}

Words Sampler::sample(const Coordinates& coordinates, bool integer_coordinates) const {
  if (integers_) return integers(nearest(coordinates, integer_coordinates));
  if (integer_coordinates || !texture_.sampling.linear)
    return to_words(real(nearest(coordinates, integer_coordinates)));
  switch (rank_) {
    case 1:
      return to_words(interpolated<1>(coordinates));
    case 2:
      return to_words(interpolated<2>(coordinates));
    default:
      return to_words(interpolated<3>(coordinates));
  }
}

Words Sampler::gather(const Coordinates& coordinates, unsigned component) const {
  const Pair x = neighbours(position(coordinates, 0), axes_[0]);
  const Pair y = neighbours(position(coordinates, 1), axes_[1]);
  const std::int64_t z = layer(coordinates);
  const std::array<Position, 4> places{Position{x.first, y.second, z}, Position{x.second, y.second, z},
                                       Position{x.second, y.first, z}, Position{x.first, y.first, z}};
  Words result;
  for (unsigned i = 0; i < result.size(); ++i) {
    result[i] = integers_ ? integers(places[i])[component] : to_words(real(places[i]))[component];
  }
  return result;
}

}  // namespace vgpu::texture
