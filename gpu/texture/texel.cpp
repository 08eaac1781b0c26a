#include "gpu/texture/texel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "gpu/warp/float_formats.h"

namespace vgpu::texture {
namespace {

std::uint32_t raw_channel(const std::byte* texel, const Format& format, unsigned channel) {
  const unsigned bytes = format.bits / 8u;
  std::uint32_t value = 0;
  std::memcpy(&value, texel + std::size_t{channel} * bytes, bytes);
  return value;
}

std::int32_t sign_extended(std::uint32_t value, unsigned bits) {
  return static_cast<std::int32_t>(value << (32 - bits)) >> (32 - bits);
}

// IEC 61966-2-1.
double linear_from_srgb(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

}  // namespace

std::array<double, 4> read_real(const std::byte* texel, const Texture& texture) {
  const Format& format = texture.image.format;
  std::array<double, 4> values{0, 0, 0, 1};
  for (unsigned channel = 0; channel < format.channels; ++channel) {
    const std::uint32_t raw = raw_channel(texel, format, channel);
    double& value = values[channel];
    if (format.kind == ChannelKind::Float) {
      value = format.bits == 16 ? warp::half_to_float(raw) : std::bit_cast<float>(raw);
    } else if (format.kind == ChannelKind::Unsigned) {
      value = raw / (std::ldexp(1.0, format.bits) - 1);
      if (texture.sampling.srgb && format.bits == 8 && channel < 3) value = linear_from_srgb(value);
    } else {
      value = std::max(-1.0, sign_extended(raw, format.bits) / (std::ldexp(1.0, format.bits - 1) - 1));
    }
  }
  return values;
}

Words read_integers(const std::byte* texel, const Format& format) {
  Words values{0, 0, 0, 1};
  for (unsigned channel = 0; channel < format.channels; ++channel) {
    const std::uint32_t raw = raw_channel(texel, format, channel);
    values[channel] =
        format.kind == ChannelKind::Signed ? static_cast<std::uint32_t>(sign_extended(raw, format.bits)) : raw;
  }
  return values;
}

void write_formatted(std::byte* texel, const Format& format, const Words& values) {
  const unsigned bytes = format.bits / 8u;
  for (unsigned channel = 0; channel < format.channels; ++channel) {
    std::uint32_t value = values[channel];
    if (format.kind == ChannelKind::Float) {
      if (format.bits == 16) value = warp::float_to_half(std::bit_cast<float>(value));
    } else if (format.bits < 32 && format.kind == ChannelKind::Unsigned) {
      value = std::min(value, (1u << format.bits) - 1);
    } else if (format.bits < 32) {
      const std::int32_t most = (1 << (format.bits - 1)) - 1;
      value = static_cast<std::uint32_t>(std::clamp(static_cast<std::int32_t>(value), -most - 1, most));
    }
    std::memcpy(texel + std::size_t{channel} * bytes, &value, bytes);
  }
}

}  // namespace vgpu::texture
