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

double scaled(float coordinate, const Axis& axis, bool normalized) {
  double position = coordinate;
  if (normalized) {
    const double whole = std::floor(position);
    if (axis.mode == AddressMode::Wrap) {
      position -= whole;
    } else if (axis.mode == AddressMode::Mirror) {
      const bool odd = std::fmod(whole, 2) != 0;
      position = odd ? 1 - (position - whole) : position - whole;
    }
    position *= axis.size;
  }
  if (std::isnan(position)) return 0;
  return std::clamp(position, -kFarAway, kFarAway);
}

Pair neighbours(double position, const Axis& axis) {
  const double shifted = position - 0.5;
  const double whole = std::floor(shifted);
  const auto index = static_cast<std::int64_t>(whole);
  return {texel_at(index, axis), texel_at(index + 1, axis),
          std::floor((shifted - whole) * kWeightSteps + 0.5) / kWeightSteps};
}

}  // namespace vgpu::texture
