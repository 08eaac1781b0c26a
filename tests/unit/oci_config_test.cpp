#include <gtest/gtest.h>

#include "oci/config.h"

namespace vgpu::oci {
namespace {

const std::string kId(64, 'a');

Config parsed(const std::string& text) {
  auto config = parse_config(text);
  EXPECT_TRUE(config) << text;
  return config ? *config : Config();
}

TEST(OciConfig, OnlyAnObjectIsAConfiguration) {
  for (const char* text : {"", "null", "[]", "{", "\"x\"", "{} {}"}) EXPECT_FALSE(parse_config(text)) << text;
}

TEST(OciConfig, UnknownFieldsAndTheirOrderAreKept) {
  const std::string text = R"({"zebra":[1.5,{"b":null,"a":[]}],"ociVersion":"9.9","process":{"x":1,"env":["A=1"]}})";
  Config config = parsed(text);
  EXPECT_TRUE(apply_plan(Plan(), config));
  EXPECT_EQ(config.dump(), text);
}

TEST(OciConfig, EnvironmentEdits) {
  using enum EnvironmentEdit::Kind;
  Config config = parsed(R"({"process":{"env":["SET=mine","EMPTY=","LIST=/a:/b","THERE=/x:/y","SETTER=1"]}})");
  Plan plan;
  plan.environment = {{SetIfMissing, "SET", "ours"}, {SetIfMissing, "NEW", "ours"}, {AppendToPath, "LIST", "/c"},
                      {AppendToPath, "THERE", "/y"}, {AppendToPath, "EMPTY", "/c"}, {AppendToPath, "FRESH", "/c"}};
  ASSERT_TRUE(apply_plan(plan, config));
  EXPECT_EQ(config["process"]["env"].dump(),
            R"(["SET=mine","EMPTY=/c","LIST=/a:/b:/c","THERE=/x:/y","SETTER=1","NEW=ours","FRESH=/c"])");
}

TEST(OciConfig, SectionsThatAreMissingAreMade) {
  Config config = parsed("{}");
  Plan plan;
  plan.environment = {{EnvironmentEdit::Kind::SetIfMissing, "A", "1"}};
  plan.mounts = {{"/host/folder", "/folder", true}};
  plan.hooks = {{"poststop", "/bin/hook", {"hook", "poststop"}}};
  ASSERT_TRUE(apply_plan(plan, config));
  EXPECT_EQ(config["mounts"][0]["destination"].get<std::string>(), "/folder");
  EXPECT_EQ(config["mounts"][0]["options"].dump(), R"(["bind","ro","nosuid","nodev","rprivate"])");
  EXPECT_EQ(config["hooks"]["poststop"][0]["args"].dump(), R"(["hook","poststop"])");
}

TEST(OciConfig, HooksAndMountsAreAppended) {
  Config config = parsed(R"({"mounts":[{"destination":"/proc"}],"hooks":{"createRuntime":[{"path":"/first"}]}})");
  Plan plan;
  plan.mounts = {{"/s", "/d", false}};
  plan.hooks = {{"createRuntime", "/second", {"second"}}};
  ASSERT_TRUE(apply_plan(plan, config));
  EXPECT_EQ(config["mounts"][0]["destination"].get<std::string>(), "/proc");
  EXPECT_EQ(config["mounts"][1]["destination"].get<std::string>(), "/d");
  EXPECT_EQ(config["hooks"]["createRuntime"][0]["path"].get<std::string>(), "/first");
  EXPECT_EQ(config["hooks"]["createRuntime"][1]["path"].get<std::string>(), "/second");
}

TEST(OciConfig, NodesThatTheRuntimeMakes) {
  Config config = parsed(R"({"linux":{"devices":[{"path":"/dev/fuse"}]}})");
  EXPECT_FALSE(has_device_node(config, "/dev/nvidiactl"));
  Plan plan;
  plan.nodes = {{"nvidiactl", 195, 255}};
  ASSERT_TRUE(apply_plan(plan, config));
  EXPECT_EQ(config["linux"]["devices"].size(), 2u);
  EXPECT_EQ(config["linux"]["devices"][1].dump(),
            R"({"path":"/dev/nvidiactl","type":"c","major":195,"minor":255,"fileMode":438,"uid":0,"gid":0})");
  EXPECT_TRUE(has_device_node(config, "/dev/nvidiactl"));
}

TEST(OciConfig, TheRuntimeMakesNodesWhereTheDeviceFolderIsTheContainersOwn) {
  const char* const own = R"({"mounts":[{"destination":"/dev","type":"tmpfs"},{"destination":"/dev/shm","type":"bind"}],
    "linux":{"namespaces":[{"type":"mount"}],"uidMappings":[]}})";
  EXPECT_TRUE(has_own_device_folder(parsed(own)));
  for (const char* other :
       {"{}", R"({"mounts":7,"linux":"x"})", R"({"mounts":[{"destination":"/dev","type":"bind","source":"/dev"}]})",
        R"({"mounts":[{"destination":"/dev","type":"tmpfs"},{"destination":"/dev/","type":"bind"}]})",
        R"({"mounts":[{"destination":"/dev","type":"tmpfs"},{"destination":"//dev/./nvidia0","type":"bind"}]})",
        R"({"mounts":[{"destination":"/dev","type":"tmpfs"}],"linux":{"namespaces":[{"type":"user"}]}})",
        R"({"mounts":[{"destination":"/dev","type":"tmpfs"}],"linux":{"uidMappings":[{"size":1}]}})",
        R"({"mounts":[{"destination":"/dev","type":"tmpfs"}],"linux":{"devices":[{"path":"/dev/nvidia0"}]}})"}) {
    EXPECT_FALSE(has_own_device_folder(parsed(other))) << other;
  }
}

