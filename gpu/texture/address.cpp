#include "gpu/texture/address.h"

#include <algorithm>
#include <cmath>

namespace vgpu::texture {
namespace {

// Beyond every image, and far from where the arithmetic of indices could overflow.
constexpr double kFarAway = 1e12;
constexpr double kWeightSteps = 256;

std::int64_t modulo(std::int64_t value, std::int64_t size) {
  const std::int64_t rest = value % size;
  return rest < 0 ? rest + size : rest;
}

}  // namespace

std::int64_t texel_at(std::int64_t index, const Axis& axis) {
  const std::int64_t size = axis.size;
  switch (axis.mode) {
    case AddressMode::Wrap:
      return modulo(index, size);
    case AddressMode::Mirror: {
      const std::int64_t place = modulo(index, 2 * size);
      return place < size ? place : 2 * size - 1 - place;
    }
    case AddressMode::Border:
      return index < 0 || index >= size ? kOutside : index;
    default:
      return std::clamp<std::int64_t>(index, 0, size - 1);
  }
}

std::int64_t whole_part(double value) {
  value = std::clamp(value, -kFarAway, kFarAway);
  const auto truncated = static_cast<std::int64_t>(value);
  return value < static_cast<double>(truncated) ? truncated - 1 : truncated;
}

double scaled(float coordinate, const Axis& axis, bool normalized) {
  if (std::isnan(coordinate)) return 0;
  double position = coordinate;
  if (normalized) {
    const bool repeats = axis.mode == AddressMode::Wrap || axis.mode == AddressMode::Mirror;
    if (repeats) {
      const std::int64_t whole = whole_part(position);
      // Numbers of this size have no fraction; infinity has none either.
      position = std::abs(position) < kFarAway ? position - static_cast<double>(whole) : 0;
      if (axis.mode == AddressMode::Mirror && (whole & 1) != 0) position = 1 - position;
    }
    position *= axis.size;
  }
  return position;
}

Pair neighbours(double position, const Axis& axis) {
  const double shifted = position - 0.5;
  const std::int64_t index = whole_part(shifted);
  const double fraction = std::abs(shifted) < kFarAway ? shifted - static_cast<double>(index) : 0;
  return {texel_at(index, axis), texel_at(index + 1, axis),
          static_cast<double>(static_cast<int>(fraction * kWeightSteps + 0.5)) / kWeightSteps};
}

}  // namespace vgpu::texture
