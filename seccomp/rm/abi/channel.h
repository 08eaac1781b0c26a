#pragma once

#include <cstdint>

// Channels: alloc_channel.h, clc46f.h, clc5b5.h, clc5c0.h and their like of NVIDIA's open kernel modules and GPU
// documentation; the same in branches 535 and 550.
namespace vgpu::rm::abi {

// The members of NV_CHANNEL_ALLOC_PARAMS that matter.
struct ChannelParameters {
  std::uint32_t error_memory, buffer_memory;
  std::uint64_t entries_address;
  std::uint32_t entries, flags, context_share, address_space;
  std::uint32_t control_memory[8];
  std::uint64_t control_offset[8];
  std::uint32_t engine_type, channel_id;
  std::uint8_t rest[224];
};
static_assert(sizeof(ChannelParameters) == 360);

// In the control memory: how far the ring is carried out, and how far it is filled.
inline constexpr std::uint64_t kGetOffset = 0x88, kPutOffset = 0x8c;
// The size of what a channel has of it, and the one class of channels that have it of their own (clc06f.h).
inline constexpr std::uint64_t kControlSize = 0x200;
inline constexpr std::uint32_t kPascalChannelClass = 0xc06f;

// An entry of the ring: the address of words, and how many.
constexpr std::uint64_t entry_address(std::uint64_t entry) {
  return entry & 0xfffffffffc;
}
constexpr std::uint32_t entry_words(std::uint64_t entry) {
  return static_cast<std::uint32_t>(entry >> 42 & 0x1fffff);
}

// What is written for an error that stops a channel (NvNotification).
struct ErrorNotifier {
  std::uint64_t time;
  std::uint32_t code;
  std::uint16_t info;
  std::uint16_t status;
};
inline constexpr std::uint32_t kGraphicsException = 13;  // ROBUST_CHANNEL_GR_EXCEPTION
inline constexpr std::uint16_t kErrorStatus = 0xffff;

// Methods of the host of a channel, by their addresses.
enum HostMethod : std::uint32_t {
  kSetObject = 0x00,
  kOldSemaphoreHigh = 0x10,
  kOldSemaphoreLow = 0x14,
  kOldSemaphorePayload = 0x18,
  kOldSemaphoreExecute = 0x1c,
  kSemaphoreAddressLow = 0x5c,
  kSemaphoreAddressHigh = 0x60,
  kSemaphorePayloadLow = 0x64,
  kSemaphorePayloadHigh = 0x68,
  kSemaphoreExecute = 0x6c,
  kFirstOfObject = 0x100,
};

// Methods of a compute object.
enum ComputeMethod : std::uint32_t {
  kInlineLength = 0x180,
  kInlineAddressHigh = 0x188,
  kInlineAddressLow = 0x18c,
  kInlineLaunch = 0x1b0,
  kInlineData = 0x1b4,
  kSendSignal = 0x2b4,
  kLaunchFirst = 0x2bc,
  kLaunchSecond = 0x2c0,
  kLaunchInline = 0x320,
  kReportAddressHigh = 0x1b00,
  kReportAddressLow = 0x1b04,
  kReportPayload = 0x1b08,
  kReportExecute = 0x1b0c,
};

// Methods of a copy object.
enum CopyMethod : std::uint32_t {
  kCopySemaphoreHigh = 0x240,
  kCopySemaphoreLow = 0x244,
  kCopySemaphorePayload = 0x248,
  kCopyLaunch = 0x300,
  kCopyInHigh = 0x400,
  kCopyInLow = 0x404,
  kCopyOutHigh = 0x408,
  kCopyOutLow = 0x40c,
  kCopyInPitch = 0x410,
  kCopyOutPitch = 0x414,
  kCopyLineLength = 0x418,
  kCopyLineCount = 0x41c,
  kCopyConstantA = 0x700,
  kCopyConstantB = 0x704,
  kCopyRemap = 0x708,
};

}  // namespace vgpu::rm::abi
