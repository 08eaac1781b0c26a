#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/program_output.h"
#include "tests/unit/temporary_folder.h"

namespace vgpu::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// vgpu-runtime in front of a program that says how it was called.
class RuntimeProgram : public testing::Test {
 protected:
  RuntimeProgram() {
    real("printf '%s\\n' \"$@\"");
    folder_.write("config.json", kPlain);
  }

  void real(const std::string& script) {
    folder_.write("real", "#!/bin/sh\n" + script + "\n");
    ::chmod(folder_.path("real").c_str(), 0755);
  }

  [[nodiscard]] ProgramOutput run(const std::string& arguments, const std::string& before = "") const {
    return run_program(before + VGPU_RUNTIME_PROGRAM " --runtime=" + folder_.path("real") + " " + arguments + " 2>&1");
  }
  [[nodiscard]] std::string bundle() const { return " --bundle " + folder_.path() + " "; }

  static constexpr const char* kPlain =
      R"({ "ociVersion" : "1.0.2",  "x": 1.50, "root": {"path": "rootfs"}, "annotations": {"a": "b"} })";
  static constexpr const char* kBad =
      R"({"ociVersion":"1.0.2","root":{"path":"rootfs"},"annotations":{"vgpu.dev/count":"many"}})";
  TemporaryFolder folder_;
};

TEST_F(RuntimeProgram, PassesArgumentsExitStatusAndEnvironmentOn) {
  EXPECT_EQ(run("--root '/a b' --systemd-cgroup kill abc TERM").text,
            "--root\n/a b\n--systemd-cgroup\nkill\nabc\nTERM\n");
  EXPECT_EQ(run("--version").text, "--version\n");
  EXPECT_EQ(run("features").text, "features\n");
  real("exit 42");
  EXPECT_EQ(run("start abc").status, 42);
  real("echo $WORD; cat; kill -TERM $$");
  const ProgramOutput output = run("exec abc; echo $?", "echo in | WORD=w ");
  EXPECT_EQ(output.text, "w\nin\n143\n");
}

TEST_F(RuntimeProgram, IsTheSameProcessAsTheRealRuntime) {
  real("echo $$");
  const ProgramOutput output = run("state abc", "echo $$; exec ");
  const std::size_t half = output.text.size() / 2;
  EXPECT_EQ(output.text.substr(0, half), output.text.substr(half));
}

TEST_F(RuntimeProgram, KeepsDescriptorsOpen) {
  real("cat <&7; ls /proc/self/fd | wc -l");
  const ProgramOutput through = run("create" + bundle() + "abc 7<" + folder_.path("config.json"));
  const ProgramOutput alone = run_program(folder_.path("real") + " 7<" + folder_.path("config.json"));
  EXPECT_EQ(through.text, alone.text);
  EXPECT_THAT(through.text, StartsWith(kPlain));
}

TEST_F(RuntimeProgram, WithoutARequestTheConfigurationIsTheSameFile) {
  struct stat before{}, after{};
  ::stat(folder_.path("config.json").c_str(), &before);
  EXPECT_EQ(run("create" + bundle() + "abc").status, 0);
  EXPECT_EQ(run("run" + bundle() + "abc").status, 0);
  ::stat(folder_.path("config.json").c_str(), &after);
  EXPECT_EQ(folder_.read("config.json"), kPlain);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(RuntimeProgram, WhatIsNoConfigurationIsTheRealRuntimesToRefuse) {
  folder_.write("config.json", "{");
  EXPECT_EQ(run("create" + bundle() + "abc").status, 0);
  std::filesystem::remove(folder_.path("config.json"));
  EXPECT_EQ(run("create" + bundle() + "abc").status, 0);
  folder_.write("config.json", R"({"annotations":{"vgpu.dev/count":"1"})");
  EXPECT_EQ(run("create" + bundle() + "abc").text, "vgpu: config.json: not a JSON object\n");
}

TEST_F(RuntimeProgram, ARefusalIsOnStandardErrorOrInTheLog) {
  folder_.write("config.json", kBad);
  const std::string reason = R"(vgpu: vgpu.dev/count="many": not a whole number from 1 to 16)";
  const ProgramOutput output = run("create" + bundle() + "abc");
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(output.text, reason + "\n");
  EXPECT_EQ(folder_.read("config.json"), kBad);

  const std::string log = folder_.path("log");
  folder_.write("log", "before\n");
  const ProgramOutput json = run("--log " + log + " --log-format json create" + bundle() + "abc");
  EXPECT_EQ(json.status, 1);
  EXPECT_EQ(json.text, "");
  EXPECT_THAT(folder_.read("log"),
              StartsWith("before\n{\"level\":\"error\",\"msg\":\"vgpu: vgpu.dev/count=\\\"many\\\": "));
  EXPECT_THAT(folder_.read("log"), EndsWith("Z\"}\n"));

  EXPECT_EQ(run("--log=file:" + folder_.path("text") + " create" + bundle() + "abc").text, "");
  EXPECT_THAT(folder_.read("text"), HasSubstr("level=error msg=\"vgpu: vgpu.dev/count="));
  EXPECT_EQ(run("--log /no/such/folder create" + bundle() + "abc").text, reason + "\n");
}

TEST_F(RuntimeProgram, ARealRuntimeThatIsNotThereIsNamed) {
  const ProgramOutput output = run_program(VGPU_RUNTIME_PROGRAM " --runtime=/no/such --version 2>&1");
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(output.text, "vgpu: real runtime \"/no/such\": not found\n");
}

}  // namespace
}  // namespace vgpu::test