TEST(OciConfig, ASectionOfAnotherTypeIsRefused) {
  Config config = parsed(R"({"mounts":7})");
  Plan plan;
  plan.mounts = {{"/s", "/d", false}};
  const auto applied = apply_plan(plan, config);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().message, "config.json: \"mounts\" is a number");
}

TEST(OciConfig, OddTypesWhereOthersReadAreNothing) {
  const Config config = parsed(R"({"annotations":{"a":1,"b":"2"},"process":[],"mounts":{"x":1},"linux":"x","root":3})");
  EXPECT_EQ(annotations_of(config), (Annotations{{"b", "2"}}));
  EXPECT_FALSE(environment_variable(config, "A"));
  EXPECT_EQ(container_id_of(config), "");
  EXPECT_FALSE(has_plan(config));
  EXPECT_FALSE(rootfs_path(config, "/bundle"));
}

TEST(OciConfig, RootFileSystem) {
  EXPECT_EQ(*rootfs_path(parsed(R"({"root":{"path":"/merged"}})"), "/bundle"), "/merged");
  EXPECT_EQ(*rootfs_path(parsed(R"({"root":{"path":"rootfs"}})"), "/bundle"), "/bundle/rootfs");
}

TEST(OciConfig, TheContainerIsKnownByItsCgroup) {
  const auto id = [](const std::string& path) {
    return container_id_of(parsed(R"({"linux":{"cgroupsPath":")" + path + "\"}}"));
  };
  EXPECT_EQ(id("/libpod_parent/libpod-" + kId), kId);
  EXPECT_EQ(id("machine.slice:libpod:" + kId), kId);
  EXPECT_EQ(id("/docker/" + std::string(64, 'b') + "/libpod-" + kId), kId);
  EXPECT_EQ(id("/libpod-" + kId + "a"), "");
  EXPECT_EQ(id("/libpod-" + kId.substr(1)), "");
}

TEST(OciConfig, TheContainerIsKnownByWhatTheEngineMounts) {
  const std::string source = "/run/containers/" + kId + "/userdata/hostname";
  EXPECT_EQ(container_id_of(parsed(R"({"mounts":[{"destination":"/data","source":"/x/)" + std::string(64, 'b') +
                                   R"("},{"destination":"/etc/hostname","source":")" + source + "\"}]}")),
            kId);
}

TEST(OciConfig, MountsAroundAPath) {
  const auto around = [](const std::string& destination) {
    return has_mount_around(parsed(R"({"mounts":[{"destination":"/proc"},{"destination":")" + destination + R"("}]})"),
                            "/usr/lib64/tls");
  };
  for (const char* yes : {"/usr", "/usr/", "/usr/lib64", "/usr/lib64/tls", "/usr/lib64/tls/x86_64"}) {
    EXPECT_TRUE(around(yes)) << yes;
  }
  for (const char* no : {"/", "", "/us", "/usr/lib", "/usr/lib64/tls2", "/usr/lib64/libcuda.so.1"}) {
    EXPECT_FALSE(around(no)) << no;
  }
  EXPECT_FALSE(has_mount_around(parsed("{}"), "/usr/lib64/tls"));
}

TEST(OciConfig, AppliedPlansAreSeen) {
  Facts facts;
  facts.libraries = {"libcuda.so.1", "libnvidia-ml.so.1"};
  const auto plan = make_plan(Request(), facts);
  ASSERT_TRUE(plan) << plan.error().message;
  Config config = parsed("{}");
  EXPECT_FALSE(has_plan(config));
  ASSERT_TRUE(apply_plan(*plan, config));
  EXPECT_TRUE(has_plan(config));
  EXPECT_FALSE(has_plan(parsed(R"({"mounts":[{"destination":"/etc/vgpu"}]})")));
}

}  // namespace
}  // namespace vgpu::oci
