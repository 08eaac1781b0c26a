#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "shims/function_table.h"
#include "shims/nvml/abi.h"

#define FUNCTION(check, name, ...) extern "C" nvmlReturn_t name(VGPU_PARAMETERS(__VA_ARGS__));
#define ALIAS(name, target, ...) extern "C" nvmlReturn_t name(VGPU_PARAMETERS(__VA_ARGS__));
#define REFUSED(name) extern "C" nvmlReturn_t name();
#include "shims/nvml/functions.def"
#undef FUNCTION
#undef ALIAS
#undef REFUSED
extern "C" const char* nvmlErrorString(nvmlReturn_t code);

namespace {

// The devices are read once a process, at the first call.
const bool kEnvironmentSet = [] {
  setenv("VGPU_PROFILE_NAME", "t4", 1);
  setenv("VGPU_MEMORY", "4Gi", 1);
  setenv("VGPU_COUNT", "2", 1);
  setenv("VGPU_UUID", "GPU-00112233-4455-4677-8899-aabbccddeeff", 1);
  return true;
}();

class Nvml : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(kEnvironmentSet);
    ASSERT_EQ(nvmlInit_v2(), kSuccess);
    ASSERT_EQ(nvmlDeviceGetHandleByIndex_v2(0, &device_), kSuccess);
    ASSERT_EQ(nvmlDeviceGetHandleByIndex_v2(1, &second_), kSuccess);
  }
  void TearDown() override { EXPECT_EQ(nvmlShutdown(), kSuccess); }

  nvmlDevice_t device_ = nullptr;
  nvmlDevice_t second_ = nullptr;
};

TEST(NvmlInitialization, IsCounted) {
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetCount_v2(&count), kUninitialized);
  EXPECT_EQ(nvmlShutdown(), kUninitialized);
  EXPECT_EQ(nvmlInit(), kSuccess);
  EXPECT_EQ(nvmlInitWithFlags(0), kSuccess);
  EXPECT_EQ(nvmlShutdown(), kSuccess);
  EXPECT_EQ(nvmlDeviceGetCount(&count), kSuccess);
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(nvmlShutdown(), kSuccess);
  EXPECT_EQ(nvmlDeviceGetCount(&count), kUninitialized);
}

