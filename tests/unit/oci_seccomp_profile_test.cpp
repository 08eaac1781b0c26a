#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <fstream>

#include "filter_program.h"
#include "oci/seccomp_merge.h"
#include "oci/seccomp_profile.h"

// Profiles made of engines' defaults: their conditions are decided, and the listener is in them.
namespace vgpu::oci {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Listener kShared{"/run/vgpu/seccomp.sock", "/run/vgpu/containers", false};
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW, kNotify = SECCOMP_RET_USER_NOTIF;
constexpr std::uint64_t kNvidiaRequest = 0xc020462a, kTerminalRequest = 0x5401;

// In the form of Podman's and Docker's files.
const Config kEngines = Config::parse(R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
  "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
              {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
  "syscalls": [
    {"names": ["ioctl", "openat", "open", "getpid"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "",
     "includes": {}, "excludes": {}},
    {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"names": ["chroot"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "errno": "EPERM",
     "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
    {"names": ["getuid"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
    {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "args": null, "includes": {"minKernel": "4.8"}},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}
  ]})");

ProfileTarget target(const std::string& more = "", const std::string& kernel = "6.1") {
  ProfileTarget wanted{default_capabilities(), "amd64", kernel};
  if (!more.empty()) wanted.capabilities.push_back(more);
  return wanted;
}

std::vector<std::string> keys_of(const Config& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(SeccompProfile, ConditionsAreDecided) {
  const auto flat = flat_profile(kEngines, target());
  ASSERT_TRUE(flat) << flat.error().message;
  EXPECT_THAT(keys_of(*flat), ElementsAre("defaultAction", "defaultErrnoRet", "architectures", "syscalls"));
  EXPECT_EQ((*flat)["architectures"], Config({"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}));
  // What is not OCI's an engine would pass over, and with it a restriction.
  for (const Config& rule : (*flat)["syscalls"]) {
    for (const std::string& key : keys_of(rule)) {
      EXPECT_TRUE(key == "names" || key == "action" || key == "errnoRet" || key == "args") << key;
    }
  }
  const FilterProgram filter(*flat);
  EXPECT_EQ(filter.action(__NR_chroot, {}), kAllow);
  EXPECT_EQ(filter.action(__NR_mount, {}), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(filter.action(__NR_arch_prctl, {}), kAllow);
  EXPECT_EQ(filter.action(__NR_getuid, {}), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(filter.action(__NR_ptrace, {}), kAllow);
  EXPECT_EQ(filter.action(__NR_personality, {8}), kAllow);
  EXPECT_EQ(filter.action(__NR_personality, {9}), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST(SeccompProfile, CapabilitiesAndKernelCount) {
  const auto more = flat_profile(kEngines, target("CAP_SYS_ADMIN"));
  ASSERT_TRUE(more);
  EXPECT_EQ(FilterProgram(*more).action(__NR_mount, {}), kAllow);
  const auto old = flat_profile(kEngines, target("", "4.4.0-210-generic"));
  ASSERT_TRUE(old);
  EXPECT_EQ(FilterProgram(*old).action(__NR_ptrace, {}), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST(SeccompProfile, ListenerIsForAnyContainer) {
  const auto profile = listening_profile(*flat_profile(kEngines, target()), kShared);
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ((*profile)["listenerPath"], "/run/vgpu/seccomp.sock");
  EXPECT_EQ((*profile)["listenerMetadata"], "/run/vgpu/containers");
  EXPECT_FALSE(profile->contains("flags"));
  const FilterProgram filter(*profile);
  EXPECT_EQ(filter.action(__NR_ioctl, {3, kNvidiaRequest, 0}), kNotify);
  EXPECT_EQ(filter.action(__NR_ioctl, {3, kTerminalRequest, 0}), kAllow);
  EXPECT_EQ(filter.action(__NR_openat, {0, 0, O_RDWR | O_CLOEXEC, 0}), kNotify);
  EXPECT_EQ(filter.action(__NR_openat, {0, 0, O_RDONLY, 0}), kAllow);
  EXPECT_EQ(filter.action(__NR_getpid, {}), kAllow);
  const auto killable = listening_profile(*flat_profile(kEngines, target()), {kShared.path, kShared.metadata, true});
  EXPECT_EQ((*killable)["flags"], Config({"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"}));
}

TEST(SeccompProfile, OfAContainersConfiguration) {
  const Config config = {{"ociVersion", "1.0.2"}, {"linux", {{"seccomp", *flat_profile(kEngines, target())}}}};
  EXPECT_EQ(flat_profile(config, target()).value(), flat_profile(kEngines, target()).value());
  const auto unconfined = flat_profile({{"ociVersion", "1.0.2"}, {"linux", Config::object()}}, target());
  ASSERT_FALSE(unconfined);
  EXPECT_THAT(unconfined.error().message, HasSubstr("unconfined"));
}

TEST(SeccompProfile, RefusesWhatItDoesNotUnderstand) {
  Config unknown = kEngines;
  unknown["syscalls"][0]["includes"]["moon"] = "full";
  const auto refused = flat_profile(unknown, target());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("includes.moon"));
  EXPECT_FALSE(flat_profile(Config::parse("[]"), target()));
  EXPECT_FALSE(flat_profile(Config::parse(R"({"syscalls":[]})"), target()));
  EXPECT_FALSE(
      flat_profile(Config::parse(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["open"]}]})"), target()));
  const auto twice = listening_profile(*listening_profile(*flat_profile(kEngines, target()), kShared),
                                       {"/run/other.sock", "/run/other", false});
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("has a listener already"));
}

TEST(SeccompProfile, AContainersOwnListenerTakesTheSharedOnesPlace) {
  const Config profile = *listening_profile(*flat_profile(kEngines, target()), kShared);
  Config config = {{"linux", {{"seccomp", profile}}}};
  EXPECT_TRUE(has_shared_listener(config, "/run/vgpu/containers"));
  EXPECT_FALSE(has_shared_listener(config, "/run/vgpu/containers/x"));
  EXPECT_FALSE(has_shared_listener(Config::object(), "/run/vgpu/containers"));
  ASSERT_TRUE(merge_listener({"/run/vgpu/containers/x/sock", "/run/vgpu/containers/x", false}, config));
  Config expected = profile;
  expected["listenerPath"] = "/run/vgpu/containers/x/sock";
  expected["listenerMetadata"] = "/run/vgpu/containers/x";
  EXPECT_EQ(config["linux"]["seccomp"], expected);
}

TEST(SeccompProfile, PodmansOwn) {
  std::ifstream file("/usr/share/containers/seccomp.json");
  if (!file) GTEST_SKIP() << "podman's profile is not installed";
  const auto flat = flat_profile(Config::parse(file), target());
  ASSERT_TRUE(flat) << flat.error().message;
  const auto profile = listening_profile(*flat, kShared);
  ASSERT_TRUE(profile) << profile.error().message;
  const FilterProgram plain(*flat), filter(*profile);
  EXPECT_EQ(filter.action(__NR_ioctl, {3, kNvidiaRequest, 0}), kNotify);
  for (int number = 0; number < 450; ++number) {
    const std::vector<std::uint64_t> arguments = {3, kTerminalRequest, 0};
    EXPECT_EQ(filter.action(number, arguments), plain.action(number, arguments)) << number;
  }
}

}  // namespace
}  // namespace vgpu::oci
