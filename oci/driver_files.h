#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gpu/model/profile.h"
#include "oci/plan.h"

// What a machine with NVIDIA's driver shows of it in procfs and sysfs. File names are paths without the first slash.
namespace vgpu::oci {

// Folders of these file systems that are shown with something added.
inline constexpr std::string_view kDriverFolder = "proc/driver";
inline constexpr std::string_view kPciFolder = "sys/bus/pci/devices";
inline constexpr std::string_view kModuleFolder = "sys/module";
inline constexpr std::string_view kDeviceNumbersFile = "proc/devices";

// The files below the three folders: those of nv-procfs.c (NVIDIA's open kernel modules), of
// Documentation/ABI/testing/sysfs-bus-pci, and the version of the module. The driver's parameters say that nobody is to
// make device files. `cpu_list` is the machine's CPUs as /sys/devices/system/cpu/online has them, "0-3,8": all are
// near.
std::vector<File> driver_files(const std::vector<model::Device>& devices, const model::DriverVersions& versions,
                               std::string_view cpu_list);

// /proc/devices with the driver's character devices added to those of the machine.
std::string with_driver_numbers(std::string_view device_numbers);

}  // namespace vgpu::oci
