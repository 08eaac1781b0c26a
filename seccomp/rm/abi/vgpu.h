#pragma once

#include <atomic>
#include <cstdint>

// What vgpu adds to NVIDIA's ABI for its own libraries: one class, allocated below a subdevice without parameters. A
// client that has an object of it is shown as a compute process of that device. The object holds what the process'
// engine has allocated of the device's memory, and one page, mapped by NV_ESC_RM_MAP_MEMORY like any memory, by which
// the process tells how busy its engine is.
namespace vgpu::rm::abi {

inline constexpr std::uint32_t kActivityClass = 0x76677075;  // "vgpu"; NVIDIA's class numbers have 16 bits

// NV_ESC_RM_CONTROL on such an object. Status NoMemory: the device has not as much memory left; nothing has changed.
inline constexpr std::uint32_t kActivityCharge = 0x76670001;
struct ChargeParameters {
  std::int64_t change;  // bytes to add to what the object holds, or to take from it; 0 only asks
  std::uint64_t held;   // answer: bytes that the object holds
  std::uint64_t free;   // answer: bytes of the device that nobody holds
  std::uint64_t total;  // answer: bytes of the device
};
static_assert(sizeof(ChargeParameters) == 32);

// Written by the process that maps it, read by the driver, which trusts nothing in it but that it is numbers.
struct ActivityPage {
  std::atomic<std::uint64_t> busy;        // nanoseconds for which at least one kernel ran, up to the last idle moment
  std::atomic<std::uint64_t> busy_since;  // CLOCK_MONOTONIC, nanoseconds; 0 while idle
};
inline constexpr std::uint64_t kActivityPageSize = 4096;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(ActivityPage) <= kActivityPageSize);

}  // namespace vgpu::rm::abi
