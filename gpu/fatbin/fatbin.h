#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

// Fat binaries: the containers of PTX and machine code that nvcc puts into programs. Layouts: reference of this
// project, measured on binaries of CUDA 12.2 to 13.1.
namespace vgpu::fatbin {

inline constexpr std::uint32_t kContainerMagic = 0xBA55ED50;
inline constexpr std::uint32_t kWrapperMagic = 0x466243B1;

enum class Kind : std::uint8_t { Ptx, Elf, Other };

inline constexpr std::uint64_t kFlagLz4 = 0x2000;
inline constexpr std::uint64_t kFlagZstd = 0x8000;
inline constexpr std::uint64_t kFlagFamilySpecific = 0x100000;  // sm_100f: usable within its family only
inline constexpr std::uint64_t kFlagArchSpecific = 0x1000000;   // sm_90a: usable on exactly this architecture

// One image in a container. Nothing is decompressed by listing it.
struct Entry {
  Kind kind = Kind::Other;
  unsigned arch = 0;         // 61 for sm_61
  unsigned ptx_version = 0;  // 84 for PTX 8.4; for Elf the container format's own version
  std::uint64_t flags = 0;
  std::span<const std::byte> payload;   // as stored; inside the container
  std::uint64_t uncompressed_size = 0;  // bytes; the payload's own size when it is not compressed
  std::string name;                     // often empty
};

// The whole container that begins at `image`, which is the container itself or the wrapper around one. Reads the heads
// only, and believes the size in them: for images that the program itself has registered. Fails when it is neither.
Expected<std::span<const std::byte>> find_container(const void* image);

// Lists a container's entries. Reads nothing outside the span; fails with the offset of what is wrong.
Expected<std::vector<Entry>> read_container(std::span<const std::byte> container);

// The entry's contents, decompressed; for PTX without the NULs at its end. At most 1 GiB.
Expected<std::string> unpack(const Entry& entry);

// The newest PTX that a device of this compute capability (61 for 6.1) may use. Where there is none, but machine code
// that the device would run, the oldest PTX for newer devices: programs often have PTX for the newest only. nullptr
// when there is neither.
const Entry* choose_ptx(std::span<const Entry> entries, unsigned compute_capability);

}  // namespace vgpu::fatbin
