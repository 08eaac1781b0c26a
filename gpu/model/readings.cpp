#include "gpu/model/readings.h"

#include <algorithm>

namespace vgpu::model {
namespace {

constexpr unsigned kIdleTemperature = 35, kBusyTemperature = 70;              // degrees Celsius
constexpr unsigned kIdleCoreClock = 300, kIdleMemoryClock = 405;              // MHz
constexpr unsigned kVideoPercent = 90;                                        // of the core's clock
constexpr unsigned kIdlePowerPerMille = 125, kBusyPowerPerMille = 900;        // of the limit
constexpr unsigned kMinimumPowerNumerator = 6, kMinimumPowerDenominator = 7;  // of the limit: a T4's is 60 of 70 W

unsigned between(unsigned idle, unsigned busy, unsigned percent) {
  return idle + (busy - idle) * percent / 100;
}

unsigned per_mille(unsigned value, unsigned share) {
  return static_cast<unsigned>(std::uint64_t{value} * share / 1000);
}

}  // namespace

Readings readings_at(const Profile& profile, unsigned utilisation_percent) {
  const unsigned percent = std::min(utilisation_percent, 100u);
  const bool idle = percent == 0;
  const unsigned core = idle ? std::min(kIdleCoreClock, profile.core_clock_khz / 1000) : profile.core_clock_khz / 1000;
  const unsigned memory =
      idle ? std::min(kIdleMemoryClock, profile.memory_clock_khz / 1000) : profile.memory_clock_khz / 1000;
  return {.temperature = between(kIdleTemperature, kBusyTemperature, percent),
          .power_mw = between(per_mille(profile.power_limit_mw, kIdlePowerPerMille),
                              per_mille(profile.power_limit_mw, kBusyPowerPerMille), percent),
          .graphics_clock_mhz = core,
          .sm_clock_mhz = core,
          .memory_clock_mhz = memory,
          .video_clock_mhz = core * kVideoPercent / 100,
          .performance_state = idle ? 8u : 0u};
}

unsigned memory_utilisation_at(unsigned utilisation_percent) {
  return std::min(utilisation_percent, 100u) / 2;
}

unsigned minimum_power_limit_mw(const Profile& profile) {
  return profile.power_limit_mw / kMinimumPowerDenominator * kMinimumPowerNumerator;
}

}  // namespace vgpu::model
