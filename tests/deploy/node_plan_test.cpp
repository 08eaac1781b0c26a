#include "cli/node/node_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/node/record.h"

namespace vgpu::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPrefix = "/opt/vgpu";

NodeOptions options() {
  NodeOptions options;
  options.kinds = {"vgpu.dev/gpu"};
  options.devices.count = 2;
  options.devices.fields["profile"] = "t4";
  return options;
}

std::vector<std::string> paths(const std::vector<Entry>& entries) {
  std::vector<std::string> paths;
  for (const Entry& entry : entries) {
    if (entry.kind != Entry::Kind::Folder) paths.push_back(entry.path);
  }
  return paths;
}

TEST(NodePlan, FollowsWhatTheNodeHas) {
  EXPECT_THAT(paths(*configuration(options(), {}, kPrefix, {})),
              ElementsAre("/etc/cdi/vgpu.dev-gpu.json", "/opt/vgpu/share/vgpu/hooks.d/vgpu-precreate.json",
                          "/opt/vgpu/share/vgpu/containerd.toml"));
  NodeFacts facts;
  facts.has_crio = true;
  facts.has_kubelet = true;
  facts.seccomp_profile = R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]})";
  EXPECT_THAT(paths(*configuration(options(), facts, kPrefix, {})),
              ElementsAre("/etc/cdi/vgpu.dev-gpu.json", "/opt/vgpu/share/vgpu/hooks.d/vgpu-precreate.json",
                          "/opt/vgpu/share/vgpu/containerd.toml", "/etc/crio/crio.conf.d/99-vgpu.conf",
                          "/var/lib/kubelet/seccomp/vgpu.json"));
}

TEST(NodePlan, RefusesWhatCannotBe) {
  NodeOptions wrong = options();
  wrong.kinds = {"vgpu"};
  EXPECT_THAT(configuration(wrong, {}, kPrefix, {}).error().message, HasSubstr("CDI kind \"vgpu\""));
  NodeFacts facts;
  facts.has_kubelet = true;
  facts.seccomp_profile = "not JSON";
  EXPECT_FALSE(configuration(options(), facts, kPrefix, {}));
}

TEST(NodePlan, ContainerdsVersionCounts) {
  const std::string two = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.vgpu]\n";
  const std::string three = "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.vgpu]\n";
  EXPECT_THAT(containerd_runtime("", kPrefix), HasSubstr(two));
  EXPECT_THAT(containerd_runtime("version = 2\n", kPrefix), HasSubstr(two));
  EXPECT_THAT(containerd_runtime("root = \"/x\"\n  version=3\n", kPrefix), HasSubstr(three));
  EXPECT_THAT(containerd_runtime("version = 34\n", kPrefix), HasSubstr(two));
  EXPECT_THAT(containerd_runtime("", kPrefix), HasSubstr("BinaryName = \"/opt/vgpu/libexec/vgpu/vgpu-runtime\"\n"));
}

TEST(NodePlan, ContainerdPassesWhatAsksForADevice) {
  const std::string text = containerd_runtime("", kPrefix);
  EXPECT_THAT(text, testing::ContainsRegex("pod_annotations = \\[.*\"nvidia.com/\\*\".*\"vgpu.dev/\\*\".*\\]\n"));
  EXPECT_THAT(text, testing::ContainsRegex("container_annotations = \\[.*\"vgpu.dev/\\*\".*\\]\n"));
}

TEST(NodeRecord, IsReadAgain) {
  const Record record{{"/etc/cdi/a.json", "/opt/vgpu/bin/vgpu"}, {"/opt/vgpu"}};
  const auto read = parse_record(record_text(record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->files, record.files);
  EXPECT_EQ(read->folders, record.folders);
}

TEST(NodeRecord, TakesNoPathThatLeadsElsewhere) {
  for (const char* path : {"etc", "/", "/etc/../root", "/etc//x", "", "/etc/./x"}) {
    EXPECT_FALSE(parse_record(record_text({{path}, {}}))) << path;
    EXPECT_FALSE(parse_record(record_text({{}, {path}}))) << path;
  }
  EXPECT_FALSE(parse_record("{}"));
  EXPECT_FALSE(parse_record("[]"));
  EXPECT_FALSE(parse_record(R"({"version":2,"files":[],"folders":[]})"));
  EXPECT_FALSE(parse_record(R"({"version":1,"files":[1],"folders":[]})"));
}

}  // namespace
}  // namespace vgpu::node
