#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// What a vGPU is: the one source of every number that any API reports.
namespace vgpu::model {

struct Profile {
  std::string id;    // "t4"
  std::string name;  // "Tesla T4", as the driver reports it
  unsigned compute_major = 0, compute_minor = 0;
  std::uint64_t memory = 0;  // bytes
  unsigned multiprocessors = 0;
  unsigned core_clock_khz = 0, memory_clock_khz = 0, memory_bus_bits = 0;
  std::uint64_t l2_cache = 0;                                                                // bytes
  unsigned shared_per_block = 0, shared_per_block_optin = 0, shared_per_multiprocessor = 0;  // bytes
  unsigned reserved_shared_per_block = 0;
  unsigned registers_per_block = 0, registers_per_multiprocessor = 0;
  unsigned threads_per_block = 0, threads_per_multiprocessor = 0, blocks_per_multiprocessor = 0;
  unsigned pci_device_id = 0, pci_subsystem_id = 0;  // as NVML packs them: device << 16 | vendor
  unsigned power_limit_mw = 0, cuda_cores = 0;
  unsigned pcie_generation = 0, pcie_width = 0;
};

// The versions that the driver stack claims; one place, so that all APIs agree.
struct DriverVersions {
  std::string driver;  // "570.124.06"
  int cuda = 0;        // 12080: cuDriverGetVersion
  std::string nvml;    // "12.570.124.06"
};

// One device of a container, as resolved from annotations or, outside a container, from defaults.
struct Device {
  Profile profile;                                       // memory already limited to what was asked for
  std::array<std::uint8_t, 16> uuid{};                   // stable for the container
  unsigned pci_domain = 0, pci_bus = 0, pci_device = 5;  // device 0 is 0000:00:05.0; the next ones count up
  unsigned minor = 0;                                    // /dev/nvidiaN
  unsigned cores = 100;                                  // percent of the machine's CPUs that it may use

  [[nodiscard]] std::string pci_bus_id() const;   // "0000:00:05.0"
  [[nodiscard]] std::string uuid_string() const;  // "GPU-xxxxxxxx-xxxx-…"
};

// Names of the catalogue: p4, t4, a10, a100, l4, h100, ….
std::vector<std::string_view> profile_names();
// Fails for an unknown name: says which there are.
Expected<Profile> find_profile(std::string_view name);

// The devices of this process and the versions: read once from /etc/vgpu/device.json (written by the hook into the
// container) or, where there is none, from VGPU_PROFILE_NAME, VGPU_MEMORY and VGPU_COUNT; else one default device.
// CUDA_VISIBLE_DEVICES is not applied here: that is CUDA's, not the machine's.
const std::vector<Device>& devices();
const DriverVersions& driver_versions();

// Bytes from "8Gi", "8G", "512Mi", "8192" (a plain number is MiB). Fails with the reason.
Expected<std::uint64_t> parse_memory(std::string_view text);

}  // namespace vgpu::model
