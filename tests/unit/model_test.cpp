#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "gpu/model/compute_threads.h"
#include "gpu/model/device_file.h"
#include "gpu/model/uuid.h"

namespace vgpu::model {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Expected<std::vector<Device>> from(const std::map<std::string, const char*>& variables) {
  const auto lookup = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second;
  };
  return devices_from_environment(lookup, "host");
}

TEST(ComputeThreads, ShareIsRoundedUpToWholeCpus) {
  EXPECT_EQ(share_of_cpus(8, 100), 8u);
  EXPECT_EQ(share_of_cpus(8, 50), 4u);
  EXPECT_EQ(share_of_cpus(8, 51), 5u);
  EXPECT_EQ(share_of_cpus(2, 1), 1u);
}

TEST(ComputeThreads, VariableWinsUnlessItIsNoNumber) {
  ASSERT_EQ(setenv("VGPU_THREADS", "7", 1), 0);
  EXPECT_EQ(compute_threads(), 7u);
  ASSERT_EQ(setenv("VGPU_THREADS", "7x", 1), 0);
  EXPECT_GE(compute_threads(), 1u);
  EXPECT_NE(compute_threads(), 7u);
  ASSERT_EQ(unsetenv("VGPU_THREADS"), 0);
}

TEST(Catalogue, HasTheCommonCards) {
  for (const char* name : {"p4", "p40", "p100", "v100", "t4", "a10", "a100", "l4", "h100"}) {
    EXPECT_THAT(profile_names(), Contains(name));
  }
}

TEST(Catalogue, EveryProfileIsWholeAndConsistent) {
  for (const std::string_view name : profile_names()) {
    const auto profile = find_profile(name);
    ASSERT_TRUE(profile) << name;
    EXPECT_EQ(profile->id, name);
    EXPECT_EQ(profile->pci_device_id & 0xffff, 0x10deU) << name;
    EXPECT_EQ(profile->pci_subsystem_id & 0xffff, 0x10deU) << name;
    EXPECT_EQ(profile->cuda_cores % profile->multiprocessors, 0U) << name;
    EXPECT_LE(profile->shared_per_block, profile->shared_per_block_optin) << name;
    EXPECT_LE(profile->shared_per_block_optin + profile->reserved_shared_per_block, profile->shared_per_multiprocessor)
        << name;
    EXPECT_LE(profile->threads_per_block, profile->threads_per_multiprocessor) << name;
    EXPECT_GT(profile->memory, std::uint64_t{7} << 30) << name;
    EXPECT_GT(profile->l2_cache, 0U) << name;
    EXPECT_GT(profile->power_limit_mw, 0U) << name;
  }
}

TEST(Catalogue, T4) {
  const auto profile = find_profile("t4");
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->name, "Tesla T4");
  EXPECT_EQ(profile->compute_major, 7U);
  EXPECT_EQ(profile->compute_minor, 5U);
  EXPECT_EQ(profile->multiprocessors, 40U);
  EXPECT_EQ(profile->memory, std::uint64_t{15360} << 20);
  EXPECT_EQ(profile->pci_device_id, 0x1eb810deU);
}

TEST(Catalogue, UnknownNameSaysWhichThereAre) {
  const auto profile = find_profile("t5");
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().message, HasSubstr("\"t5\""));
  EXPECT_THAT(profile.error().message, HasSubstr("t4"));
}

TEST(Catalogue, DefaultLeavesOllamaItsSmallDefaultContext) {
  EXPECT_LT(find_profile(kDefaultProfile)->memory, std::uint64_t{23} << 30);
}

TEST(ParseMemory, Units) {
  EXPECT_EQ(parse_memory("8Gi").value(), std::uint64_t{8} << 30);
  EXPECT_EQ(parse_memory("8GiB").value(), std::uint64_t{8} << 30);
  EXPECT_EQ(parse_memory("8G").value(), 8'000'000'000U);
  EXPECT_EQ(parse_memory("8g").value(), std::uint64_t{8} << 30);
  EXPECT_EQ(parse_memory("512Mi").value(), 512U << 20);
  EXPECT_EQ(parse_memory("1.5Gi").value(), 1536U << 20);
  EXPECT_EQ(parse_memory("8192").value(), std::uint64_t{8192} << 20);
  EXPECT_EQ(parse_memory("4096B").value(), 4096U);
  EXPECT_EQ(parse_memory("1Ti").value(), std::uint64_t{1} << 40);
}

TEST(ParseMemory, RefusesWithTheValueInTheMessage) {
  for (const char* text : {"", "0", "0Gi", "-1", "Gi", "8 Gi", "8Gj", "8Gix", "8Gi ", "1.Gi", ".5Gi", "0x10", "1e3",
                           "99999999999999999999", "2000Ti", "8E"}) {
    const auto memory = parse_memory(text);
    ASSERT_FALSE(memory) << text;
    EXPECT_THAT(memory.error().message, HasSubstr('"' + std::string(text) + '"'));
  }
}

TEST(Uuid, IsStableVersionFourAndDiffers) {
  std::set<Uuid> seen;
  for (const char* seed : {"", "a", "b", "ab", "0123456789abcdef"}) {
    for (unsigned ordinal = 0; ordinal < 4; ++ordinal) {
      const Uuid uuid = uuid_from_seed(seed, ordinal);
      EXPECT_EQ(uuid, uuid_from_seed(seed, ordinal));
      EXPECT_EQ(uuid[6] >> 4, 4);
      EXPECT_EQ(uuid[8] >> 6, 2);
      EXPECT_TRUE(seen.insert(uuid).second) << seed << ordinal;
    }
  }
}

TEST(Uuid, TextRoundTrip) {
  Device device;
  device.uuid = uuid_from_seed("container");
  const std::string text = device.uuid_string();
  EXPECT_EQ(text.size(), 40U);
  EXPECT_EQ(parse_uuid(text).value(), device.uuid);
  EXPECT_EQ(parse_uuid(text.substr(4)).value(), device.uuid);
  EXPECT_FALSE(parse_uuid(text.substr(0, 39)));
  EXPECT_FALSE(parse_uuid(text + "0"));
  EXPECT_FALSE(parse_uuid("GPU-0123456789abcdef0123456789abcdef0123"));
}

TEST(Environment, DefaultIsOneDevice) {
  const auto devices = from({});
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1U);
  EXPECT_EQ(devices->front().profile.id, kDefaultProfile);
  EXPECT_EQ(devices->front().pci_bus_id(), "0000:00:05.0");
}

