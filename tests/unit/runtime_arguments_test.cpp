#include <gmock/gmock.h>

#include "hook/runtime/arguments.h"

namespace vgpu::test {
namespace {

using runtime::Invocation;
using testing::ElementsAre;
using testing::ElementsAreArray;

// `words` has to live as long as the invocation.
Invocation parse(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  return runtime::parse_invocation(arguments);
}

std::vector<std::string> passed(const Invocation& invocation) {
  return {invocation.arguments.begin(), invocation.arguments.end()};
}

TEST(RuntimeArguments, ContainerdsCreateIsUnderstoodAndPassedOnAsItIs) {
  const std::vector<std::string> words = {"--root",
                                          "/run/containerd/runc/k8s.io",
                                          "--log",
                                          "/b/log.json",
                                          "--log-format",
                                          "json",
                                          "--systemd-cgroup",
                                          "create",
                                          "--bundle",
                                          "/b",
                                          "--pid-file",
                                          "/b/pid",
                                          "--console-socket",
                                          "/c",
                                          "abc"};
  const Invocation invocation = parse(words);
  EXPECT_EQ(invocation.command, "create");
  EXPECT_EQ(invocation.log, "/b/log.json");
  EXPECT_EQ(invocation.log_format, "json");
  EXPECT_EQ(invocation.bundle, "/b");
  EXPECT_EQ(invocation.config, "config.json");
  EXPECT_EQ(invocation.id, "abc");
  EXPECT_THAT(passed(invocation), ElementsAreArray(words));
}

TEST(RuntimeArguments, OptionsAreWrittenInManyWays) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--root=/r", "create", "--bundle=/b", "abc"},
           {"-root", "/r", "create", "-bundle", "/b", "abc"},
           {"--debug", "create", "-b", "/b", "--no-pivot", "abc"},
           {"--systemd-cgroup", "create", "-b=/b", "abc"},
           {"create", "-b/b", "--preserve-fds", "3", "abc"},
           {"create", "--bundle", "/first", "--bundle", "/b", "abc"},
           {"--root", "create", "--", "create", "--bundle", "/b", "abc"},
           {"--cgroup-manager", "cgroupfs", "create", "--bundle", "/b", "abc"},
           {"--rootless=true", "--log-level", "debug", "create", "--bundle", "/b", "abc"},
           {"--no-such-option", "value", "create", "--bundle", "/b", "abc"},
           {"--no-such-option", "create", "--bundle", "/b", "abc"}}) {
    const Invocation invocation = parse(words);
    EXPECT_EQ(invocation.command, "create") << testing::PrintToString(words);
    EXPECT_EQ(invocation.bundle, "/b") << testing::PrintToString(words);
    EXPECT_EQ(invocation.id, "abc") << testing::PrintToString(words);
    EXPECT_THAT(passed(invocation), ElementsAreArray(words));
  }
}

TEST(RuntimeArguments, WithoutABundleItIsTheFolderThatTheCallIsMadeIn) {
  EXPECT_EQ(parse({"run", "abc"}).bundle, ".");
  EXPECT_EQ(parse({"run", "--config", "other.json", "abc"}).config, "other.json");
}

TEST(RuntimeArguments, AnotherCommandsOptionsAreItsOwn) {
  const Invocation invocation = parse({"exec", "--bundle", "/b", "abc", "ls"});
  EXPECT_EQ(invocation.command, "exec");
  EXPECT_EQ(invocation.bundle, ".");
  EXPECT_EQ(parse({"delete", "--force", "abc"}).id, "abc");
}

TEST(RuntimeArguments, WithoutACommandThereIsNone) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--version"}, {"-v"}, {}, {"--help"}, {"--root"}, {"--"}}) {
    const Invocation invocation = parse(words);
    EXPECT_EQ(invocation.command, "") << testing::PrintToString(words);
    EXPECT_EQ(invocation.id, "");
    EXPECT_THAT(passed(invocation), ElementsAreArray(words));
  }
  EXPECT_EQ(parse({"create"}).id, "");
  EXPECT_EQ(parse({"delete", "--force"}).id, "");
}

TEST(RuntimeArguments, OurOwnOptionIsTakenOut) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--runtime=/opt/runc", "--root", "/r", "state", "abc"},
                                             {"--root", "/r", "--runtime", "/opt/runc", "state", "abc"}}) {
    const Invocation invocation = parse(words);
    EXPECT_EQ(invocation.runtime, "/opt/runc");
    EXPECT_THAT(passed(invocation), ElementsAre("--root", "/r", "state", "abc"));
  }
  // Behind the command it is the real runtime's.
  const std::vector<std::string> words = {"exec", "abc", "sh", "--runtime=/opt/runc"};
  EXPECT_FALSE(parse(words).runtime);
  EXPECT_THAT(passed(parse(words)), ElementsAreArray(words));
}

}  // namespace
}  // namespace vgpu::test
