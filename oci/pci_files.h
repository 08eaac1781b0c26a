#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci/driver_files.h"

namespace vgpu::oci {

// The files of a device's folder in /sys/bus/pci/devices, by their names in it. `cpu_list` is as driver_files has it.
std::vector<File> pci_files(const model::Device& device, std::string_view cpu_list);

// The CPUs of a list as a mask, as Linux prints it: "0-3,40" is "100,0000000f".
std::string cpu_mask(std::string_view cpu_list);

}  // namespace vgpu::oci
