// The parts of doctor that read texts, and finding a container.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/doctor/call_log.h"
#include "cli/doctor/cuda_names.h"
#include "cli/doctor/find_container.h"
#include "cli/doctor/findings.h"
#include "cli/doctor/search_path.h"
#include "host/process_identity.h"

namespace vgpu::cli::doctor {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(DoctorFinding, TextAndJson) {
  const Findings findings = {{"a", State::Ok, {}, {}},
                             {"b", State::Warning, "detail \xc2\x9b", {}},
                             {"c\x1b", State::Missing, "detail", "advice\n"}};
  EXPECT_EQ(to_text(findings), "ok      a\nwarning b: detail ??\nmissing c?: detail; advice?\n");
  const auto json = nlohmann::json::parse(to_json(findings));
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[2],
            nlohmann::json({{"what", "c?"}, {"state", "missing"}, {"detail", "detail"}, {"advice", "advice?"}}));
  EXPECT_FALSE(passes(findings));
  EXPECT_TRUE(passes({findings[0], findings[1]}));
}

TEST(DoctorProcessFiles, Environment) {
  const auto variables = parse_environment(std::string_view("A=1\0B=x=y\0none\0A=2\0C=", 21));
  EXPECT_EQ(variables, (std::map<std::string, std::string>{{"A", "1"}, {"B", "x=y"}, {"C", ""}}));
  EXPECT_TRUE(parse_environment("").empty());
}

