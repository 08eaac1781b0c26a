#pragma once

#include <cstdint>

#include "gpu/texture/image.h"

// From coordinates to texels along one axis, as the CUDA programming guide's chapter on texture fetching defines it.
namespace vgpu::texture {

inline constexpr std::int64_t kOutside = -1;

struct Axis {
  std::uint32_t size = 1;  // texels
  AddressMode mode = AddressMode::Clamp;
};

// The texel that stands for number `index`; kOutside where that is the border.
std::int64_t texel_at(std::int64_t index, const Axis& axis);

// The largest whole number that is not above; numbers beyond every image count as ones that are less far away.
std::int64_t whole_part(double value);

// A coordinate in units of texels, 0 for what is no number. Normalized ones are brought into [0, 1] first where the
// mode repeats the image.
double scaled(float coordinate, const Axis& axis, bool normalized);

// The two texels between which a linear filter interpolates, and the second one's weight: a multiple of 1/256.
struct Pair {
  std::int64_t first = 0, second = 0;
  double weight = 0;
};
Pair neighbours(double position, const Axis& axis);

}  // namespace vgpu::texture
