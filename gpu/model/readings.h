#pragma once

#include "gpu/model/profile.h"

// What a real card's sensors and firmware would say. A vGPU has none: these are one set of plausible, constant
// readings, here once so that every API gives the same.
namespace vgpu::model {

inline constexpr unsigned kTemperature = 35;          // degrees Celsius
inline constexpr unsigned kSlowdownTemperature = 90;  // degrees Celsius
inline constexpr unsigned kShutdownTemperature = 95;  // degrees Celsius
inline constexpr unsigned kBar1Size = 256;            // MiB
inline constexpr const char* kVbiosVersion = "00.00.00.00.00";

// Power drawn: an idle card's, in mW.
inline unsigned power_usage_mw(const Profile& profile) {
  return profile.power_limit_mw / 8;
}

// A serial number of 13 digits, as a card has, from the device's UUID.
std::string serial_number(const Device& device);

}  // namespace vgpu::model
