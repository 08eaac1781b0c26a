#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <random>

#include "filter_program.h"
#include "oci/seccomp_merge.h"
#include "oci/seccomp_rules.h"

// The merged filter decides as it should, whatever the profile was, by libseccomp's own word.
namespace vgpu::oci {
namespace {

using testing::HasSubstr;

const Listener kListener{"/run/vgpu/x/seccomp.sock", "/run/vgpu/x", false};

bool is_nvidia(std::uint64_t request) {
  const auto low = static_cast<std::uint32_t>(request);
  return (low & 0xff00) == 0x4600 || (low & 0xf000) == 0;
}

bool opens_node(std::uint64_t flags) {
  return (flags & (O_ACCMODE | O_CREAT | O_DIRECTORY)) == O_RDWR;
}

struct Call {
  int number;
  std::vector<std::uint64_t> arguments;
};

// Calls of all kinds, near the borders of what is trapped more than elsewhere.
std::vector<Call> calls() {
  std::mt19937_64 random(1);
  std::vector<Call> list;
  for (int count = 0; count < 20000; ++count) {
    std::uint64_t request = 0;
    switch (count % 6) {
      case 0:
        request = random();
        break;
      case 1:
        request = random() & 0xffffffff;
        break;
      case 2:
        request = count % 12 == 2 ? 3221243434 : 0xc0004600 | (random() & 0x3fff00ff);
        break;
      case 3:
        request = random() & 0x1fff;
        break;
      case 4:
        request = 0x30000000 | (random() & 0x1fff);
        break;
      default:
        request = 0x5400 | (random() & 0xff);
    }
    list.push_back({__NR_ioctl, {random() % 4, request, random()}});
    const std::uint64_t flags = count % 2 == 0 ? random() & 0x7fffff : (random() & O_CLOEXEC) | O_RDWR;
    list.push_back({__NR_openat, {random(), random(), flags, 0}});
    list.push_back({__NR_open, {random(), flags, 0}});
    list.push_back({static_cast<int>(random() % 330), {random(), random(), random()}});
  }
  return list;
}

bool is_trapped(const Call& call) {
  switch (call.number) {
    case __NR_ioctl:
      return is_nvidia(call.arguments[1]);
    case __NR_openat:
      return opens_node(call.arguments[2]);
    case __NR_open:
      return opens_node(call.arguments[1]);
    default:
      return false;
  }
}

bool is_allowed(std::uint32_t action) {
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

// Where the profile allows a call, the merged one allows it or, if it is trapped, notifies of it; elsewhere it does as
// the profile does. In whatever order the rules stand.
void expect_right(const Config& config) {
  Config merged = config;
  const auto done = merge_listener(kListener, merged);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  Config before = {{"defaultAction", "SCMP_ACT_ALLOW"}};
  if (config.contains("linux") && config["linux"].contains("seccomp")) before = config["linux"]["seccomp"];
  const FilterProgram old_filter(before);
  std::mt19937 random(2);
  for (int round = 0; round < 3; ++round) {
    const FilterProgram new_filter(merged["linux"]["seccomp"]);
    for (const Call& call : calls()) {
      const std::uint32_t old_action = old_filter.action(call.number, call.arguments);
      const std::uint32_t expected =
          is_allowed(old_action) && is_trapped(call) ? std::uint32_t{SECCOMP_RET_USER_NOTIF} : old_action;
      ASSERT_EQ(new_filter.action(call.number, call.arguments), expected)
          << "call " << call.number << " " << std::hex << call.arguments[0] << " " << call.arguments[1] << " "
          << call.arguments[2];
    }
    Config& rules = merged["linux"]["seccomp"]["syscalls"];
    std::vector<Config> shuffled(rules.begin(), rules.end());
    std::ranges::shuffle(shuffled, random);
    rules = shuffled;
  }
}

Config profile(const char* text) {
  return {{"linux", {{"seccomp", Config::parse(text)}}}};
}

TEST(Cubes, WhatIsLeftAndWhatIsTakenAreAllThereIs) {
  const std::vector<Cube> left = difference(Cube{}, nvidia_requests());
  std::mt19937_64 random(3);
  for (int count = 0; count < 100000; ++count) {
    const std::uint64_t number = count % 2 == 0 ? random() : random() & 0x3000f6ff;
    const auto in = [&](const std::vector<Cube>& cubes) {
      return std::ranges::count_if(cubes, [&](const Cube& cube) { return cube.contains(number); });
    };
    ASSERT_EQ(in(left) + in(nvidia_requests()), 1) << std::hex << number;
  }
  EXPECT_LE(left.size(), 9u);
}

TEST(SeccompMerge, NoProfile) {
  expect_right(Config::object());
  expect_right({{"linux", Config::object()}});
}

TEST(SeccompMerge, WithoutAProfileOldProgramsRunStill) {
  Config config = Config::object();
  ASSERT_TRUE(merge_listener(kListener, config).has_value());
  EXPECT_EQ(config["linux"]["seccomp"]["architectures"].dump(),
            R"(["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"])");
}

TEST(SeccompMerge, AProfileLikePodmans) {
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64"],
    "syscalls":[{"names":["read","write","open","openat","ioctl","getppid"],"action":"SCMP_ACT_ALLOW"},
    {"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]},
    {"names":["mount","bpf"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]})"));
}

TEST(SeccompMerge, WhatIsDeniedStaysDenied) {
  expect_right(profile(
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","openat"],"action":"SCMP_ACT_ALLOW"}]})"));
  expect_right(profile(
      R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]})"));
  expect_right(profile(
      R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_KILL_PROCESS"},{"names":["open"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]})"));
}

TEST(SeccompMerge, RulesWithConditions) {
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
    {"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":21505,"op":"SCMP_CMP_EQ"}]},
    {"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":3221243434,"op":"SCMP_CMP_EQ"}]},
    {"names":["openat"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":3,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]}]})"));
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
    {"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]})"));
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
    {"names":["ioctl"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":1,"value":21522,"op":"SCMP_CMP_EQ"}]},
    {"names":["ioctl"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":1,"value":255,"valueTwo":42,"op":"SCMP_CMP_MASKED_EQ"}]}]})"));
}

TEST(SeccompMerge, AllButOneRequest) {
  for (const char* value : {"21522", "3221243434", "17"}) {
    expect_right(profile((std::string(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
      {"names":["openat","ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":)") +
                          value + R"(,"op":"SCMP_CMP_NE"}]}]})")
                             .c_str()));
    expect_right(profile((std::string(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
      {"names":["ioctl"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":)") +
                          value + R"(,"op":"SCMP_CMP_NE"}]}]})")
                             .c_str()));
  }
}

TEST(SeccompMerge, TwoConditionsOnOneArgumentAreTwoRules) {
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ALLOW",
    "args":[{"index":1,"value":21522,"op":"SCMP_CMP_EQ"},{"index":1,"value":3221243434,"op":"SCMP_CMP_EQ"},
    {"index":0,"value":2,"op":"SCMP_CMP_EQ"}]}]})"));
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ERRNO",
    "args":[{"index":1,"value":21522,"op":"SCMP_CMP_EQ"},{"index":1,"value":3221243434,"op":"SCMP_CMP_EQ"}]}]})"));
}

