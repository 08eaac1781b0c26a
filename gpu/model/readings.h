#pragma once

#include "gpu/model/profile.h"

// What a real card's sensors and firmware would say. A vGPU has none of them: its clocks, temperature and power are
// modelled, as functions of how busy its engine is, here once so that every API gives the same.
//
// An idle device is in performance state P8, with the low clocks that cards have there. As soon as it has anything to
// do it is in P0, with the clocks of its profile. Temperature and power grow evenly with the utilisation: from 35 to
// 70 degrees, and from an eighth to nine tenths of the power limit. There is no inertia.
namespace vgpu::model {

inline constexpr unsigned kSlowdownTemperature = 90;  // degrees Celsius
inline constexpr unsigned kShutdownTemperature = 95;  // degrees Celsius
inline constexpr unsigned kBar1Size = 256;            // MiB
inline constexpr const char* kVbiosVersion = "00.00.00.00.00";

struct Readings {
  unsigned temperature;  // degrees Celsius
  unsigned power_mw;
  unsigned graphics_clock_mhz, sm_clock_mhz, memory_clock_mhz, video_clock_mhz;
  unsigned performance_state;  // 0 to 15: P0 is the fastest
};

// At a utilisation in percent; more than 100 is taken for 100. The clocks at 100 are the highest that there are.
Readings readings_at(const Profile& profile, unsigned utilisation_percent);

// Percent of the time in which device memory was read or written, from the device's utilisation.
unsigned memory_utilisation_at(unsigned utilisation_percent);

// The lowest power limit that could be set. The default and the highest one are the profile's.
unsigned minimum_power_limit_mw(const Profile& profile);

// A serial number of 13 digits, as a card has, from the device's UUID.
std::string serial_number(const Device& device);

}  // namespace vgpu::model
