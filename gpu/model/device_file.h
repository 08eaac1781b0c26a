#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gpu/model/profile.h"

// How a container's devices are told to the libraries in it. /etc/vgpu/device.json holds
// {"version":1,"devices":[{"profile":"t4","memory":BYTES,"uuid":"GPU-…","cores":PERCENT}]}; all but "profile" may be
// missing. "memory" may exceed the profile's: the memory is the machine's, not a card's.
namespace vgpu::model {

inline constexpr const char* kDeviceFile = "/etc/vgpu/device.json";
inline constexpr const char* kDefaultProfile = "p4";
inline constexpr unsigned kMaximumDevices = 16;

// Device `ordinal` of a container: PCI address and minor number follow from the ordinal.
Device make_device(Profile profile, unsigned ordinal);

// The file's text for these devices, and back. The second fails with what is malformed.
std::string device_json(const std::vector<Device>& devices);
Expected<std::vector<Device>> parse_device_json(std::string_view text);

// The devices that VGPU_PROFILE_NAME, VGPU_MEMORY, VGPU_COUNT and VGPU_UUID describe, one default device if none is
// set. `variable` is getenv's like. `seed` names the machine, for UUIDs. Fails with the variable, its value and why.
using Environment = std::function<const char*(const char* name)>;
Expected<std::vector<Device>> devices_from_environment(const Environment& variable, std::string_view seed);

// What the driver stack claims for these devices.
const DriverVersions& versions_for(const std::vector<Device>& devices);

}  // namespace vgpu::model