TEST(Environment, ProfileMemoryCountUuid) {
  const auto devices = from({{"VGPU_PROFILE_NAME", "t4"},
                             {"VGPU_MEMORY", "2Gi"},
                             {"VGPU_COUNT", "3"},
                             {"VGPU_UUID", "GPU-00112233-4455-4677-8899-aabbccddeeff"}});
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 3U);
  EXPECT_EQ((*devices)[0].uuid_string(), "GPU-00112233-4455-4677-8899-aabbccddeeff");
  EXPECT_NE((*devices)[1].uuid, (*devices)[0].uuid);
  EXPECT_NE((*devices)[1].uuid, (*devices)[2].uuid);
  EXPECT_EQ((*devices)[2].pci_bus_id(), "0000:00:07.0");
  EXPECT_EQ((*devices)[2].minor, 2U);
  EXPECT_EQ((*devices)[1].profile.memory, std::uint64_t{2} << 30);
}

TEST(Environment, CountZeroIsNoDevice) {
  EXPECT_TRUE(from({{"VGPU_COUNT", "0"}})->empty());
}

TEST(Environment, RefusesAndNamesTheVariable) {
  for (const auto& [name, value] : std::map<std::string, const char*>{
           {"VGPU_PROFILE_NAME", "x"}, {"VGPU_MEMORY", "x"}, {"VGPU_COUNT", "17"}, {"VGPU_UUID", "x"}}) {
    const auto devices = from({{name, value}});
    ASSERT_FALSE(devices) << name;
    EXPECT_THAT(devices.error().message, HasSubstr(name));
  }
  EXPECT_FALSE(from({{"VGPU_COUNT", "-1"}}));
}

TEST(DeviceFile, RoundTrip) {
  const auto written = from({{"VGPU_PROFILE_NAME", "a100"}, {"VGPU_MEMORY", "5000"}, {"VGPU_COUNT", "2"}});
  const auto read = parse_device_json(device_json(*written));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t ordinal = 0; ordinal < 2; ++ordinal) {
    EXPECT_EQ((*read)[ordinal].profile.id, "a100");
    EXPECT_EQ((*read)[ordinal].profile.memory, std::uint64_t{5000} << 20);
    EXPECT_EQ((*read)[ordinal].uuid, (*written)[ordinal].uuid);
    EXPECT_EQ((*read)[ordinal].pci_bus_id(), (*written)[ordinal].pci_bus_id());
    EXPECT_EQ((*read)[ordinal].cores, 100U);
  }
}

TEST(DeviceFile, OptionalMembers) {
  const auto devices = parse_device_json(R"({"version":1,"devices":[{"profile":"l4","cores":50}],"later":true})");
  ASSERT_TRUE(devices) << devices.error().message;
  EXPECT_EQ(devices->front().cores, 50U);
  EXPECT_EQ(devices->front().profile.memory, find_profile("l4")->memory);
}

TEST(DeviceFile, RefusesWhatIsMalformed) {
  for (const char* text : {
           "",
           "{",
           "[]",
           "null",
           "1",
           R"({"devices":[]})",
           R"({"version":2,"devices":[]})",
           R"({"version":1})",
           R"({"version":1,"devices":{}})",
           R"({"version":1,"devices":[1]})",
           R"({"version":1,"devices":[{}]})",
           R"({"version":1,"devices":[{"profile":"x"}]})",
           R"({"version":1,"devices":[{"profile":4}]})",
           R"({"version":1,"devices":[{"profile":"t4","memory":-1}]})",
           R"({"version":1,"devices":[{"profile":"t4","memory":0}]})",
           R"({"version":1,"devices":[{"profile":"t4","memory":"8Gi"}]})",
           R"({"version":1,"devices":[{"profile":"t4","memory":1e30}]})",
           R"({"version":1,"devices":[{"profile":"t4","cores":101}]})",
           R"({"version":1,"devices":[{"profile":"t4","uuid":"GPU"}]})",
       }) {
    EXPECT_FALSE(parse_device_json(text)) << text;
  }
}

TEST(Versions, Cuda13OnlyWhereEveryDeviceCan) {
  EXPECT_EQ(versions_for(*from({})).cuda, 12080);
  EXPECT_EQ(versions_for(*from({{"VGPU_PROFILE_NAME", "v100"}})).driver, "570.124.06");
  EXPECT_EQ(versions_for(*from({{"VGPU_PROFILE_NAME", "t4"}})).cuda, 13000);
  EXPECT_EQ(versions_for(*from({{"VGPU_PROFILE_NAME", "l4"}})).driver, "580.65.06");
  EXPECT_EQ(versions_for({}).cuda, 12080);
}

}  // namespace
}  // namespace vgpu::model
