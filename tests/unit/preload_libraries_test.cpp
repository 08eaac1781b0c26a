#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/program_output.h"

// The preloaded libraries in real programs.
namespace {

using vgpu::test::run_program;

const std::string kStage = VGPU_TEST_STAGE;
const std::string kProbe = VGPU_TEST_PROBE;
const std::string kPreload = kStage + "/libvgpu-exec.so:" + kStage + "/libvgpu-cuda.so:" + kStage +
                             "/libvgpu-nvml.so:" + kStage + "/libvgpu-cudart.so";

// With the libraries preloaded and one of the other variables set; the user's device file is not read.
std::string preloaded(const std::string& command) {
  return "env -i LD_PRELOAD=" + kPreload + " OLLAMA_NUM_GPU=7 " + command + " 2>&1";
}

class PreloadExec : public testing::TestWithParam<const char*> {};

TEST_P(PreloadExec, ChildrenKeepTheEnvironment) {
  const auto output = run_program(preloaded(kProbe + " exec " + GetParam() + " " + kProbe + " environment"));
  EXPECT_EQ(output.status, 0) << output.text;
  for (const std::string& line : {std::string("KEPT=1\n"), "LD_PRELOAD=" + kPreload + "\n",
                                  "LD_LIBRARY_PATH=" + kStage + "\n", std::string("OLLAMA_NUM_GPU=7\n")}) {
    EXPECT_NE(output.text.find(line), std::string::npos) << line << " is not in\n" << output.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, PreloadExec,
                         testing::Values("execve", "execv", "execvp", "execvpe", "execl", "execlp", "execle",
                                         "execveat", "fexecve", "posix_spawn", "posix_spawnp", "vfork"),
                         [](const auto& function) { return std::string(function.param); });

TEST(Preload, ASystemCallByTheProgramItselfKeepsNothing) {
  const auto output = run_program(preloaded(kProbe + " exec raw " + kProbe + " environment"));
  EXPECT_EQ(output.text, "secure: 0\nKEPT=1\n");
}

TEST(Preload, ErrorsAreThoseOfTheCLibrary) {
  for (const char* file : {"/missing", "/etc", "/etc/passwd", "missing", "/etc/passwd/x", "/etc/missing/x"}) {
    for (const char* function : {"execve", "execvp", "execlp", "execvpe", "posix_spawn"}) {
      const std::string command = kProbe + " exec " + function + " " + file + " x";
      const auto with = run_program(preloaded(command));
      const auto without = run_program("env -i " + command + " 2>&1");
      EXPECT_EQ(with.text, without.text) << command;
      EXPECT_EQ(with.status, without.status) << command;
    }
  }
}

TEST(Preload, AScriptWithoutAnInterpreterIsTheShells) {
  const std::string script = testing::TempDir() + "/preload_script_" + std::to_string(::getpid());
  std::ofstream(script) << "echo \"script $1 $2 $KEPT\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  for (const char* function : {"execvp", "execlp", "execvpe"}) {
    const auto output = run_program(preloaded(kProbe + " exec " + function + " " + script + " one two"));
    EXPECT_EQ(output.text, "script one two 1\n") << function;
  }
  std::filesystem::remove(script);
}

// Exported functions in the versions that programs ask for: every one of the library itself, in the stub.
void expect_same_functions(const char* library, const char* stub) {
  const auto names = [](const std::string& file) {
    return run_program("nm -D --defined-only " + kStage + "/" + file +
                       " | awk '$2 == \"T\" || $2 == \"A\" { print $3 }' | sort");
  };
  const auto real = names(library);
  EXPECT_GT(real.text.size(), 10000u);
  EXPECT_EQ(names(stub).text, real.text) << library;
}

TEST(Preload, StubsHaveTheFunctionsOfTheirLibraries) {
  if (run_program("command -v nm").status != 0) GTEST_SKIP() << "no nm";
  expect_same_functions("libcuda.so.1", "libvgpu-cuda.so");
  expect_same_functions("libnvidia-ml.so.1", "libvgpu-nvml.so");
  expect_same_functions("libcudart.so.12", "libvgpu-cudart.so");
}

TEST(Preload, AProgramThatBringsItsLibrariesComputesWithVgpu) {
  const std::string linked = VGPU_TEST_LINKED;
  const auto bundled = run_program(linked);
  EXPECT_NE(bundled.status, 0);
  EXPECT_NE(bundled.text.find("no device of the bundled library"), std::string::npos) << bundled.text;
  const auto output = run_program(preloaded(linked));
  EXPECT_EQ(output.text, "devices: 1 1 1\nmemory: right\n");
}

TEST(Preload, WithoutTheLibraryItselfEachCallFails) {
  const std::string folder = testing::TempDir() + "/preload_alone_" + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  std::string list;
  for (const char* name : {"libvgpu-cuda.so", "libvgpu-nvml.so", "libvgpu-cudart.so"}) {
    std::filesystem::copy_file(kStage + "/" + name, folder + "/" + name);
    list += (list.empty() ? "" : ":") + folder + "/" + name;
  }
  const auto output = run_program("LD_PRELOAD=" + list + " " + VGPU_TEST_LINKED + " 2>&1");
  EXPECT_EQ(output.status, 1);
  for (const char* line :
       {"cuInit: 303\n", "cudaGetDeviceCount: shared object initialization failed\n", "nvmlInit: 12\n"}) {
    EXPECT_NE(output.text.find(line), std::string::npos) << line << " is not in\n" << output.text;
  }
  EXPECT_NE(output.text.find("vgpu: ERROR: " + folder + "/libcuda.so.1: cannot open"), std::string::npos)
      << output.text;
  std::filesystem::remove_all(folder);
}

}  // namespace
