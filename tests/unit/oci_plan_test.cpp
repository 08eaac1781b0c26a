#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gpu/model/device_file.h"
#include "oci/plan.h"

namespace vgpu::oci {
namespace {

Facts facts_with(std::vector<std::string> libraries) {
  Facts facts;
  facts.container_id = "box";
  facts.state_folder = "/run/vgpu/containers/box";
  facts.library_folder = "/usr/lib64/vgpu";
  facts.libraries = std::move(libraries);
  facts.hook_program = "/usr/libexec/vgpu/vgpu-hook";
  return facts;
}

Request request() {
  Request request;
  request.profile = *model::find_profile("t4");
  return request;
}

const Mount* mount_at(const Plan& plan, const std::string& destination) {
  const auto found = std::ranges::find(plan.mounts, destination, &Mount::destination);
  return found == plan.mounts.end() ? nullptr : &*found;
}

TEST(OciPlan, FoldersAndDeviceFile) {
  const auto plan = make_plan(request(), facts_with({"libcuda.so.1", "libnvidia-ml.so.1"}));
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->mounts.size(), 2u);
  EXPECT_EQ(plan->mounts[0].source, "/usr/lib64/vgpu");
  EXPECT_EQ(plan->mounts[0].destination, "/usr/local/nvidia/lib64");
  EXPECT_EQ(plan->mounts[1].source, "/run/vgpu/containers/box/etc");
  EXPECT_EQ(plan->mounts[1].destination, "/etc/vgpu");
  ASSERT_EQ(plan->files.size(), 2u);
  EXPECT_EQ(plan->files[0].name, "etc/device.json");
  const auto devices = model::parse_device_json(plan->files[0].content);
  ASSERT_TRUE(devices);
  EXPECT_EQ(devices->at(0).profile.id, "t4");
}

TEST(OciPlan, WithoutADriverLibraryThereIsNoPlan) {
  const auto plan = make_plan(request(), facts_with({"libcuda.so.1"}));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "library folder \"/usr/lib64/vgpu\": lacks libnvidia-ml.so.1");
}

TEST(OciPlan, CoversOnlyWithLibrariesThatExist) {
  Facts facts = facts_with({"libcuda.so.1", "libnvidia-ml.so.1"});
  facts.covers = {{"/usr/lib/libcuda.so.535", "libcuda.so.1"}, {"/usr/lib/libcublas.so.12", "libcublas.so.12"}};
  const auto plan = make_plan(request(), facts);
  ASSERT_TRUE(plan);
  ASSERT_NE(mount_at(*plan, "/usr/lib/libcuda.so.535"), nullptr);
  EXPECT_EQ(mount_at(*plan, "/usr/lib/libcuda.so.535")->source, "/usr/lib64/vgpu/libcuda.so.1");
  EXPECT_EQ(mount_at(*plan, "/usr/lib/libcublas.so.12"), nullptr);
}

TEST(OciPlan, WithASystemFolderEveryLibraryIsFoundThere) {
  Facts facts = facts_with({"libcuda.so.1", "libnvidia-ml.so.1", "libcudart.so.12"});
  facts.system_folder = "/usr/lib64";
  facts.covers = {{"/usr/lib64/libcuda.so.1", "libcuda.so.1"}, {"/opt/libnvidia-ml.so.1", "libnvidia-ml.so.1"}};
  const auto plan = make_plan(request(), facts);
  ASSERT_TRUE(plan);
  for (const char* library : {"libcuda.so.1", "libnvidia-ml.so.1", "libcudart.so.12"}) {
    EXPECT_NE(mount_at(*plan, std::string("/usr/lib64/") + library), nullptr) << library;
  }
  EXPECT_EQ(plan->mounts.size(), 6u);
}

