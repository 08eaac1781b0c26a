#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/device_plugin/allocation.h"
#include "deploy/device_plugin/capacity.h"
#include "gpu/model/compute_threads.h"

namespace vgpu::device_plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

Options options_with(auto change) {
  Options options;
  options.library_folder = "/usr/lib64/vgpu";
  change(options);
  return options;
}

std::string refusal(auto change) {
  const auto settings = make_settings(options_with(change));
  return settings ? "" : settings.error().message;
}

Settings settings_with(auto change) {
  const auto settings = make_settings(options_with(change));
  EXPECT_TRUE(settings) << settings.error().message;
  return settings.value_or(Settings{});
}

TEST(Settings, Defaults) {
  const Settings settings = settings_with([](Options&) {});
  EXPECT_THAT(settings.resources, ElementsAre("vgpu.dev/gpu"));
  EXPECT_EQ(settings.profile.id, "p4");
  EXPECT_TRUE(settings.answer.cdi);
  EXPECT_TRUE(settings.answer.annotations);
  EXPECT_THAT(settings.supervisor_socket, HasSubstr("/vgpu/seccomp.sock"));
}

TEST(Settings, NonsenseIsRefusedByOneLine) {
  EXPECT_EQ(refusal([](Options& o) { o.memory_overcommit = 0.5; }),
            "--memory-overcommit \"0.500000\": must be 1 to 100");
  EXPECT_EQ(refusal([](Options& o) { o.cpu_overcommit = 1e9; }),
            "--cpu-overcommit \"1000000000.000000\": must be 1 to 100");
  EXPECT_EQ(refusal([](Options& o) { o.memory = "1k"; }), "--memory \"1k\": must be 1 MiB at least");
  EXPECT_EQ(refusal([](Options& o) { o.count = 1025; }), "--count \"1025\": must be 1 to 1024");
  EXPECT_EQ(refusal([](Options& o) { o.health_interval = 0; }), "--health-interval \"0\": must be 1 to 3600 seconds");
  EXPECT_EQ(refusal([](Options& o) { o.answers = {}; }), "--answer: must be cdi, annotations or both");
  EXPECT_EQ(refusal([](Options& o) { o.kubelet_folder = "here"; }), "--kubelet-folder \"here\": not an absolute path");
  EXPECT_THAT(refusal([](Options& o) { o.kubelet_folder = "/" + std::string(100, 'a'); }), HasSubstr("is too long"));
  EXPECT_EQ(refusal([](Options& o) {
              o.no_supervisor = true;
              o.supervisor_socket = "/s";
            }),
            "--supervisor-socket \"/s\": contradicts --no-supervisor");
}

TEST(Settings, NamesOfResources) {
  for (const char* wrong : {"gpu", "/gpu", "vgpu.dev/", "vgpu.dev/a/b", "vgpu.dev/-gpu", "vgpu dev/gpu", "../x/gpu"}) {
    EXPECT_THAT(refusal([&](Options& o) { o.resources = {wrong}; }), HasSubstr("not the name of an extended resource"))
        << wrong;
  }
  EXPECT_THAT(refusal([](Options& o) { o.resources = {"a.kubernetes.io/gpu"}; }), HasSubstr("Kubernetes' own"));
  EXPECT_THAT(refusal([](Options& o) { o.resources = {"vgpu.dev/gpu", "vgpu.dev/gpu"}; }), HasSubstr("named twice"));
  EXPECT_EQ(refusal([](Options& o) { o.resources = {"nvidia.com/gpu.shared", "vgpu.dev/gpu"}; }), "");
}

TEST(Capacity, IsBoundByMemory) {
  const Settings settings = settings_with([](Options& o) { o.memory = "7Gi"; });
  EXPECT_EQ(capacity_of(settings, {64 * kGiB, 16}).devices, 9);
  EXPECT_EQ(capacity_of(settings, {7 * kGiB - 1, 16}).devices, 0);
  EXPECT_THAT(capacity_of(settings, {64 * kGiB, 16}).reason, HasSubstr("each has 7168 MiB, and the node 65536 MiB"));
}

TEST(Capacity, IsBoundByCpus) {
  EXPECT_EQ(capacity_of(settings_with([](Options& o) { o.memory = "1Gi"; }), {64 * kGiB, 16}).devices, 16);
  const Settings settings = settings_with([](Options& o) {
    o.memory = "1Gi";
    o.cpus = 6;
  });
  EXPECT_EQ(capacity_of(settings, {64 * kGiB, 16}).devices, 2);
  EXPECT_THAT(capacity_of(settings, {64 * kGiB, 16}).reason, HasSubstr("each has 6 CPUs, and the node 16"));
}

