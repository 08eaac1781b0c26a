#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/program_output.h"

namespace vgpu::test {
namespace {

namespace fs = std::filesystem;

// An installation of the programs with stand-ins for the libraries.
class Cli : public testing::Test {
 protected:
  Cli() {
    std::string pattern = (fs::temp_directory_path() / "vgpu-cli-XXXXXX").string();
    folder_ = fs::canonical(::mkdtemp(pattern.data()));
    for (const char* part : {"bin", "libexec/vgpu", "lib64/vgpu"}) fs::create_directories(folder_ / part);
    fs::copy_file(VGPU_PROGRAM, folder_ / "bin/vgpu");
    fs::copy_file(VGPU_HOOK_PROGRAM, folder_ / "libexec/vgpu/vgpu-hook");
    std::ofstream(folder_ / "lib64/vgpu/libcuda.so.1") << "x";
  }
  ~Cli() override { fs::remove_all(folder_); }

  [[nodiscard]] ProgramOutput vgpu(const std::string& arguments) const {
    return run_program((folder_ / "bin/vgpu").string() + " " + arguments + " 2>&1");
  }

  fs::path folder_;
};

TEST_F(Cli, RunGivesTheProgramItsDeviceAndItsArguments) {
  const ProgramOutput output = vgpu(
      "run --profile t4 --memory 2Gi -- sh -c 'echo $VGPU_PROFILE_NAME $VGPU_MEMORY $LD_LIBRARY_PATH $1; exit 7' x "
      "--profile");
  EXPECT_EQ(output.status, 7);
  EXPECT_EQ(output.text, "t4 2Gi " + (folder_ / "lib64/vgpu").string() + " --profile\n");
}

TEST_F(Cli, RunRefusesWhatIsNoDevice) {
  EXPECT_EQ(vgpu("run --profile gtx -- true").status, 1);
  const ProgramOutput output = vgpu("run --memory banana -- true");
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.text.find("banana"), std::string::npos);
  EXPECT_EQ(vgpu("run -- /no/such/program").text, "vgpu: run \"/no/such/program\": No such file or directory\n");
}

TEST_F(Cli, HooksAreInstalledAndRemoved) {
  const std::string hooks = (folder_ / "hooks").string();
  EXPECT_EQ(vgpu("hooks install " + hooks).text, hooks + "/vgpu-precreate.json\n");
  EXPECT_EQ(vgpu("hooks install --stages prestart " + hooks).status, 0);
  EXPECT_TRUE(fs::exists(hooks + "/vgpu-poststop.json"));
  EXPECT_EQ(vgpu("hooks remove " + hooks).status, 0);
  EXPECT_FALSE(fs::exists(hooks));
  EXPECT_EQ(vgpu("hooks remove " + hooks).status, 1);
}

TEST_F(Cli, AFolderWithOtherHooksIsLeftAlone) {
  const fs::path hooks = folder_ / "hooks";
  fs::create_directory(hooks);
  std::ofstream(hooks / "other.json") << "{}";
  const ProgramOutput output = vgpu("hooks install " + hooks.string());
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.text.find("other.json"), std::string::npos);
  EXPECT_FALSE(fs::exists(hooks / "vgpu-precreate.json"));
  EXPECT_EQ(vgpu("hooks install --stages poststart " + (folder_ / "new").string()).status, 1);
}

TEST_F(Cli, ProfilesAndVersion) {
  EXPECT_NE(vgpu("profiles").text.find("Tesla T4"), std::string::npos);
  EXPECT_TRUE(vgpu("version").text.starts_with("vgpu "));
  EXPECT_NE(vgpu("").status, 0);
}

}  // namespace
}  // namespace vgpu::test
