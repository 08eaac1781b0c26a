#pragma once

#include <cstdint>

#include "gpu/ptx/types.h"
#include "gpu/texture/registry.h"

namespace vgpu::texture {

// txq and suq. Channel types and orders have OpenCL's numbers, as the PTX manual lists them for its textures.
std::uint32_t query(const Object& object, ptx::ImageQuery what);

}  // namespace vgpu::texture
