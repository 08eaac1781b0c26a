#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci/cdi_device.h"
#include "oci/config.h"

// Files of the Container Device Interface (SPEC.md of cncf-tags/container-device-interface).
namespace vgpu::oci {

struct CdiOptions {
  std::string kind = "vgpu.dev/gpu";  // VENDOR/CLASS
  unsigned count = 1;                 // of the devices 0, 1, …
  DeviceFields fields;                // of all devices; their profile is that of the devices 0, 1, …
  std::vector<std::string> profiles;  // that have a device of their name
};

// The specification: devices `0`, `1`, …, `all` of them, and one for each profile. Fails when the kind is no name that
// engines take, or what the devices are could not be given by this machine.
Expected<Config> cdi_specification(const CdiOptions& options, const std::string& hook_program, const Limits& limits);

// The name of the file for a kind, as CDI recommends: "vgpu.dev-gpu.json".
std::string cdi_file_name(std::string_view kind);

// The devices of a specification that are vgpu's, as KIND=NAME; empty when it is not of vgpu's making.
struct ListedDevice {
  std::string name;
  CdiDevice device;
};
std::vector<ListedDevice> listed_devices(const Config& specification);

// The folders in which engines look for specifications.
inline constexpr const char* kCdiFolders[] = {"/etc/cdi", "/var/run/cdi"};

}  // namespace vgpu::oci
