#include <algorithm>

#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/control_handlers.h"

// Controls of a GPU's clock, which is the machine's.
namespace vgpu::rm {
namespace {

constexpr std::uint8_t kClockMask = 0xf, kOperatingSystemTime = 1;  // of TimeCorrelation::clock; in microseconds

}  // namespace

abi::Status time_now(ControlCall& call) {
  call.as<std::uint64_t>() = call.driver.host().real_time();
  return abi::Status::Ok;
}

abi::Status time_correlation(ControlCall& call) {
  auto& parameters = call.as<abi::TimeCorrelation>();
  const std::size_t count = std::min<std::size_t>(parameters.count, std::size(parameters.samples));
  const bool microseconds = (parameters.clock & kClockMask) == kOperatingSystemTime;
  for (std::size_t index = 0; index < count; ++index) {
    const std::uint64_t now = call.driver.host().real_time();
    parameters.samples[index] = {microseconds ? now / 1000 : now, now};
  }
  return abi::Status::Ok;
}

}  // namespace vgpu::rm
