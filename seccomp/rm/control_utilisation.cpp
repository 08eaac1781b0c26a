#include <algorithm>

#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/telemetry.h"

// Controls of how busy a GPU is. In no header of 535: observed with nvidia-smi 535 and 550.
// The second is documented in 550's ctrl2080perf.h under a new number.
namespace vgpu::rm {
namespace {

constexpr std::uint32_t kSamplingPeriod = 167000;  // microseconds: a sixth of a second

}  // namespace

abi::Status utilisation(ControlCall& call) {
  std::ranges::fill(call.parameters, std::byte{});
  const unsigned percent = call.driver.activity().utilisation(call.object.device);
  call.word(8) = percent;
  call.word(24) = model::memory_utilisation_at(percent);
  return abi::Status::Ok;
}

abi::Status media_utilisation(ControlCall& call) {
  // There are no engines for video: 0 percent of each, whichever the first word asks for. Then the period of the
  // samples.
  call.word(4) = 0;
  call.word(8) = kSamplingPeriod;
  return abi::Status::Ok;
}

}  // namespace vgpu::rm
