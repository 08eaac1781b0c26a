#include "tests/ptx/texture_reference.h"

#include <cmath>

namespace vgpu::test {
namespace {

using texture::AddressMode;

// The guide's x: from what the program passed to units of texels.
double position(double coordinate, std::int64_t size, AddressMode mode, bool normalized) {
  if (!normalized) return coordinate;
  const auto n = static_cast<double>(size);
  const double below = std::floor(coordinate);
  if (mode == AddressMode::Wrap) return (coordinate - below) * n;
  if (mode == AddressMode::Mirror) {
    const bool even = std::floor(below / 2) * 2 == below;
    return (even ? coordinate - below : below + 1 - coordinate) * n;
  }
  return coordinate * n;
}

std::int64_t to_index(double value) {
  if (std::isnan(value)) return 0;
  return static_cast<std::int64_t>(std::fmin(std::fmax(value, -1e9), 1e9));
}

}  // namespace

std::int64_t reference_index(std::int64_t index, std::int64_t size, AddressMode mode, bool normalized) {
  if (mode == AddressMode::Border) return index >= 0 && index < size ? index : -1;
  if (mode == AddressMode::Clamp || !normalized) return index < 0 ? 0 : index >= size ? size - 1 : index;
  std::int64_t period = index / size;
  std::int64_t rest = index - period * size;
  if (rest < 0) {
    rest += size;
    --period;
  }
  return mode == AddressMode::Mirror && period % 2 != 0 ? size - 1 - rest : rest;
}

std::array<double, 4> reference_fetch(const ReferenceImage& image, const texture::Sampling& sampling,
                                      const std::array<double, 3>& coordinates) {
  std::array<std::int64_t, 3> first{};
  std::array<double, 3> alpha{};
  for (unsigned axis = 0; axis < image.rank; ++axis) {
    double x = position(coordinates[axis], image.size[axis], sampling.address[axis], sampling.normalized);
    if (std::isnan(x)) x = 0;
    const double base = sampling.linear ? x - 0.5 : x;
    first[axis] = to_index(std::floor(base));
    if (sampling.linear && std::fabs(x) < 1e9) alpha[axis] = std::round((base - std::floor(base)) * 256) / 256;
  }
  const auto texel = [&](unsigned corner) {
    std::array<std::int64_t, 3> place{};
    for (unsigned axis = 0; axis < image.rank; ++axis) {
      place[axis] = reference_index(first[axis] + (corner >> axis & 1), image.size[axis], sampling.address[axis],
                                    sampling.normalized);
      if (place[axis] < 0) {
        return std::array<double, 4>{sampling.border[0], sampling.border[1], sampling.border[2], sampling.border[3]};
      }
    }
    return image.at(place[0], place[1], place[2]);
  };
  if (!sampling.linear) return texel(0);
  std::array<double, 4> sum{};
  for (unsigned corner = 0; corner < 1u << image.rank; ++corner) {
    double weight = 1;
    for (unsigned axis = 0; axis < image.rank; ++axis) {
      weight *= (corner >> axis & 1) != 0 ? alpha[axis] : 1 - alpha[axis];
    }
    const std::array<double, 4> values = texel(corner);
    for (unsigned channel = 0; channel < 4; ++channel) sum[channel] += weight * values[channel];
  }
  return sum;
}

}  // namespace vgpu::test
