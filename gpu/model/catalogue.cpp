#include <array>

#include "gpu/model/profile.h"

namespace vgpu::model {
namespace {

// One row of the table that CMake makes of profiles/*.json; the members' names are the JSON's keys.
struct Row {
  std::string_view id, name;
  unsigned compute_major, compute_minor, memory_mib, multiprocessors, core_clock_khz, memory_clock_khz, memory_bus_bits,
      l2_cache_kib, shared_per_block, shared_per_block_optin, shared_per_multiprocessor, reserved_shared_per_block,
      registers_per_block, registers_per_multiprocessor, threads_per_block, threads_per_multiprocessor,
      blocks_per_multiprocessor, pci_device_id, pci_subsystem_id, power_limit_mw, cuda_cores, pcie_generation,
      pcie_width;
};

constexpr auto kRows = std::to_array<Row>({
#include "profiles.inc"
});

Profile to_profile(const Row& row) {
  return {.id = std::string(row.id),
          .name = std::string(row.name),
          .compute_major = row.compute_major,
          .compute_minor = row.compute_minor,
          .memory = std::uint64_t{row.memory_mib} << 20,
          .multiprocessors = row.multiprocessors,
          .core_clock_khz = row.core_clock_khz,
          .memory_clock_khz = row.memory_clock_khz,
          .memory_bus_bits = row.memory_bus_bits,
          .l2_cache = std::uint64_t{row.l2_cache_kib} << 10,
          .shared_per_block = row.shared_per_block,
          .shared_per_block_optin = row.shared_per_block_optin,
          .shared_per_multiprocessor = row.shared_per_multiprocessor,
          .reserved_shared_per_block = row.reserved_shared_per_block,
          .registers_per_block = row.registers_per_block,
          .registers_per_multiprocessor = row.registers_per_multiprocessor,
          .threads_per_block = row.threads_per_block,
          .threads_per_multiprocessor = row.threads_per_multiprocessor,
          .blocks_per_multiprocessor = row.blocks_per_multiprocessor,
          .pci_device_id = row.pci_device_id,
          .pci_subsystem_id = row.pci_subsystem_id,
          .power_limit_mw = row.power_limit_mw,
          .cuda_cores = row.cuda_cores,
          .pcie_generation = row.pcie_generation,
          .pcie_width = row.pcie_width};
}

}  // namespace

std::vector<std::string_view> profile_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.id);
  return names;
}

Expected<Profile> find_profile(std::string_view name) {
  std::string known;
  for (const Row& row : kRows) {
    if (row.id == name) return to_profile(row);
    known += known.empty() ? "" : ", ";
    known += row.id;
  }
  return failure("profile \"" + std::string(name) + "\": unknown; there are " + known);
}

}  // namespace vgpu::model