TEST(NvmlExports, EveryRowOfTheTable) {
  void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  ASSERT_NE(library, nullptr) << dlerror();
#define FUNCTION(check, name, ...) EXPECT_NE(dlsym(library, #name), nullptr) << #name;
#define ALIAS(name, target, ...) EXPECT_NE(dlsym(library, #name), nullptr) << #name;
#define REFUSED(name)                        \
  EXPECT_NE(dlsym(library, #name), nullptr); \
  EXPECT_EQ(name(), kUninitialized) << #name;
#include "shims/nvml/functions.def"
#undef REFUSED
  ASSERT_EQ(nvmlInit_v2(), kSuccess);
#undef FUNCTION
#undef ALIAS
#define FUNCTION(check, name, ...)
#define ALIAS(name, target, ...)
#define REFUSED(name) EXPECT_EQ(name(), kNotSupported) << #name;
#include "shims/nvml/functions.def"
#undef FUNCTION
#undef ALIAS
#undef REFUSED
  EXPECT_EQ(nvmlShutdown(), kSuccess);
  EXPECT_EQ(dlsym(library, "_ZN4vgpu5model7devicesEv"), nullptr) << "only the C API is exported";
}

TEST_F(Nvml, VersionsMatchTheProfile) {
  char text[80] = "";
  int version = 0;
  EXPECT_EQ(nvmlSystemGetDriverVersion(text, sizeof text), kSuccess);
  EXPECT_STREQ(text, "580.65.06");
  EXPECT_EQ(nvmlSystemGetNVMLVersion(text, sizeof text), kSuccess);
  EXPECT_STREQ(text, "13.580.65.06");
  EXPECT_EQ(nvmlSystemGetCudaDriverVersion(&version), kSuccess);
  EXPECT_EQ(version, 13000);
  EXPECT_EQ(nvmlSystemGetDriverVersion(text, 9), kInsufficientSize);
  EXPECT_EQ(nvmlSystemGetDriverVersion(text, 10), kSuccess);
  EXPECT_EQ(nvmlSystemGetDriverVersion(nullptr, 80), kInvalidArgument);
}

TEST_F(Nvml, Identity) {
  char text[96] = "";
  EXPECT_EQ(nvmlDeviceGetName(device_, text, sizeof text), kSuccess);
  EXPECT_STREQ(text, "Tesla T4");
  EXPECT_EQ(nvmlDeviceGetName(device_, text, 8), kInsufficientSize);
  EXPECT_EQ(nvmlDeviceGetUUID(device_, text, sizeof text), kSuccess);
  EXPECT_STREQ(text, "GPU-00112233-4455-4677-8899-aabbccddeeff");
  char serial[30] = "";
  EXPECT_EQ(nvmlDeviceGetSerial(device_, serial, sizeof serial), kSuccess);
  EXPECT_EQ(std::strlen(serial), 13U);
  int major = 0;
  int minor = 0;
  EXPECT_EQ(nvmlDeviceGetCudaComputeCapability(device_, &major, &minor), kSuccess);
  EXPECT_EQ(major * 10 + minor, 75);
  unsigned value = 0;
  EXPECT_EQ(nvmlDeviceGetArchitecture(device_, &value), kSuccess);
  EXPECT_EQ(value, 6U);
  EXPECT_EQ(nvmlDeviceGetBrand(device_, &value), kSuccess);
  EXPECT_EQ(value, 2U);
  EXPECT_EQ(nvmlDeviceGetIndex(second_, &value), kSuccess);
  EXPECT_EQ(value, 1U);
  EXPECT_EQ(nvmlDeviceGetMinorNumber(second_, &value), kSuccess);
  EXPECT_EQ(value, 1U);
  EXPECT_EQ(nvmlDeviceGetNumGpuCores(device_, &value), kSuccess);
  EXPECT_EQ(value, 2560U);
}

TEST_F(Nvml, HandlesByUuidSerialAndPci) {
  nvmlDevice_t found = nullptr;
  EXPECT_EQ(nvmlDeviceGetHandleByUUID("GPU-00112233-4455-4677-8899-aabbccddeeff", &found), kSuccess);
  EXPECT_EQ(found, device_);
  EXPECT_EQ(nvmlDeviceGetHandleByUUID("GPU-00112233-4455-4677-8899-aabbccddeef0", &found), kNotFound);
  for (const char* bus_id : {"0000:00:06.0", "00000000:00:06.0", "00:06.0"}) {
    found = nullptr;
    EXPECT_EQ(nvmlDeviceGetHandleByPciBusId_v2(bus_id, &found), kSuccess) << bus_id;
    EXPECT_EQ(found, second_);
  }
  EXPECT_EQ(nvmlDeviceGetHandleByPciBusId("0000:00:09.0", &found), kNotFound);
  EXPECT_EQ(nvmlDeviceGetHandleByPciBusId("hello", &found), kInvalidArgument);
  char serial[30] = "";
  EXPECT_EQ(nvmlDeviceGetSerial(second_, serial, sizeof serial), kSuccess);
  EXPECT_EQ(nvmlDeviceGetHandleBySerial(serial, &found), kSuccess);
  EXPECT_EQ(found, second_);
  EXPECT_EQ(nvmlDeviceGetHandleByIndex(2, &found), kInvalidArgument);
}

TEST_F(Nvml, Pci) {
  nvmlPciInfo_t info{};
  EXPECT_EQ(nvmlDeviceGetPciInfo_v3(device_, &info), kSuccess);
  EXPECT_STREQ(info.busId, "00000000:00:05.0");
  EXPECT_STREQ(info.busIdLegacy, "0000:00:05.0");
  EXPECT_EQ(info.device, 5U);
  EXPECT_EQ(info.pciDeviceId, 0x1eb810deU);
  nvmlPciInfoExt_t extended{};
  EXPECT_EQ(nvmlDeviceGetPciInfoExt(device_, &extended), kArgumentVersionMismatch);
  extended.version = struct_version<nvmlPciInfoExt_t>(1);
  EXPECT_EQ(nvmlDeviceGetPciInfoExt(device_, &extended), kSuccess);
  EXPECT_STREQ(extended.busId, "00000000:00:05.0");
}

TEST_F(Nvml, MemoryIsWhatWasAskedFor) {
  nvmlMemory_t memory{};
  EXPECT_EQ(nvmlDeviceGetMemoryInfo(device_, &memory), kSuccess);
  EXPECT_EQ(memory.total, 4ULL << 30);
  EXPECT_EQ(memory.free + memory.used, memory.total);
  nvmlMemory_v2_t second{};
  EXPECT_EQ(nvmlDeviceGetMemoryInfo_v2(device_, &second), kArgumentVersionMismatch);
  second.version = struct_version<nvmlMemory_v2_t>(2);
  EXPECT_EQ(nvmlDeviceGetMemoryInfo_v2(device_, &second), kSuccess);
  EXPECT_EQ(second.total, memory.total);
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetComputeRunningProcesses_v3(device_, &count, nullptr), kSuccess);
  EXPECT_EQ(count, 0U) << "no context in this process";
}

TEST_F(Nvml, ClocksPowerAndModes) {
  unsigned value = 0;
  EXPECT_EQ(nvmlDeviceGetMaxClockInfo(device_, 1, &value), kSuccess);
  EXPECT_EQ(value, 1590U);
  EXPECT_EQ(nvmlDeviceGetMaxClockInfo(device_, 2, &value), kSuccess);
  EXPECT_EQ(value, 5001U);
  EXPECT_EQ(nvmlDeviceGetClockInfo(device_, 2, &value), kSuccess);
  EXPECT_EQ(value, 405U) << "idle";
  EXPECT_EQ(nvmlDeviceGetPerformanceState(device_, &value), kSuccess);
  EXPECT_EQ(value, 8U);
  EXPECT_EQ(nvmlDeviceGetClockInfo(device_, 9, &value), kInvalidArgument);
  EXPECT_EQ(nvmlDeviceGetEnforcedPowerLimit(device_, &value), kSuccess);
  EXPECT_EQ(value, 70000U);
  unsigned usage = 0;
  EXPECT_EQ(nvmlDeviceGetPowerUsage(device_, &usage), kSuccess);
  EXPECT_GT(usage, 0U);
  EXPECT_LT(usage, value);
  unsigned lowest = 0;
  unsigned highest = 0;
  EXPECT_EQ(nvmlDeviceGetPowerManagementLimitConstraints(device_, &lowest, &highest), kSuccess);
  EXPECT_EQ(lowest, 60000U);
  EXPECT_EQ(highest, 70000U);
  EXPECT_EQ(nvmlDeviceGetFanSpeed(), kNotSupported);
  EXPECT_EQ(nvmlDeviceGetMigMode(), kNotSupported);
  unsigned clocks[1] = {};
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetSupportedMemoryClocks(device_, &count, nullptr), kInsufficientSize);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(nvmlDeviceGetSupportedMemoryClocks(device_, &count, clocks), kSuccess);
  EXPECT_EQ(nvmlDeviceGetSupportedGraphicsClocks(device_, clocks[0], &count, clocks), kSuccess);
  EXPECT_EQ(nvmlDeviceGetSupportedGraphicsClocks(device_, 1, &count, clocks), kNotFound);
}

