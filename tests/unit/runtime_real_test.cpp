#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

#include "hook/runtime/configuration.h"
#include "hook/runtime/real_runtime.h"
#include "hook/runtime/reduced_process.h"
#include "hook/runtime/refusal.h"
#include "tests/unit/temporary_folder.h"

namespace vgpu::test {
namespace {

void make_program(const TemporaryFolder& folder, const std::string& name) {
  folder.write(name, "#!/bin/sh\n");
  ::chmod(folder.path(name).c_str(), 0755);
}

TEST(RealRuntime, CrunGoesBeforeRuncInWhicheverFolder) {
  const TemporaryFolder first, second;
  const std::string first_path = first.path(), second_path = second.path();
  const std::array folders = {first_path.c_str(), second_path.c_str()};
  const auto none = runtime::search_runtime(folders);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("neither crun nor runc"), std::string::npos);
  make_program(first, "runc");
  EXPECT_EQ(runtime::search_runtime(folders), first.path("runc"));
  second.write("crun", "no program");
  EXPECT_EQ(runtime::search_runtime(folders), first.path("runc"));
  make_program(second, "crun");
  EXPECT_EQ(runtime::search_runtime(folders), second.path("crun"));
}

TEST(RealRuntime, WhatIsAskedForMustBeAProgramOtherThanThisOne) {
  const TemporaryFolder folder;
  make_program(folder, "own");
  folder.write("text", "");
  EXPECT_EQ(runtime::find_real_runtime(folder.path("own")), folder.path("own"));
  const auto reason = [](const std::string& path) {
    const auto found = runtime::find_real_runtime(path);
    return found ? "found" : found.error().message.substr(found.error().message.rfind("\": ") + 3);
  };
  EXPECT_EQ(reason("runc"), "not an absolute path");
  EXPECT_EQ(reason(""), "not an absolute path");
  EXPECT_EQ(reason(folder.path("missing")), "not found");
  EXPECT_EQ(reason(folder.path("text")), "not an executable file");
  EXPECT_EQ(reason(folder.path()), "not an executable file");
  EXPECT_EQ(reason("/proc/self/exe"), "is this program itself");
}

TEST(RealRuntime, TheMachinesConfigurationNamesOne) {
  const TemporaryFolder folder;
  const std::string file = folder.path("runtime.json");
  EXPECT_EQ(runtime::configured_runtime(file).value(), std::nullopt);
  folder.write("runtime.json", R"({"runtime": "/usr/bin/runc"})");
  EXPECT_EQ(runtime::configured_runtime(file).value(), "/usr/bin/runc");
  const auto reason = [&](const std::string& text) {
    folder.write("runtime.json", text);
    const auto read = runtime::configured_runtime(file);
    return read ? "read" : read.error().message.substr(read.error().message.find("json\": ") + 7);
  };
  EXPECT_EQ(reason("{"), "not a JSON object");
  EXPECT_EQ(reason(R"({"runtimes": "x"})"), R"("runtimes": unknown; there is "runtime")");
  EXPECT_EQ(reason(R"({"runtime": 1})"), R"("runtime": not a string)");
  ::chmod(file.c_str(), 0666);
  EXPECT_EQ(reason("{}"), "can be written by others");
}

TEST(Refusal, IsOneLineInTheFormatThatTheEngineReads) {
  EXPECT_EQ(runtime::refusal_line("a \"b\"\nc", "json", "T"), R"({"level":"error","msg":"vgpu: a \"b\"?c","time":"T"})"
                                                              "\n");
  EXPECT_EQ(runtime::refusal_line("a \"b\"", "text", "T"), "time=\"T\" level=error msg=\"vgpu: a \\\"b\\\"\"\n");
  EXPECT_NE(runtime::refusal_line("\xff", "json", "T").find("vgpu: "), std::string::npos);
}

TEST(ReducedProcess, PassesOnWhatItMadeOrWhyNot) {
  const auto text = runtime::in_reduced_process({}, [] { return runtime::Result(std::string(1 << 20, 'x')); });
  ASSERT_TRUE(text && *text);
  EXPECT_EQ(**text, std::string(1 << 20, 'x'));
  EXPECT_EQ(runtime::in_reduced_process({}, [] { return runtime::Result(std::nullopt); }).value(), std::nullopt);
  const auto failed = runtime::in_reduced_process({}, []() -> runtime::Result { return failure("why"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "why");
  EXPECT_FALSE(runtime::in_reduced_process({}, []() -> runtime::Result { ::_exit(0); }));
  EXPECT_FALSE(runtime::in_reduced_process({}, []() -> runtime::Result { throw std::runtime_error("thrown"); }));
}

}  // namespace
}  // namespace vgpu::test