TEST(Capacity, Overcommit) {
  const Settings settings = settings_with([](Options& o) {
    o.memory = "8Gi";
    o.memory_overcommit = 2.5;
    o.reserved_memory = "24Gi";
    o.cpu_overcommit = 1.5;
  });
  EXPECT_EQ(capacity_of(settings, {64 * kGiB, 16}).devices, 12);  // 40 GiB counted 2.5 times
  EXPECT_EQ(capacity_of(settings, {64 * kGiB, 4}).devices, 6);
  EXPECT_EQ(capacity_of(settings, {16 * kGiB, 16}).devices, 0);  // all of it is reserved
}

TEST(Capacity, NoDeviceIsLargerThanTheNode) {
  const Settings settings = settings_with([](Options& o) {
    o.memory = "65Gi";
    o.memory_overcommit = 10;
    o.count = 2;
  });
  const Capacity capacity = capacity_of(settings, {64 * kGiB, 16});
  EXPECT_EQ(capacity.devices, 0);
  EXPECT_EQ(capacity.reason, "each has 66560 MiB, more than the node's 65536 MiB");
}

TEST(Capacity, HasAnEnd) {
  const Settings settings = settings_with([](Options& o) {
    o.memory = "1Mi";
    o.memory_overcommit = 100;
    o.cpu_overcommit = 100;
  });
  EXPECT_EQ(capacity_of(settings, {std::uint64_t{1} << 50, 4096}).devices, 1024);
}

TEST(Capacity, IsDivided) {
  EXPECT_THAT(divide(7, 1), ElementsAre(7));
  EXPECT_THAT(divide(7, 2), ElementsAre(4, 3));
  EXPECT_THAT(divide(1, 2), ElementsAre(1, 0));
}

// The percentage that a container is given makes as many CPUs again as were counted.
TEST(Capacity, PercentagesOfCpus) {
  for (unsigned machine = 1; machine <= 100; ++machine) {
    for (unsigned cpus = 1; cpus <= machine; ++cpus) {
      const unsigned percent = percent_of_cpus(cpus, machine);
      EXPECT_EQ(model::share_of_cpus(machine, percent), cpus) << cpus << " of " << machine << ": " << percent << " %";
    }
  }
}

TEST(Allocation, IdsStayTheSame) {
  const auto ids = device_ids("nvidia.com/gpu", 3, "node-a");
  EXPECT_EQ(ids, device_ids("nvidia.com/gpu", 3, "node-a"));
  EXPECT_NE(ids, device_ids("nvidia.com/gpu", 3, "node-b"));
  EXPECT_THAT(device_ids("vgpu.dev/gpu", 2, "node-a"), ElementsAre("vgpu-0", "vgpu-1"));
}

TEST(Allocation, TellsOfCpus) {
  const Settings settings = settings_with([](Options& o) {
    o.answers = {"annotations", "cdi"};
    o.cpus = 2;
  });
  const auto grant = grant_for(settings, 1, 25);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->annotations.at("vgpu.dev/cores"), "25");
  // The profile's own, which a small machine may not have: the profile says it already.
  EXPECT_FALSE(grant->annotations.contains("vgpu.dev/memory"));
  EXPECT_THAT(grant->cdi_devices, ElementsAre("vgpu.dev/gpu=0"));
}

TEST(Allocation, PreferenceIsChecked) {
  const std::vector<std::string> known = {"a", "b", "c"};
  EXPECT_THAT(*prefer(known, {"c", "b", "a"}, {}, 1), ElementsAre("a"));
  EXPECT_THAT(*prefer(known, {"c", "b"}, {"c"}, 1), ElementsAre("c"));
  EXPECT_EQ(prefer(known, {"a"}, {"b"}, 1).error().message, "device \"b\": must be included, but is not available");
  EXPECT_EQ(prefer(known, {"a", "z"}, {}, 1).error().message, "device \"z\": unknown");
  EXPECT_THAT(prefer(known, {"a", "b"}, {"a", "b"}, 1).error().message, HasSubstr("2 must be included"));
  EXPECT_THAT(prefer(known, {"a"}, {}, -1).error().message, HasSubstr("allocation of -1 devices"));
  EXPECT_THAT(prefer(known, {"a"}, {}, 0).error().message, HasSubstr("allocation of 0 devices"));
}

}  // namespace
}  // namespace vgpu::device_plugin