TEST_F(Nvml, ArgumentsAreChecked) {
  unsigned value = 0;
  int garbage = 0;
  EXPECT_EQ(nvmlDeviceGetIndex(nullptr, &value), kInvalidArgument);
  EXPECT_EQ(nvmlDeviceGetIndex(reinterpret_cast<nvmlDevice_t>(&garbage), &value), kInvalidArgument);
  EXPECT_EQ(nvmlDeviceGetIndex(device_, nullptr), kInvalidArgument);
  EXPECT_EQ(nvmlDeviceGetCount_v2(nullptr), kInvalidArgument);
}

TEST_F(Nvml, ProcessName) {
  char name[256] = "";
  EXPECT_EQ(nvmlSystemGetProcessName(static_cast<unsigned>(getpid()), name, sizeof name), kSuccess);
  EXPECT_NE(std::string(name).find("nvml_test"), std::string::npos);
  EXPECT_EQ(nvmlSystemGetProcessName(0x7fffffff, name, sizeof name), kNotFound);
}

TEST_F(Nvml, ErrorStrings) {
  EXPECT_STREQ(nvmlErrorString(kSuccess), "Success");
  EXPECT_STREQ(nvmlErrorString(kNotSupported), "Not Supported");
  EXPECT_STREQ(nvmlErrorString(12345), "Unknown Error");
}

}  // namespace
