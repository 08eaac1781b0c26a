#pragma once

#include <cstdint>

// ioctl requests of /dev/nvidiactl and /dev/nvidiaN ("escapes") and their parameters: _IOWR('F', number, parameters).
// Layouts: nv_escape.h, nv-ioctl.h, nv-ioctl-numbers.h, nv-unix-nvos-params-wrappers.h and nvos.h of NVIDIA's open
// kernel modules; they are the same in branches 535 and 550 unless said.
namespace vgpu::rm::abi {

using Handle = std::uint32_t;

inline constexpr std::uint32_t kEscapeType = 'F';

inline constexpr std::uint32_t kMaximumDevices = 32;  // NV_MAX_DEVICES

// nv-ioctl.h
struct PciAddress {
  std::uint32_t domain;
  std::uint8_t bus, slot, function, padding;
  std::uint16_t vendor, device;
};
struct CardInfo {
  std::uint8_t valid;
  PciAddress pci;
  std::uint32_t gpu_id;
  std::uint16_t interrupt_line;
  std::uint64_t registers_address, registers_size;
  std::uint64_t memory_address, memory_size;
  std::uint32_t minor;
  char device_name[10];
};
static_assert(sizeof(CardInfo) == 72);

struct VersionString {
  std::uint32_t command;  // 0 strict, '1' relaxed, '2' query
  std::uint32_t reply;    // 1: recognized
  char version[64];
};
static_assert(sizeof(VersionString) == 72);

struct SystemParameters {
  std::uint64_t memory_block_size;
};

struct RegisterDescriptor {
  std::int32_t control_descriptor;
};

// NV_ESC_ALLOC_OS_EVENT and FREE_OS_EVENT
struct OsEvent {
  Handle client, device;
  std::uint32_t descriptor;
  std::uint32_t status;
};

// nvos.h, NVOS00
struct Free {
  Handle root, parent, object;
  std::uint32_t status;
};

// NVOS21 is the first part, without rights, of NVOS64.
struct AllocateShort {
  Handle root, parent, object;
  std::uint32_t object_class;
  std::uint64_t parameters;
  std::uint32_t parameters_size;
  std::uint32_t status;
};
static_assert(sizeof(AllocateShort) == 32);
struct Allocate {
  Handle root, parent, object;
  std::uint32_t object_class;
  std::uint64_t parameters;
  std::uint64_t rights;
  std::uint32_t parameters_size;
  std::uint32_t flags;
  std::uint32_t status;
  std::uint32_t padding;
};
static_assert(sizeof(Allocate) == 48);

// NVOS54
struct Control {
  Handle client, object;
  std::uint32_t command, flags;
  std::uint64_t parameters;
  std::uint32_t parameters_size;
  std::uint32_t status;
};
static_assert(sizeof(Control) == 32);

// NVOS02 with the descriptor
struct AllocateMemory {
  Handle root, parent, object;
  std::uint32_t object_class, flags;
  std::uint32_t padding;
  std::uint64_t address;
  std::uint64_t limit;
  std::uint32_t status;
  std::uint32_t padding2;
  std::int32_t descriptor;
  std::uint32_t padding3;
};
static_assert(sizeof(AllocateMemory) == 56);

// NVOS32 with function 2, ALLOC_SIZE
inline constexpr std::uint32_t kHeapAllocateSize = 2;
inline constexpr std::uint32_t kHeapFree = 3;
inline constexpr std::uint32_t kHeapInfo = 5;
inline constexpr std::uint32_t kHeapFlagVirtual = 0x80000;  // address space only
struct HeapControl {
  Handle root, parent;
  std::uint32_t function;
  Handle address_space;
  std::int16_t ivc_heap;
  std::uint16_t padding;
  std::uint32_t status;
  std::uint64_t total, free;
  union {
    struct {
      std::uint32_t owner;
      Handle memory;
      std::uint32_t type, flags, attributes, format, compression, z_compression, partition_stride, width, height,
          padding;
      std::uint64_t size, alignment, offset, limit, address, range_begin, range_end;
      std::uint32_t attributes2, tag_offset;
    } allocate;
    struct {
      std::uint32_t owner;
      Handle memory;
      std::uint32_t flags;
    } release;
    std::uint8_t bytes[144];
  };
};
static_assert(sizeof(HeapControl) == 184);

// NVOS33 with the descriptor: the next mmap of `descriptor` maps the memory
struct MapMemory {
  Handle client, device, memory;
  std::uint32_t padding;
  std::uint64_t offset, length, linear_address;
  std::uint32_t status, flags;
  std::int32_t descriptor;
  std::uint32_t padding2;
};
static_assert(sizeof(MapMemory) == 56);

// NVOS34
struct UnmapMemory {
  Handle client, device, memory;
  std::uint32_t padding;
  std::uint64_t linear_address;
  std::uint32_t status, flags;
};
static_assert(sizeof(UnmapMemory) == 32);

// NVOS56
struct UpdateMapping {
  Handle client, device, memory;
  std::uint32_t padding;
  std::uint64_t old_address, new_address;
  std::uint32_t status, padding2;
};
static_assert(sizeof(UpdateMapping) == 40);

}  // namespace vgpu::rm::abi
