#pragma once

#include <cstdint>
#include <string>

#include "gpu/model/profile.h"
#include "seccomp/rm/driver.h"

// How the driver names and numbers GPUs and itself.
namespace vgpu::rm {

// The size of the window (BAR 1) by which a CPU reaches a GPU's memory, bytes.
inline constexpr std::uint64_t kMemoryWindowSize = std::uint64_t{256} << 20;

// The number that stands for a GPU: domain, bus and device (gpuGenerate32BitId of the open kernel modules).
std::uint32_t gpu_id(const model::Device& device);

// The device with this number; nullptr when there is none.
const model::Device* find_device(const Driver& driver, std::uint32_t id);

// Writes a device's UUID to `target` of 256 bytes, as 16 bytes or as text with its final 0, and gives its length.
std::uint32_t write_uuid(const model::Device& device, bool binary, std::uint8_t* target);

// The version of user-space ("535.309.01"), or the model's where a process has none of NVIDIA's libraries (0).
std::string version_of(const Driver& driver, std::uint64_t version);

// 0x705 for compute capability 7.5.
std::uint32_t sm_version(const model::Profile& profile);

}  // namespace vgpu::rm
