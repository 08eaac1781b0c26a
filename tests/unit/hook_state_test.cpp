#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "hook/container_state.h"
#include "hook/engine.h"
#include "hook/mount_points.h"
#include "hook/state_folder.h"
#include "host/process_identity.h"

namespace vgpu::hook {
namespace {

namespace fs = std::filesystem;

class HookState : public testing::Test {
 protected:
  HookState() {
    std::string pattern = (fs::temp_directory_path() / "vgpu-state-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    fs::permissions(root_, fs::perms(0755));
  }
  ~HookState() override { fs::remove_all(root_); }

  [[nodiscard]] StateFolders open() const {
    auto states = StateFolders::open(root_.string());
    EXPECT_TRUE(states) << states.error().message;
    return *states;
  }
  static void make_old(const std::string& path) {
    const timespec past[2] = {{std::time(nullptr) - 1000, 0}, {std::time(nullptr) - 1000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), past, 0), 0);
  }

  fs::path root_;
};

// A process that has ended, and its identity while it lived.
host::ProcessIdentity ended_process() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto identity = host::identify_process(child);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return identity.value_or(host::ProcessIdentity());
}

TEST_F(HookState, FilesAreMadeAnewAndRemoved) {
  auto states = open();
  ASSERT_TRUE(states.create("box", {{"etc/device.json", "one"}, {"other", "x"}}));
  ASSERT_TRUE(states.create("box", {{"etc/device.json", "two"}}));
  EXPECT_FALSE(fs::exists(root_ / "containers/box/other"));
  std::string text;
  std::ifstream(root_ / "containers/box/etc/device.json") >> text;
  EXPECT_EQ(text, "two");
  EXPECT_TRUE(states.remove("box"));
  EXPECT_FALSE(fs::exists(root_ / "containers/box"));
  EXPECT_TRUE(states.remove("box"));
}

TEST_F(HookState, AnIdIsAFileNameOnly) {
  auto states = open();
  for (const char* id : {"", ".", "..", "../x", "a/b", "a b", "a\n"}) {
    EXPECT_FALSE(states.create(id, {})) << id;
    EXPECT_FALSE(states.remove(id)) << id;
    EXPECT_FALSE(states.create_refusal(id, "x", "/bin/true")) << id;
  }
  EXPECT_FALSE(states.create(std::string(256, 'a'), {}));
}

TEST_F(HookState, TheSweepRemovesTheDeadOnly) {
  auto states = open();
  for (const char* id : {"living", "dead", "starting", "never"}) ASSERT_TRUE(states.create(id, {}));
  ASSERT_TRUE(states.record_process("living", ::getpid()));
  std::ofstream(root_ / "containers/dead/pid") << host::to_text(ended_process());
  make_old(states.path_of("never"));
  make_old(states.path_of("living"));
  sweep(states);
  EXPECT_TRUE(fs::exists(states.path_of("living")));
  EXPECT_TRUE(fs::exists(states.path_of("starting")));
  EXPECT_FALSE(fs::exists(states.path_of("dead")));
  EXPECT_FALSE(fs::exists(states.path_of("never")));
}

// Another container's start may come between a container's end and the hook that is called for it.
TEST_F(HookState, TheSweepRemovesTheMountPointsOfTheDead) {
  auto states = open();
  fs::create_directories(root_ / "image/lib");
  for (const char* name : {"made", "written"}) std::ofstream(root_ / "image/lib" / name);
  std::ofstream(root_ / "image/lib/written") << "by the container";
  ASSERT_TRUE(states.create("dead", {}));
  const MountPoints made{(root_ / "image").string(), {"/lib/made", "/lib/written", "/nowhere/gone"}};
  ASSERT_TRUE(record_mount_points(states, "dead", made));
  std::ofstream(root_ / "containers/dead/pid") << host::to_text(ended_process());
  sweep(states);
  EXPECT_FALSE(fs::exists(root_ / "image/lib/made"));
  EXPECT_TRUE(fs::exists(root_ / "image/lib/written"));
  EXPECT_FALSE(fs::exists(states.path_of("dead")));
}

TEST_F(HookState, ANumberThatIsUsedAgainIsAnotherProcess) {
  auto states = open();
  ASSERT_TRUE(states.create("reused", {}));
  host::ProcessIdentity before = *host::identify_process(::getpid());
  --before.start_time;
  std::ofstream(root_ / "containers/reused/pid") << host::to_text(before);
  sweep(states);
  EXPECT_FALSE(fs::exists(states.path_of("reused")));
}

TEST_F(HookState, RecordingWithoutAFolderIsNoError) {
  auto states = open();
  EXPECT_TRUE(states.record_process("stranger", ::getpid()));
  EXPECT_FALSE(fs::exists(states.path_of("stranger")));
  EXPECT_FALSE(states.record_process("stranger", ended_process().pid));
}

TEST_F(HookState, AFolderThatOthersCanWriteIsRefused) {
  fs::create_directory(root_ / "containers");
  fs::permissions(root_ / "containers", fs::perms(0777));
  EXPECT_FALSE(StateFolders::open(root_.string()));
  fs::remove(root_ / "containers");
  fs::create_directory_symlink("/var/tmp", root_ / "containers");
  EXPECT_FALSE(StateFolders::open(root_.string()));
}

TEST_F(HookState, ARefusalIsALinkUnderItsReason) {
  auto states = open();
  const auto link = states.create_refusal(std::string(64, 'a'), "vgpu: vgpu.dev/count=\"0\": no", "/bin/false");
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_TRUE(link->ends_with("/vgpu: vgpu.dev/count=\"0\": no"));
  EXPECT_EQ(fs::read_symlink(*link), "/bin/false");
  ASSERT_TRUE(states.remove(std::string(64, 'a')));
  EXPECT_TRUE(fs::is_empty(root_ / "refused"));
}

TEST(HookContainerState, WhatEnginesWrite) {
  const auto state =
      parse_container_state(R"({"ociVersion":"1.0","id":"box","pid":42,"bundle":"/b","status":"created"})");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->id, "box");
  EXPECT_EQ(state->pid, 42);
  EXPECT_EQ(state->bundle, "/b");
  EXPECT_EQ(parse_container_state(R"({"id":"box"})")->pid, 0);
  for (const char* text : {"", "[]", "{}", R"({"id":7})", R"({"id":""})"})
    EXPECT_FALSE(parse_container_state(text)) << text;
}

TEST(HookProcessIdentity, TextAndBack) {
  const auto identity = host::identify_process(::getpid());
  ASSERT_TRUE(identity);
  EXPECT_EQ(host::parse_process_identity(host::to_text(*identity)), identity);
  EXPECT_FALSE(host::parse_process_identity("12"));
  EXPECT_FALSE(host::parse_process_identity(""));
}

TEST(Engine, TheRuntimeIsTheOneOfTheLastOption) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(names_crun("podman\0--runtime\0crun\0run\0"sv));
  EXPECT_TRUE(names_crun("podman\0--runtime=/usr/bin/crun\0run\0"sv));
  EXPECT_FALSE(names_crun("podman\0--runtime\0crun\0--runtime\0runc\0run\0"sv));
  EXPECT_FALSE(names_crun("podman\0run\0crun\0"sv));
  EXPECT_FALSE(names_crun("podman\0--runtime\0/opt/crun-wrapper\0"sv));
  EXPECT_FALSE(names_crun("podman\0--runtime\0"sv));
  EXPECT_FALSE(names_crun(""sv));
}

}  // namespace
}  // namespace vgpu::hook
