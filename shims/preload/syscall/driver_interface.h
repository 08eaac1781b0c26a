#pragma once

#include <climits>
#include <cstdint>

// What libvgpu-syscall.so asks of libvgpu-driver.so, which it loads when a program first names a path of the driver's.
// The two are built together and lie in the same folder. No function changes errno, and none throws.
namespace vgpu::preload {

// The path, or the descriptor, is none of the driver's: the kernel's answer counts.
inline constexpr int kNotOurs = INT_MIN;

enum class EntryKind : std::uint8_t {
  Node,          // a character device
  File,          // a text to read
  Folder,        // with entries of the driver's only
  SharedFolder,  // with entries of the driver's beside the kernel's
};

struct Entry {
  EntryKind kind = EntryKind::File;
  std::uint64_t device = 0;  // number of a node
  std::uint64_t size = 0;    // bytes of a file
};

struct DriverInterface {
  // A new descriptor for an absolute path, a negative errno, or kNotOurs. `flags` are those of open(2).
  int (*open)(const char* path, int flags);
  // Carries out an ioctl(2): 0, a negative errno, or kNotOurs.
  int (*ioctl)(int descriptor, std::uint32_t request, std::uint64_t argument);
  // What an absolute path names: 0, a negative errno, or kNotOurs.
  int (*look_up)(const char* path, Entry* entry);
  // The name of an entry of a folder by its number, which the caller must not change: nullptr behind the last one.
  const char* (*name_in)(const char* folder, unsigned number, EntryKind* kind);
};

// The driver of this process; nullptr when /etc/vgpu/device.json names no device.
using MakeDriver = const DriverInterface* (*)();
inline constexpr const char* kDriverLibrary = "libvgpu-driver.so";
inline constexpr const char* kMakeDriver = "vgpu_make_driver";

}  // namespace vgpu::preload
