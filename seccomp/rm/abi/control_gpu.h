#pragma once

#include <cstdint>

// Parameters of controls of a device (0x0080xxxx) and of a subdevice (0x2080xxxx). Layouts: ctrl0080gpu.h,
// ctrl2080gpu.h, ctrl2080bus.h, ctrl2080fb.h, ctrl2080gr.h, ctrl2080mc.h, ctrl2080tmr.h of NVIDIA's open kernel
// modules.
namespace vgpu::rm::abi {

// An index and what it stands for: the entries of the many *_GET_INFO lists.
struct IndexedValue {
  std::uint32_t index, value;
};

// A list in the parameters themselves (…_GET_INFO_V2): a count and then so many entries.
struct InfoList {
  std::uint32_t count;
  IndexedValue entries[1];
};
// One that the parameters point to.
struct InfoPointer {
  std::uint32_t count;
  std::uint32_t padding;
  std::uint64_t entries;  // address
};

struct NameString {
  std::uint32_t flags;
  char ascii[64];  // or UTF-16 in twice as many bytes
  char rest[64];
};
static_assert(sizeof(NameString) == 132);

struct GpuGid {
  std::uint32_t index, flags, length;
  std::uint8_t data[256];
};
static_assert(sizeof(GpuGid) == 268);

struct ArchitectureInfo {
  std::uint32_t architecture, implementation, revision;
  std::uint8_t subrevision;
  std::uint8_t padding[3];
};
static_assert(sizeof(ArchitectureInfo) == 16);

struct PciInfo {
  std::uint32_t device_id, subsystem_id, revision_id, extended_device_id;
};

struct PciBar {
  std::uint32_t flags, size_mib;
  std::uint64_t size, offset;
};
struct PciBars {
  std::uint32_t count, padding;
  PciBar bars[8];
};
static_assert(sizeof(PciBars) == 200);

struct TimeSample {
  std::uint64_t cpu, gpu;
};
struct TimeCorrelation {
  std::uint8_t clock, count;
  std::uint8_t padding[6];
  TimeSample samples[16];
};
static_assert(sizeof(TimeCorrelation) == 264);

struct ProcessIds {
  std::uint32_t kind, id, count;  // kind 0: `id` is a class, and processes are asked that have objects of it
  std::uint32_t processes[950];
};
static_assert(sizeof(ProcessIds) == 3812);

struct ProcessInfo {
  std::uint32_t process, index, result, padding;
  std::uint64_t private_memory, shared_owned_memory, shared_duplicate_memory;
  std::uint64_t protected_memory[3];
  std::uint32_t compute_instance, gpu_instance;
};
static_assert(sizeof(ProcessInfo) == 72);
struct ProcessInfoList {
  std::uint32_t count, padding;
  ProcessInfo entries[200];
};
static_assert(sizeof(ProcessInfoList) == 14408);

struct ClassList {
  std::uint32_t count;
  std::uint32_t classes[160];
};
static_assert(sizeof(ClassList) == 644);

struct EngineList {
  std::uint32_t count;
  std::uint32_t engines[62];
};
static_assert(sizeof(EngineList) == 252);

struct MultiprocessorPlace {
  std::uint16_t graphics_cluster, local_texture_cluster, local_multiprocessor, texture_cluster,
      virtual_graphics_cluster, migratable_texture_cluster;
};

}  // namespace vgpu::rm::abi
