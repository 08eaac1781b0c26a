// Sensors, clocks, power and modes.
#include "gpu/model/readings.h"

#include <ctime>

#include "shims/nvml/api.h"
#include "shims/nvml/devices.h"

namespace vgpu::nvml::api {
namespace {

constexpr int kClockTypes = 4;
enum ClockType : int { kGraphicsClock, kSmClock, kMemoryClock, kVideoClock };

unsigned clock_of(const model::Readings& readings, int type) {
  switch (type) {
    case kMemoryClock:
      return readings.memory_clock_mhz;
    case kVideoClock:
      return readings.video_clock_mhz;
    case kSmClock:
      return readings.sm_clock_mhz;
    default:
      return readings.graphics_clock_mhz;
  }
}

nvmlReturn_t answer_clock(nvmlDevice_t device, int type, unsigned* megahertz) {
  if (type < 0 || type >= kClockTypes) return kInvalidArgument;
  return answer(device, megahertz, [&](const model::Device& found) { return clock_of(readings_of(found), type); });
}

nvmlReturn_t answer_highest_clock(nvmlDevice_t device, int type, unsigned* megahertz) {
  constexpr unsigned kBusy = 100;
  if (type < 0 || type >= kClockTypes) return kInvalidArgument;
  return answer(device, megahertz,
                [&](const model::Device& found) { return clock_of(model::readings_at(found.profile, kBusy), type); });
}

nvmlReturn_t answer_constant(nvmlDevice_t device, unsigned* result, unsigned value) {
  return answer(device, result, [&](const model::Device&) { return value; });
}

nvmlReturn_t answer_power_limit(nvmlDevice_t device, unsigned* milliwatts) {
  return answer(device, milliwatts, [](const model::Device& found) { return found.profile.power_limit_mw; });
}

// A list of one clock.
nvmlReturn_t list_clock(nvmlDevice_t device, int type, unsigned* count, unsigned* megahertz) {
  unsigned clock = 0;
  if (count == nullptr) return kInvalidArgument;
  if (const nvmlReturn_t status = answer_highest_clock(device, type, &clock); status != kSuccess) return status;
  const unsigned room = *count;
  *count = 1;
  if (room < 1 || megahertz == nullptr) return kInsufficientSize;
  *megahertz = clock;
  return kSuccess;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* rates) {
  return answer(device, rates, [](const model::Device& found) {
    const unsigned percent = utilisation_of(found);
    return nvmlUtilization_t{percent, model::memory_utilisation_at(percent)};
  });
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned* degrees) {
  if (sensor != 0) return kInvalidArgument;
  return answer(device, degrees, [](const model::Device& found) { return readings_of(found).temperature; });
}
nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature) {
  const model::Device* found = find_device(device);
  if (temperature == nullptr || found == nullptr) return kInvalidArgument;
  if (temperature->version != struct_version<nvmlTemperature_t>(1)) return kArgumentVersionMismatch;
  if (temperature->sensorType != 0) return kInvalidArgument;
  temperature->temperature = static_cast<int>(readings_of(*found).temperature);
  return kSuccess;
}
nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t device, int threshold, unsigned* degrees) {
  constexpr int kShutdown = 0, kSlowdown = 1, kThresholds = 8;
  if (threshold < 0 || threshold >= kThresholds || find_device(device) == nullptr) return kInvalidArgument;
  if (threshold > kSlowdown) return kNotSupported;
  return answer_constant(device, degrees,
                         threshold == kShutdown ? model::kShutdownTemperature : model::kSlowdownTemperature);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned* milliwatts) {
  return answer(device, milliwatts,
                [](const model::Device& found) { return model::readings_at(found.profile, 0).power_mw; });
}
nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned* milliwatts) {
  return answer_power_limit(device, milliwatts);
}
nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned* milliwatts) {
  return answer_power_limit(device, milliwatts);
}
nvmlReturn_t nvmlDeviceGetPowerManagementDefaultLimit(nvmlDevice_t device, unsigned* milliwatts) {
  return answer_power_limit(device, milliwatts);
}
nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device, unsigned* minimum, unsigned* maximum) {
  const nvmlReturn_t status =
      answer(device, minimum, [](const model::Device& found) { return model::minimum_power_limit_mw(found.profile); });
  return status == kSuccess ? answer_power_limit(device, maximum) : status;
}
nvmlReturn_t nvmlDeviceGetPowerManagementMode(nvmlDevice_t device, unsigned* mode) {
  return answer_constant(device, mode, 1);
}