TEST(SeccompMerge, ARuleThatSaysWhatIsTheDefaultCountsForNothing) {
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ALLOW"},
    {"names":["ioctl"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":1,"value":3221243434,"op":"SCMP_CMP_EQ"}]}]})"));
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"syscalls":[
    {"names":["ioctl","open"],"action":"SCMP_ACT_ERRNO","errnoRet":38},{"names":["ioctl"],"action":"SCMP_ACT_ALLOW"}]})"));
}

TEST(SeccompMerge, ConditionsBesideAnUnconditionalRuleCountForNothing) {
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
    {"names":["ioctl"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"args":[{"index":1,"value":3221243434,"op":"SCMP_CMP_EQ"}]},
    {"names":["ioctl","openat"],"action":"SCMP_ACT_ALLOW"}]})"));
  expect_right(profile(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
    {"names":["ioctl"],"action":"SCMP_ACT_LOG","args":[{"index":1,"value":3221243434,"op":"SCMP_CMP_EQ"}]},
    {"names":["ioctl","openat"],"action":"SCMP_ACT_KILL_PROCESS"}]})"));
}

TEST(SeccompMerge, LoggedCallsAreTrappedToo) {
  expect_right(profile(
      R"({"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["ioctl","openat"],"action":"SCMP_ACT_ALLOW"}]})"));
}

TEST(SeccompMerge, NothingElseChanges) {
  Config config = profile(
      R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],
    "flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})");
  const Config before = config;
  ASSERT_TRUE(merge_listener(kListener, config).has_value());
  Config& seccomp = config["linux"]["seccomp"];
  EXPECT_EQ(seccomp["listenerPath"], kListener.path);
  EXPECT_EQ(seccomp["listenerMetadata"], kListener.metadata);
  seccomp.erase("listenerPath");
  seccomp.erase("listenerMetadata");
  EXPECT_EQ(config, before);
}

TEST(SeccompMerge, AFlagIsAddedOnce) {
  Config config = Config::object();
  Listener listener = kListener;
  listener.wait_killable = true;
  ASSERT_TRUE(merge_listener(listener, config).has_value());
  EXPECT_EQ(config["linux"]["seccomp"]["flags"], Config::array({"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"}));
}

TEST(SeccompMerge, RefusesOtherListenersByName) {
  const auto refused = [](Config config) {
    const Config before = config;
    const auto done = merge_listener(kListener, config);
    EXPECT_EQ(config, before);
    return done ? std::string() : done.error().message;
  };
  EXPECT_THAT(refused(profile(R"({"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/run/other.sock"})")),
              HasSubstr("linux.seccomp.listenerPath \"/run/other.sock\""));
  EXPECT_THAT(refused(profile(
                  R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]})")),
              HasSubstr("SCMP_ACT_NOTIFY"));
  EXPECT_THAT(refused({{"annotations", {{"run.oci.seccomp.receiver", "/run/other.sock"}}}}),
              HasSubstr("run.oci.seccomp.receiver"));
  EXPECT_THAT(refused(profile(R"({"defaultAction":"SCMP_ACT_NOTIFY"})")),
              HasSubstr("default action is SCMP_ACT_NOTIFY"));
  EXPECT_THAT(
      refused(profile(
          R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":5,"op":"SCMP_CMP_EQ"}]}]})")),
      HasSubstr("rules for ioctl deny it by other arguments"));
  EXPECT_THAT(
      refused(profile(
          R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":5,"op":"SCMP_CMP_GE"}]}]})")),
      HasSubstr("rules for ioctl compare argument 1"));
}

TEST(SeccompRemove, LeavesNothingThatMakesARuntimeConnect) {
  Config config = {{"annotations", {{"run.oci.seccomp.receiver", "/run/other.sock"}, {"key", "value"}}},
                   {"linux", {{"seccomp", {{"listenerPath", "/run/other.sock"}}}, {"cgroupsPath", "/a"}}}};
  remove_filter(config);
  EXPECT_EQ(config, Config({{"annotations", {{"key", "value"}}}, {"linux", {{"cgroupsPath", "/a"}}}}));
  Config empty = Config::object();
  remove_filter(empty);
  EXPECT_EQ(empty, Config::object());
}

}  // namespace
}  // namespace vgpu::oci
