#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "gpu/texture/image.h"

// One texel: from memory to what a program sees, and back. A channel that the format lacks is 0, the fourth 1.
namespace vgpu::texture {

using Words = std::array<std::uint32_t, 4>;
using Channels = std::array<double, 4>;

// Reads a texel of so many channels as numbers.
using ReadChannels = Channels (*)(const std::byte* texel, unsigned channels);

// How a texture's texels become numbers: floats as they are, integers as fractions of the largest (signed: not below
// -1), sRGB made linear. Never nullptr; of use for textures that return no integers.
ReadChannels channel_reader(const Texture& texture);

// Integer channels, extended to 32 bits.
Words read_integers(const std::byte* texel, const Format& format);

// sust.p: 32-bit values of the format's kind, converted to its channels; integers are clamped.
void write_formatted(std::byte* texel, const Format& format, const Words& values);

}  // namespace vgpu::texture