// An idle card's draw since the machine started: grows, as a real card's counter does, but knows nothing of load.
nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long* millijoules) {
  return answer(device, millijoules, [](const model::Device& found) {
    timespec up{};
    clock_gettime(CLOCK_BOOTTIME, &up);
    return static_cast<unsigned long long>(up.tv_sec) * model::readings_at(found.profile, 0).power_mw;
  });
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_highest_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetApplicationsClock(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_highest_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetDefaultApplicationsClock(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_highest_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetClock(nvmlDevice_t device, int type, int which, unsigned* megahertz) {
  constexpr int kCurrent = 0, kWhichEnd = 4;
  if (which < 0 || which >= kWhichEnd) return kInvalidArgument;
  return which == kCurrent ? answer_clock(device, type, megahertz) : answer_highest_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetSupportedMemoryClocks(nvmlDevice_t device, unsigned* count, unsigned* megahertz) {
  return list_clock(device, kMemoryClock, count, megahertz);
}
nvmlReturn_t nvmlDeviceGetSupportedGraphicsClocks(nvmlDevice_t device, unsigned memory_megahertz, unsigned* count,
                                                  unsigned* megahertz) {
  unsigned memory_clock = 0;
  if (const nvmlReturn_t status = answer_highest_clock(device, kMemoryClock, &memory_clock); status != kSuccess)
    return status;
  return memory_clock == memory_megahertz ? list_clock(device, 0, count, megahertz) : kNotFound;
}

nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t device, unsigned* state) {
  return answer(device, state, [](const model::Device& found) { return readings_of(found).performance_state; });
}
nvmlReturn_t nvmlDeviceGetPowerState(nvmlDevice_t device, unsigned* state) {
  return nvmlDeviceGetPerformanceState(device, state);
}
nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device, unsigned long long* reasons) {
  return answer(device, reasons, [](const model::Device&) { return 0; });
}
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long* reasons) {
  return nvmlDeviceGetCurrentClocksEventReasons(device, reasons);
}

nvmlReturn_t nvmlDeviceGetNumFans(nvmlDevice_t device, unsigned* count) {
  return answer_constant(device, count, 0);
}
nvmlReturn_t nvmlDeviceGetComputeMode(nvmlDevice_t device, unsigned* mode) {
  return answer_constant(device, mode, 0);
}
nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, unsigned* mode) {
  return answer_constant(device, mode, 1);
}
nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, unsigned* mode) {
  return answer_constant(device, mode, 0);
}
nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, unsigned* active) {
  return answer_constant(device, active, 0);
}
nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, unsigned* current, unsigned* pending) {
  const nvmlReturn_t status = answer_constant(device, current, 1);
  return status == kSuccess ? answer_constant(device, pending, 1) : status;
}
nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned* is_mig) {
  return answer_constant(device, is_mig, 0);
}
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned* count) {
  return answer_constant(device, count, 0);
}
nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device, unsigned* mode) {
  return answer_constant(device, mode, 0);
}

// No field is known; each value says so, as NVML documents.
nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t* values) {
  if (find_device(device) == nullptr || values == nullptr || count <= 0) return kInvalidArgument;
  for (int index = 0; index < count; ++index) values[index].nvmlReturn = kNotSupported;
  return kSuccess;
}

}  // namespace vgpu::nvml::api