TEST(OciPlan, TheLinkersFirstFolderIsTheLibraryFolder) {
  Facts facts = facts_with({"libcuda.so.1", "libnvidia-ml.so.1"});
  facts.preferred_folder = "/usr/lib64/glibc-hwcaps/x86-64-v2";
  const auto plan = make_plan(request(), facts);
  ASSERT_TRUE(plan);
  const Mount* mount = mount_at(*plan, facts.preferred_folder);
  ASSERT_NE(mount, nullptr);
  EXPECT_TRUE(mount->folder);
  EXPECT_EQ(mount->source, mount_at(*plan, "/usr/local/nvidia/lib64")->source);
}

std::vector<std::string> with_preloaded() {
  return {"libcuda.so.1",    "libnvidia-ml.so.1", "libvgpu-exec.so",  "libvgpu-syscall.so",
          "libvgpu-cuda.so", "libvgpu-nvml.so",   "libvgpu-cudart.so"};
}

TEST(OciPlan, PreloadNeedsItsLibraries) {
  Request preload = request();
  preload.injection = Injection::Preload;
  const auto refused = make_plan(preload, facts_with({"libcuda.so.1", "libnvidia-ml.so.1"}));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(
      refused.error().message.starts_with("vgpu.dev/inject=\"preload\": this installation lacks libvgpu-exec.so"));
  Facts facts = facts_with(with_preloaded());
  facts.has_glibc = true;
  const auto plan = make_plan(preload, facts);
  ASSERT_TRUE(plan);
  const auto edit = std::ranges::find(plan->environment, "LD_PRELOAD", &EnvironmentEdit::name);
  ASSERT_NE(edit, plan->environment.end());
  EXPECT_TRUE(
      edit->value.starts_with("/usr/local/nvidia/lib64/libvgpu-exec.so:/usr/local/nvidia/lib64/libvgpu-syscall.so:"));
}

TEST(OciPlan, NothingIsPreloadedWithoutGlibc) {
  Request preload = request();
  preload.injection = Injection::Preload;
  Facts facts = facts_with(with_preloaded());
  const auto plan = make_plan(preload, facts);
  ASSERT_TRUE(plan);
  EXPECT_EQ(std::ranges::count(plan->environment, "LD_PRELOAD", &EnvironmentEdit::name), 0);
  facts.preload_file = "";
  const auto file = make_plan(preload, facts);
  ASSERT_TRUE(file);
  EXPECT_EQ(mount_at(*file, "/etc/ld.so.preload"), nullptr);
}

TEST(OciPlan, WithoutAnEnvironmentAFileIsPreloaded) {
  Facts facts = facts_with({"libcuda.so.1", "libnvidia-ml.so.1", "libvgpu-cuda.so", "libvgpu-exec.so"});
  facts.has_glibc = true;
  facts.preload_file = "# the image's\n/opt/own.so";
  const auto plan = make_plan(request(), facts);
  ASSERT_TRUE(plan);
  EXPECT_EQ(std::ranges::count(plan->environment, "LD_PRELOAD", &EnvironmentEdit::name), 0);
  const Mount* const mount = mount_at(*plan, "/etc/ld.so.preload");
  ASSERT_NE(mount, nullptr);
  EXPECT_EQ(mount->source, "/run/vgpu/containers/box/ld.so.preload");
  ASSERT_EQ(plan->files.size(), 3u);
  EXPECT_EQ(plan->files[1].name, "ld.so.preload");
  EXPECT_EQ(plan->files[1].content,
            "# the image's\n/opt/own.so\n/usr/local/nvidia/lib64/libvgpu-exec.so\n"
            "/usr/local/nvidia/lib64/libvgpu-cuda.so\n");
  // An image that was made from such a container.
  facts.preload_file = plan->files[1].content;
  const auto again = make_plan(request(), facts);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->files[1].content, plan->files[1].content);
}

TEST(OciPlan, AnInstallationWithoutPreloadedLibrariesHasNoFile) {
  Facts facts = facts_with({"libcuda.so.1", "libnvidia-ml.so.1"});
  facts.has_glibc = true;
  facts.preload_file = "";
  const auto plan = make_plan(request(), facts);
  ASSERT_TRUE(plan);
  EXPECT_EQ(mount_at(*plan, "/etc/ld.so.preload"), nullptr);
  Request preload = request();
  preload.injection = Injection::Preload;
  EXPECT_FALSE(make_plan(preload, facts));
}

