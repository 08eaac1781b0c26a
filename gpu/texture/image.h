#pragma once

#include <array>
#include <cstdint>

// What textures and surfaces are made of.
namespace vgpu::texture {

enum class ChannelKind : std::uint8_t { Unsigned, Signed, Float };

struct Format {
  ChannelKind kind = ChannelKind::Float;
  std::uint8_t bits = 32;  // a channel: 8, 16 or 32; Float: 16 or 32
  std::uint8_t channels = 1;

  [[nodiscard]] unsigned bytes() const { return bits / 8u * channels; }
  friend bool operator==(const Format&, const Format&) = default;
};

enum class Layout : std::uint8_t {
  Array,   // as CUDA arrays have it here: rows and slices without gaps
  Linear,  // plain memory, addressed by texel number: outside of it everything is zero
  Pitch,   // plain memory in rows
};

// Texels in memory. A layer of a layered array is a slice.
struct Image {
  std::uint64_t address = 0;
  Format format;
  Layout layout = Layout::Array;
  bool layered = false;
  std::uint32_t width = 0;
  std::uint32_t height = 0;       // 0: one dimension
  std::uint32_t depth = 0;        // slices or layers; 0: none
  std::uint64_t pitch = 0;        // bytes from row to row
  std::uint64_t slice_pitch = 0;  // bytes from slice to slice
};

enum class AddressMode : std::uint8_t { Wrap, Clamp, Mirror, Border };

struct Sampling {
  std::array<AddressMode, 3> address{AddressMode::Clamp, AddressMode::Clamp, AddressMode::Clamp};
  bool linear = false;            // filter
  bool normalized = false;        // coordinates
  bool integers = false;          // integer channels are read as they are; those of 32 bits always
  bool srgb = false;              // unsigned channels of 8 bits hold sRGB values
  std::array<float, 4> border{};  // of AddressMode::Border

  friend bool operator==(const Sampling&, const Sampling&) = default;
};

struct Texture {
  Image image;
  Sampling sampling;

  [[nodiscard]] bool returns_integers() const {
    return image.format.kind != ChannelKind::Float && (sampling.integers || image.format.bits == 32);
  }
};

}  // namespace vgpu::texture
