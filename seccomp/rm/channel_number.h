#pragma once

#include <cstdint>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/abi/escapes.h"

// The numbers of channels in the hardware.
namespace vgpu::rm {

// Of 12 bits, and as unlike another channel's as handles are.
constexpr std::uint32_t channel_number(abi::Handle channel) {
  return channel & 0xfff;
}

// Where in its page the ring's indices of a channel are when the driver allocates them: those of all channels lie side
// by side, in the order of the numbers. Observed with libcuda 535 and 550, which compare the place with the number.
constexpr std::uint64_t control_place(abi::Handle channel) {
  constexpr std::uint64_t kPage = 4096;
  return channel_number(channel) * abi::kControlSize % kPage;
}

}  // namespace vgpu::rm
