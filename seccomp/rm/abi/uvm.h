#pragma once

#include <cstdint>

// Parameters of requests of /dev/nvidia-uvm: uvm_ioctl.h of NVIDIA's open kernel modules.
namespace vgpu::rm::abi {

struct UvmRegisterGpu {
  std::uint8_t uuid[16];
  std::uint8_t numa_enabled, padding[3];
  std::int32_t numa_node;
  std::int32_t control_descriptor;
  std::uint32_t client, address_space;
  std::uint32_t status;
};
static_assert(sizeof(UvmRegisterGpu) == 40);

struct UvmRangeGroup {
  std::uint64_t id;
  std::uint32_t status;
};

struct UvmRange {
  std::uint64_t base, length;
};

// The beginning of MAP_EXTERNAL_ALLOCATION, and its end behind one set of attributes for each GPU that there may be.
struct UvmExternalRange {
  std::uint64_t base, length, offset;
};
struct UvmExternalMemory {
  std::uint64_t attributes_count;
  std::int32_t control_descriptor;
  std::uint32_t client, memory;
  std::uint32_t status;
};
static_assert(sizeof(UvmExternalMemory) == 24);

}  // namespace vgpu::rm::abi
