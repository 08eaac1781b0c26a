// A trace that this build's libraries write is what doctor reads.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/doctor/call_log.h"
#include "cli/doctor/process_files.h"

namespace vgpu::cli::doctor {
namespace {

constexpr const char* kRefused = "nvmlComputeInstanceDestroy";

// Calls functions of a library by name, as programs do that look them up.
class Library {
 public:
  explicit Library(const std::string& name)
      : handle_(::dlopen((std::string(VGPU_TEST_STAGE) + "/" + name).c_str(), RTLD_NOW)) {}
  template <class... Arguments>
  int call(const char* name, Arguments... arguments) const {
    auto* const function = handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
    return function == nullptr ? -1 : reinterpret_cast<int (*)(Arguments...)>(function)(arguments...);
  }

 private:
  void* handle_;
};

// In a process of its own: a library reads VGPU_TRACE once. The number of the call that went wrong.
int call_functions() {
  const Library driver("libcuda.so.1");
  int count = 0;
  char address[32] = {};
  if (driver.call("cuInit", 0U) != 0) return 1;
  if (driver.call("cuDeviceGetCount", &count) != 0 || count != 1) return 2;
  if (driver.call("cuDeviceGetPCIBusId", &address[0], 32, 0) != 0) return 3;
  const Library management("libnvidia-ml.so.1");
  void* device = nullptr;
  char pci[256] = {};
  if (management.call("nvmlInit_v2") != 0) return 4;
  if (management.call("nvmlDeviceGetHandleByIndex_v2", 0U, &device) != 0) return 5;
  if (management.call("nvmlDeviceGetPciInfo_v3", device, &pci[0]) != 0) return 6;
  if (management.call("nvmlDeviceGetHandleByIndex_v2", 9U, &device) == 0) return 7;
  if (management.call(kRefused) != 3) return 8;
  return 0;
}

TEST(DoctorTrace, WhatTheLibrariesWrite) {
  const std::string path =
      (std::filesystem::temp_directory_path() / "vgpu-trace-").string() + std::to_string(::getpid());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::setenv("VGPU_TRACE", path.c_str(), 1);
    ::unsetenv("CUDA_VISIBLE_DEVICES");
    ::_exit(call_functions());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const auto text = read_at_most(path, 1 << 20);
  std::filesystem::remove(path);
  ASSERT_TRUE(text) << text.error().message;
  const auto calls = count_calls(*text);
  for (const char* name :
       {"cuInit", "cuDeviceGetCount", "cuDeviceGetPCIBusId", "nvmlInit_v2", "nvmlDeviceGetPciInfo_v3"}) {
    ASSERT_TRUE(calls.contains(name)) << name << " in\n" << *text;
    EXPECT_EQ(calls.find(name)->second.failed, 0U) << name;
  }
  const Calls& handles = calls.find("nvmlDeviceGetHandleByIndex_v2")->second;
  EXPECT_EQ(handles.count, 2U);
  EXPECT_EQ(handles.failed, 1U);
  EXPECT_FALSE(handles.refused);
  ASSERT_TRUE(calls.contains(kRefused)) << *text;
  EXPECT_TRUE(calls.find(kRefused)->second.refused);
}

}  // namespace
}  // namespace vgpu::cli::doctor
