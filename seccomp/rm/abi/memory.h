#pragma once

#include <cstdint>

// Memory of the resource manager: classes and attributes (cl003e.h, cl0040.h, cl0070.h, cl0071.h, nvos.h of NVIDIA's
// open kernel modules).
namespace vgpu::rm::abi {

inline constexpr std::uint32_t kSystemMemoryClass = 0x3e;
inline constexpr std::uint32_t kVideoMemoryClass = 0x40;
inline constexpr std::uint32_t kVirtualMemoryClass = 0x70;
inline constexpr std::uint32_t kOsDescriptorClass = 0x71;  // memory that the application has already

// NV_MEMORY_ALLOCATION_PARAMS as branch 535 has it; 550 has 8 bytes more, of which nothing is used.
struct MemoryParameters {
  std::uint32_t owner, type, flags, width, height, pitch, attributes, attributes2, format, compression, depth, padding;
  std::uint64_t range_begin, range_end, size, alignment, offset, limit, address;
  std::uint32_t compression_tags, address_space, internal_flags, tag;
};
static_assert(sizeof(MemoryParameters) == 120);

// NVOS32_ATTR_LOCATION
inline constexpr std::uint32_t kLocationShift = 25, kLocationMask = 3, kLocationVideo = 0, kLocationPci = 1;

// VOLTA_USERMODE_A 0xc361, TURING 0xc461, AMPERE 0xc561, HOPPER 0xc661
constexpr bool is_user_mode_class(std::uint32_t number) {
  return (number & 0xfffff0ff) == 0xc061 && number >= 0xc361;
}

}  // namespace vgpu::rm::abi
