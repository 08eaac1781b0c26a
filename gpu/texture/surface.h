#pragma once

#include <array>
#include <cstdint>

#include "gpu/texture/access.h"
#include "gpu/texture/image.h"
#include "gpu/texture/sample.h"
#include "gpu/warp/context.h"

// suld, sust and sured for one lane.
namespace vgpu::texture {

using Elements = std::array<std::uint64_t, 4>;  // what a lane loads or stores, low bits first

// Each says how the access failed: FaultKind::None when it did not, IllegalAddress outside of the surface where the
// instruction wants a trap, MisalignedAddress where a byte offset is no multiple of the access's size.
FaultKind load(const Image& image, const Access& access, const Coordinates& coordinates, Elements& result);
FaultKind store(const Image& image, const Access& access, const Coordinates& coordinates, const Elements& data);
FaultKind reduce(const Image& image, const Access& access, const Coordinates& coordinates, std::uint64_t value);

}  // namespace vgpu::texture
