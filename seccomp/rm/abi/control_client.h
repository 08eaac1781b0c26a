#pragma once

#include <cstdint>

// Parameters of controls of a client (0x0000xxxx). Layouts: ctrl0000gpu.h, ctrl0000system.h and their like of NVIDIA's
// open kernel modules, the same in branches 535 and 550 unless said.
namespace vgpu::rm::abi {

inline constexpr std::uint32_t kNoGpu = 0xffffffff;

// GPU_GET_PROBED_IDS has 2 lists of 32 numbers: those that are there, and those that are excluded.
struct GpuIdList {
  std::uint32_t ids[32];
};

struct GpuPciInfo {
  std::uint32_t gpu_id, domain;
  std::uint16_t bus, slot;
};
static_assert(sizeof(GpuPciInfo) == 12);

struct GpuDrainState {
  std::uint32_t gpu_id, state, flags;
};

struct GpuIdInfo {
  std::uint32_t gpu_id, flags, device_instance, subdevice_instance;
  std::uint64_t name;  // address; may be 0
  std::uint32_t sli_status, board_id, gpu_instance;
  std::int32_t numa_node;
};
static_assert(sizeof(GpuIdInfo) == 40);

struct GpuIdInfo2 {
  std::uint32_t gpu_id, flags, device_instance, subdevice_instance, sli_status, board_id, gpu_instance;
  std::int32_t numa_node;
};
static_assert(sizeof(GpuIdInfo2) == 32);

inline constexpr std::uint32_t kUuidBinary = 2;  // in the flags: 16 bytes rather than text
struct GpuUuid {
  std::uint32_t gpu_id, flags;
  std::uint8_t uuid[256];
  std::uint32_t length;
};
static_assert(sizeof(GpuUuid) == 268);

struct BuildVersion {
  std::uint32_t string_size;
  std::uint32_t padding;
  std::uint64_t driver_version, version, title;  // addresses
  std::uint32_t change_list, official_change_list;
};
static_assert(sizeof(BuildVersion) == 40);

// 1 system memory, 2 video memory, 3 registers
inline constexpr std::uint32_t kSystemMemory = 1, kVideoMemory = 2, kRegisters = 3;
struct AddressSpaceType {
  std::uint32_t object, map_flags, type;
};

}  // namespace vgpu::rm::abi
