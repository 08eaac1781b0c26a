#include "gpu/texture/texel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

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

// IEC 61966-2-1, for each of the values that 8 bits hold.
const std::array<double, 256>& linear_from_srgb() {
  static const std::array<double, 256> table = [] {
    std::array<double, 256> made;
    for (unsigned i = 0; i < made.size(); ++i) {
      const double value = i / 255.0;
      made[i] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    }
    return made;
  }();
  return table;
}

template <class T>
T channel_at(const std::byte* texel, unsigned channel) {
  T value;
  std::memcpy(&value, texel + channel * sizeof(T), sizeof(T));
  return value;
}

template <class T, class Convert>
Channels converted(const std::byte* texel, unsigned channels, const Convert& convert) {
  Channels values{0, 0, 0, 1};
  for (unsigned channel = 0; channel < channels; ++channel) values[channel] = convert(channel_at<T>(texel, channel));
  return values;
}

template <class T>
Channels read_fractions(const std::byte* texel, unsigned channels) {
  constexpr double kLargest = std::numeric_limits<T>::max();
  return converted<T>(texel, channels, [](T value) { return std::max(-1.0, value / kLargest); });
}

Channels read_halves(const std::byte* texel, unsigned channels) {
  return converted<std::uint16_t>(texel, channels, [](std::uint16_t value) { return warp::half_to_float(value); });
}

Channels read_floats(const std::byte* texel, unsigned channels) {
  return converted<float>(texel, channels, [](float value) { return value; });
}

// The fourth channel is no colour.
Channels read_srgb(const std::byte* texel, unsigned channels) {
  Channels values = read_fractions<std::uint8_t>(texel, channels);
  for (unsigned channel = 0; channel < std::min(channels, 3u); ++channel) {
    values[channel] = linear_from_srgb()[channel_at<std::uint8_t>(texel, channel)];
  }
  return values;
}

}  // namespace

ReadChannels channel_reader(const Texture& texture) {
  const Format& format = texture.image.format;
  if (format.kind == ChannelKind::Float) return format.bits == 16 ? &read_halves : &read_floats;
  if (format.kind == ChannelKind::Signed) {
    return format.bits == 8 ? &read_fractions<std::int8_t> : &read_fractions<std::int16_t>;
  }
  if (format.bits != 8) return &read_fractions<std::uint16_t>;
  return texture.sampling.srgb ? &read_srgb : &read_fractions<std::uint8_t>;
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