TEST(DoctorProcessFiles, Mounts) {
  const auto mounts = parse_mounts(
      "21 1 0:20 /sub\\040folder /a\\011b\\134 rw,relatime shared:1 - ext4 /dev/sda rw\n"
      "malformed\n"
      "22 21 0:3 / /c\\9\\12 ro - tmpfs tmpfs rw\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].source, "/sub folder");
  EXPECT_EQ(mounts[0].path, "/a\tb\\");
  EXPECT_EQ(mounts[1].path, "/c\\9\\12");
}

TEST(DoctorNames, LibrariesAndFunctions) {
  for (const char* name : {"libcuda.so.1", "libcudart.so.11.0", "libcufft.so", "libnccl.so.2"}) {
    EXPECT_TRUE(is_cuda_library(name)) << name;
  }
  for (const char* name : {"libcurl.so.4", "libcudaxy.so.1", "libcuda.so1", "libcuda.a", "libggml-cuda.so", ""}) {
    EXPECT_FALSE(is_cuda_library(name)) << name;
  }
  for (const char* name : {"cuInit", "cudaMalloc", "__cudaRegisterFatBinary", "nvmlInit_v2", "cublasLtCreate"}) {
    EXPECT_TRUE(is_cuda_symbol(name)) << name;
  }
  for (const char* name : {"curl_easy_init", "cuserid", "cudnnCreate", "cufftPlan1d", "cu", "_ZN4cuda3fooEv", ""}) {
    EXPECT_FALSE(is_cuda_symbol(name)) << name;
  }
}

TEST(DoctorSearchPath, Folders) {
  EXPECT_THAT(split_path("/a::relative:/b/:$ORIGIN/x"), ElementsAre("/a", "/b/"));
  EXPECT_THAT(split_path("$ORIGIN/../lib:${ORIGIN}:/c", "/usr/bin"), ElementsAre("/usr/bin/../lib", "/usr/bin", "/c"));
  EXPECT_LE(split_path(std::string(100000, ':') + "/a").size(), 1U);
}

constexpr const char* kTrace =
    "cuInit(0) = 0, 1.0 us\n"
    "cuInit(0) = 0, 1.0 us\n"
    "cuDeviceGetPCIBusId(0x1, 16, 0) = 0, 2.1 us\n"
    "cuDeviceGetByPCIBusId(0x1, \"x) = 7\") = 101, 2.1 us\n"
    "nvmlDeviceGetPciInfo_v3(0x7f, 0x8) = 0, 0.3 us\n"
    "cuEventQuery(0x2) = 600, 0.3 us\n"
    "cuFancy() = 801, refused\n"
    "a line of something else\n"
    "cuInit(0) = ";

TEST(DoctorTrace, CallsAreCounted) {
  const auto calls = count_calls(kTrace);
  ASSERT_EQ(calls.size(), 6U);
  EXPECT_EQ(calls.at("cuInit").count, 2U);
  EXPECT_EQ(calls.at("cuInit").failed, 0U);
  EXPECT_EQ(calls.at("cuDeviceGetByPCIBusId").last_error, 101);
  EXPECT_TRUE(calls.at("cuFancy").refused);
  EXPECT_FALSE(calls.at("cuEventQuery").refused);
}

TEST(DoctorTrace, WhatWasAskedAndWhatFailed) {
  const Findings findings = examine_trace(kTrace, "FILE");
  EXPECT_TRUE(passes(findings));
  const std::string text = to_text(findings);
  EXPECT_THAT(text, HasSubstr("calls of the driver: called cuInit 2 times, cuDeviceGetPCIBusId once; not called: "
                              "cuDeviceGetCount"));
  EXPECT_THAT(text, HasSubstr("calls of the NVML: called nvmlDeviceGetPciInfo_v3 once"));
  EXPECT_THAT(text, HasSubstr("warning cuFancy: called once, and always failed, last with 801, not supported"));
  EXPECT_THAT(text, HasSubstr("warning cuDeviceGetByPCIBusId: "));
  EXPECT_THAT(text, testing::Not(HasSubstr("cuEventQuery")));
}

TEST(DoctorTrace, ADeviceThatNoCallFinds) {
  EXPECT_FALSE(passes(examine_trace("cudaGetDeviceCount(0x1) = 100, 1.0 us\n", "FILE")));
  EXPECT_TRUE(passes(examine_trace("cuInit(0) = 100, 1.0 us\ncuInit(0) = 0, 1.0 us\n", "FILE")));
  EXPECT_EQ(examine_trace("nothing\n", "FILE").size(), 1U);
}

class DoctorFindContainer : public testing::Test {
 protected:
  DoctorFindContainer() {
    std::string pattern = (fs::temp_directory_path() / "vgpu-doctor-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~DoctorFindContainer() override { fs::remove_all(root_); }

  void add(const std::string& id, const std::string& process) const {
    fs::create_directories(root_ / "containers" / id);
    std::ofstream(root_ / "containers" / id / "pid") << process;
  }
  [[nodiscard]] Expected<FoundContainer> look_for(const std::string& name) const {
    return find_container(name, root_.string());
  }

  fs::path root_;
};

TEST_F(DoctorFindContainer, ByTheBeginningOfAnId) {
  const auto self = host::identify_process(::getpid());
  ASSERT_TRUE(self);
  add("abcdef0123", host::to_text(*self));
  add("abcxyz", host::to_text({self->pid, self->start_time + 1}));
  for (const char* name : {"abcd", "abcdef0123"}) {
    const auto found = look_for(name);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->pid, ::getpid());
  }
  EXPECT_FALSE(look_for("abc"));
  EXPECT_THAT(look_for("abcx").error().message, HasSubstr("has ended"));
  EXPECT_THAT(look_for("--all").error().message, HasSubstr("no ID in "));
}

TEST_F(DoctorFindContainer, ByAProcess) {
  const auto found = look_for(std::to_string(::getpid()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, ::getpid());
  EXPECT_FALSE(look_for("9999999"));
}

TEST_F(DoctorFindContainer, PodmanIsNotInstalled) {
  ::setenv("PATH", root_.c_str(), 1);
  EXPECT_THAT(look_for("name").error().message, HasSubstr("podman is not installed"));
  std::ofstream(root_ / "podman") << "#!/bin/sh\n[ \"$1 $2 $5 $6\" = 'container inspect -- name' ] && echo $PPID\n";
  fs::permissions(root_ / "podman", fs::perms::owner_all);
  const auto found = look_for("name");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->pid, ::getpid());
  std::ofstream(root_ / "podman") << "#!/bin/sh\necho 0\n";
  EXPECT_THAT(look_for("name").error().message, HasSubstr("does not run"));
}

}  // namespace
}  // namespace vgpu::cli::doctor
