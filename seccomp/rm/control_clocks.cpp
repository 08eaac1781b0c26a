#include <algorithm>
#include <span>

#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/telemetry.h"

// Controls of clocks. They are in no header: observed with nvidia-smi and libcuda 535 and 550.
namespace vgpu::rm {
namespace {

using abi::Status;

// Domains, one bit each, as these controls name them.
constexpr std::uint32_t kGraphics = 0x1, kMemory = 0x4, kVideo = 0x8, kMemoryOfChip = 0x10;
constexpr std::uint32_t kAllDomains = kGraphics | kMemory | kVideo;

struct ClockReading {
  std::uint32_t flags, domain, actual_khz, khz;
};
struct ClockReadings {
  std::uint32_t flags, count;
  ClockReading entries[96];
};
static_assert(sizeof(ClockReadings) == 1544);

// Which clock of the chip each of the domains that a program asks for is, and its ratio to that in percent.
struct DomainEntry {
  std::uint32_t domain, chip_domain, numerator, denominator;
};
struct DomainMap {
  std::uint32_t flags, count;
  DomainEntry entries[32];
};
static_assert(sizeof(DomainMap) == 520);

struct HighestClock {
  std::uint32_t domain, lowest_khz, highest_khz, flags;
};
struct HighestClocks {
  std::uint32_t words[4];
  std::uint32_t count;
  HighestClock entries[32];
};
static_assert(sizeof(HighestClocks) == 532);

std::uint32_t present_khz(const ControlCall& call, std::uint32_t domain) {
  const model::Readings readings = readings_of(call);
  switch (domain) {
    case kMemory:
    case kMemoryOfChip:
      return readings.memory_clock_mhz * 1000;
    case kVideo:
      return readings.video_clock_mhz * 1000;
    default:
      return readings.graphics_clock_mhz * 1000;
  }
}

}  // namespace

Status clock_domains(ControlCall& call) {
  call.word(0) = 0;
  call.word(4) = kAllDomains;
  return Status::Ok;
}

Status clock_programmable_domains(ControlCall& call) {
  // What libcuda and NVML take for "all that there are": observed to be enough.
  call.word(0) = 0x03fc007f;
  call.word(4) = 0;
  return Status::Ok;
}

Status clock_domain_map(ControlCall& call) {
  auto& map = call.as<DomainMap>();
  if (map.count > std::size(map.entries)) return Status::InvalidArgument;
  for (DomainEntry& entry : std::span(map.entries).first(map.count)) {
    if ((entry.domain & kAllDomains) == 0) return Status::InvalidArgument;
    entry = {entry.domain, entry.domain == kMemory ? kMemoryOfChip : entry.domain, 1, 100};
  }
  return Status::Ok;
}

Status clock_readings(ControlCall& call) {
  for (ClockReading& entry : call.as<ClockReadings>().entries) {
    if (entry.domain == 0) break;
    entry.khz = entry.actual_khz = present_khz(call, entry.domain);
  }
  return Status::Ok;
}

Status clock_slowdown(ControlCall& call) {
  // A clock is what it was read as, times the second word by the third.
  call.word(4) = 1;
  call.word(8) = 1;
  return Status::Ok;
}

Status clock_limits(ControlCall& call) {
  auto& limits = call.as<HighestClocks>();
  const model::Profile& profile = call.device().profile;
  limits.entries[0].highest_khz = profile.core_clock_khz;
  limits.entries[1].highest_khz = profile.memory_clock_khz;
  return Status::Ok;
}

Status clock_limiters(ControlCall& call) {
  // A mask of what may keep clocks low; any but 0 makes NVML ask for their status.
  std::ranges::fill(call.parameters, std::byte{});
  call.word(16) = 1;
  return Status::Ok;
}

Status clock_limiters_status(ControlCall& call) {
  constexpr std::uint32_t kIdle = 1u << 4;
  call.word(76) = readings_of(call).performance_state == 0 ? 0 : kIdle;
  return Status::Ok;
}

}  // namespace vgpu::rm
