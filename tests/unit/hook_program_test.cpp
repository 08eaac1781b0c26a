#include <gtest/gtest.h>

#include "tests/unit/program_output.h"

namespace vgpu::test {
namespace {

// The configuration that precreate makes of another one.
ProgramOutput precreate(const std::string& config) {
  return run_program("printf %s '" + config + "' | " VGPU_HOOK_PROGRAM " precreate 2>&1");
}

TEST(HookProgram, WithoutARequestTheConfigurationIsTheSameToTheByte) {
  for (const char* config :
       {R"({ "ociVersion" : "1.0.2",  "x": 1.50, "annotations": {"a": "b"} })", "{}\n",
        R"({"annotations":{"vgpu.dev/count":"1","io.kubernetes.cri.container-type":"sandbox"}})"}) {
    const ProgramOutput output = precreate(config);
    EXPECT_EQ(output.status, 0);
    EXPECT_EQ(output.text, config);
  }
}

TEST(HookProgram, WhatIsNoConfigurationFails) {
  EXPECT_EQ(precreate("{").status, 1);
  EXPECT_EQ(precreate("").text, "vgpu: config.json: not a JSON object\n");
}

TEST(HookProgram, AnUnknownStageFails) {
  for (const char* arguments : {"", "start", "precreate extra", "refuse"}) {
    const ProgramOutput output = run_program(std::string(VGPU_HOOK_PROGRAM " ") + arguments + " </dev/null 2>&1");
    EXPECT_EQ(output.status, 1) << arguments;
    EXPECT_TRUE(output.text.starts_with("vgpu: stage \"")) << output.text;
  }
}

TEST(HookProgram, ARefusalSaysItsReasonAndFails) {
  const ProgramOutput output = run_program(VGPU_HOOK_PROGRAM " refuse 'vgpu.dev/count=\"0\": no' 2>&1 </dev/null");
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(output.text, "vgpu: vgpu.dev/count=\"0\": no\n");
}

}  // namespace
}  // namespace vgpu::test