TEST(OciPlan, NothingStandsForAManagementLibraryThatStays) {
  Request preload = request();
  preload.injection = Injection::Preload;
  Facts facts = facts_with(with_preloaded());
  facts.has_glibc = true;
  facts.has_own_management_library = true;
  facts.driver_library_folder = "/usr/lib64/vgpu-driver";
  facts.node_folder = "/run/vgpu/containers/box/dev";
  facts.listener = Listener{};
  const auto plan = make_plan(preload, facts);
  ASSERT_TRUE(plan);
  const auto edit = std::ranges::find(plan->environment, "LD_PRELOAD", &EnvironmentEdit::name);
  ASSERT_NE(edit, plan->environment.end());
  EXPECT_EQ(edit->value.find("nvml"), std::string::npos);
  EXPECT_NE(edit->value.find("libvgpu-cudart.so"), std::string::npos);
}

TEST(OciPlan, AManagementLibraryStaysWhereTheDriverIsPreloaded) {
  Facts facts = facts_with(with_preloaded());
  facts.has_glibc = true;
  facts.has_own_management_library = true;
  facts.driver_library_folder = "/usr/lib64/vgpu-driver";
  facts.preload_file = "";
  facts.system_folder = "/usr/lib64";
  facts.covers = {{"/usr/lib64/libnvidia-ml.so.535", "libnvidia-ml.so.1"}};
  const auto plan = make_plan(request(), facts);
  ASSERT_TRUE(plan);
  for (const Mount& mount : plan->mounts)
    EXPECT_FALSE(mount.source.ends_with("libnvidia-ml.so.1")) << mount.destination;
  EXPECT_EQ(plan->mounts[0].source, "/usr/lib64/vgpu-driver");
  EXPECT_EQ(plan->files[1].content.find("nvml"), std::string::npos);
  std::erase(facts.libraries, "libvgpu-syscall.so");
  const auto without = make_plan(request(), facts);
  ASSERT_TRUE(without);
  EXPECT_NE(mount_at(*without, "/usr/lib64/libnvidia-ml.so.535"), nullptr);
}

TEST(OciPlan, ARefusalsNameSpellsTheReason) {
  EXPECT_EQ(refusal_name("vgpu: vgpu.dev/count=\"0\": must be 1 to 16"), "vgpu: vgpu.dev/count=\"0\": must be 1 to 16");
  const std::string name = refusal_name("vgpu: vgpu.dev/profile=\"/../../../bin/sh\": unknown");
  EXPECT_EQ(std::ranges::count(name, '/'), 1);
  for (const char* reason : {"/../x", "../x", "./x", "/", "a/../../x", "abc/../x"}) {
    const std::string spelt = "/" + refusal_name(reason) + "/";
    EXPECT_EQ(spelt.find("/../"), std::string::npos) << reason;
    EXPECT_FALSE(refusal_name(reason).starts_with('/')) << reason;
  }
}

TEST(OciPlan, ARefusalsNameFitsAFileSystem) {
  for (std::size_t length = 190; length < 215; ++length) {
    const std::string name =
        refusal_name("vgpu: a/" + std::string(length, 'x') + "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
    EXPECT_LE(name.size() - name.find('/'), 255u);
    EXPECT_NO_THROW(nlohmann::json(name).dump()) << length;
  }
}

TEST(OciPlan, ARefusalFailsAtCreateRuntime) {
  const Plan plan = make_refusal("no", "/run/vgpu/refused/x/vgpu: no");
  ASSERT_EQ(plan.hooks.size(), 1u);
  EXPECT_EQ(plan.hooks[0].stage, "createRuntime");
  EXPECT_EQ(plan.hooks[0].path, "/run/vgpu/refused/x/vgpu: no");
  EXPECT_TRUE(plan.mounts.empty());
  EXPECT_TRUE(plan.environment.empty());
}

}  // namespace
}  // namespace vgpu::oci
