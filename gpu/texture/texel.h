#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "gpu/texture/image.h"

// One texel: from memory to what a program sees, and back.
namespace vgpu::texture {

using Words = std::array<std::uint32_t, 4>;

// Channels as numbers: floats as they are, integers as fractions of the largest (signed: not below -1), sRGB made
// linear. A channel that the format lacks is 0, the fourth 1.
std::array<double, 4> read_real(const std::byte* texel, const Texture& texture);

// Integer channels, extended to 32 bits. What the format lacks is 0, the fourth 1.
Words read_integers(const std::byte* texel, const Format& format);

// sust.p: 32-bit values of the format's kind, converted to its channels; integers are clamped.
void write_formatted(std::byte* texel, const Format& format, const Words& values);

}  // namespace vgpu::texture
