// Sensors, clocks, power and modes.
#include "gpu/model/readings.h"

#include <chrono>
#include <ctime>

#include "shims/nvml/api.h"
#include "shims/nvml/devices.h"

namespace vgpu::nvml::api {
namespace {

constexpr int kClockTypes = 4, kMemoryClock = 2;

nvmlReturn_t answer_clock(nvmlDevice_t device, int type, unsigned* megahertz) {
  if (type < 0 || type >= kClockTypes) return kInvalidArgument;
  return answer(device, megahertz, [&](const model::Device& found) {
    return (type == kMemoryClock ? found.profile.memory_clock_khz : found.profile.core_clock_khz) / 1000;
  });
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
  if (const nvmlReturn_t status = answer_clock(device, type, &clock); status != kSuccess) return status;
  const unsigned room = *count;
  *count = 1;
  if (room < 1 || megahertz == nullptr) return kInsufficientSize;
  *megahertz = clock;
  return kSuccess;
}

}  // namespace

// How busy a device is becomes known with the supervisor's ledger.
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* utilization) {
  return answer(device, utilization, [](const model::Device&) { return nvmlUtilization_t{0, 0}; });
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned* degrees) {
  return sensor != 0 ? kInvalidArgument : answer_constant(device, degrees, model::kTemperature);
}
nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature) {
  if (temperature == nullptr || find_device(device) == nullptr) return kInvalidArgument;
  if (temperature->version != struct_version<nvmlTemperature_t>(1)) return kArgumentVersionMismatch;
  if (temperature->sensorType != 0) return kInvalidArgument;
  temperature->temperature = static_cast<int>(model::kTemperature);
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
  return answer(device, milliwatts, [](const model::Device& found) { return model::power_usage_mw(found.profile); });
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
  const nvmlReturn_t status = answer_power_limit(device, minimum);
  return status == kSuccess ? answer_power_limit(device, maximum) : status;
}
nvmlReturn_t nvmlDeviceGetPowerManagementMode(nvmlDevice_t device, unsigned* mode) {
  return answer_constant(device, mode, 1);
}

// The constant draw since the machine started: grows like a real card's counter.
nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long* millijoules) {
  return answer(device, millijoules, [](const model::Device& found) {
    timespec up{};
    clock_gettime(CLOCK_BOOTTIME, &up);
    return static_cast<unsigned long long>(up.tv_sec) * model::power_usage_mw(found.profile);
  });
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetApplicationsClock(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetDefaultApplicationsClock(nvmlDevice_t device, int type, unsigned* megahertz) {
  return answer_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetClock(nvmlDevice_t device, int type, int which, unsigned* megahertz) {
  constexpr int kWhichEnd = 4;
  return which < 0 || which >= kWhichEnd ? kInvalidArgument : answer_clock(device, type, megahertz);
}
nvmlReturn_t nvmlDeviceGetSupportedMemoryClocks(nvmlDevice_t device, unsigned* count, unsigned* megahertz) {
  return list_clock(device, kMemoryClock, count, megahertz);
}
nvmlReturn_t nvmlDeviceGetSupportedGraphicsClocks(nvmlDevice_t device, unsigned memory_megahertz, unsigned* count,
                                                  unsigned* megahertz) {
  unsigned memory_clock = 0;
  if (const nvmlReturn_t status = answer_clock(device, kMemoryClock, &memory_clock); status != kSuccess) return status;
  return memory_clock == memory_megahertz ? list_clock(device, 0, count, megahertz) : kNotFound;
}

nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t device, unsigned* state) {
  return answer_constant(device, state, 0);
}
nvmlReturn_t nvmlDeviceGetPowerState(nvmlDevice_t device, unsigned* state) {
  return answer_constant(device, state, 0);
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
  const nvmlReturn_t status = answer_constant(device, current, 0);
  return status == kSuccess ? answer_constant(device, pending, 0) : status;
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
