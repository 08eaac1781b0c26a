#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci/config.h"
#include "oci/request.h"

// Devices of the Container Device Interface (CDI). What an engine takes from a CDI specification into a container's
// configuration is, for each device of vgpu's, one hook: `vgpu-hook cdi NAMES FIELD=VALUE…`. Its arguments are the
// device: NAMES, separated by commas, are the devices that it stands for (`all` is several), and the fields those of
// the annotations (oci/annotation_keys.h). Nothing of it comes from the image.
namespace vgpu::oci {

inline constexpr const char* kCdiStage = "cdi";

struct CdiDevice {
  std::vector<std::string> names;
  DeviceFields fields;
};

// The hook's arguments, with its name as the first, and back. nullopt: they are another hook's.
std::vector<std::string> cdi_arguments(const CdiDevice& device);
std::optional<CdiDevice> parse_cdi_arguments(const std::vector<std::string>& arguments);

// What the devices in a configuration are together: the fields that they have, and as the count how many there are,
// each name once. Empty when it has none. Fails when they differ: a container's devices are all alike.
Expected<DeviceFields> cdi_fields(const Config& config);

// What a container asks for, by its annotations and its CDI devices: parse_request of both.
Expected<std::optional<Request>> request_of(const Config& config, const Limits& limits);

}  // namespace vgpu::oci
