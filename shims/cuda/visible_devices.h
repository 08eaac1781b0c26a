#pragma once

#include <string_view>
#include <vector>

#include "gpu/model/profile.h"

namespace vgpu::cuda {

// Ordinals of the devices that CUDA_VISIBLE_DEVICES leaves, in its order. Entries are ordinals or "GPU-" and the start
// of a UUID that means one device; as CUDA documents, the first entry that is none of these ends the list, and a
// device named twice leaves no device at all. A null text leaves all devices.
std::vector<unsigned> visible_devices(const char* text, const std::vector<model::Device>& devices);

}  // namespace vgpu::cuda
