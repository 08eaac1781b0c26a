#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "oci/annotation_keys.h"
#include "oci/hooks_file.h"

namespace vgpu::oci {
namespace {

TEST(OciHooksFile, PrecreateIsOneFile) {
  const auto files = hooks_files("precreate", "/usr/libexec/vgpu/vgpu-hook");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ((*files)[0].name, "vgpu-precreate.json");
  const auto json = nlohmann::json::parse((*files)[0].content);
  EXPECT_EQ(json["version"].get<std::string>(), "1.0.0");
  EXPECT_EQ(json["hook"]["path"].get<std::string>(), "/usr/libexec/vgpu/vgpu-hook");
  EXPECT_EQ(json["hook"]["args"].dump(), R"(["vgpu-hook","precreate"])");
  EXPECT_EQ(json["stages"].dump(), R"(["precreate"])");
}

TEST(OciHooksFile, PrestartIsCleanedUpAfter) {
  const auto files = hooks_files("prestart", "/hook");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ(nlohmann::json::parse((*files)[1].content)["stages"].dump(), R"(["poststop"])");
  for (const HooksFile& file : *files) EXPECT_TRUE(is_hooks_file(file.name)) << file.name;
}

TEST(OciHooksFile, AnUnknownStageIsRefused) {
  const auto files = hooks_files("createruntime", "/hook");
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, "hook stage \"createruntime\": unknown; there are precreate, prestart");
  EXPECT_FALSE(is_hooks_file("oci-nvidia-hook.json"));
}

TEST(OciHooksFile, ThePatternMatchesEveryKeyAndNoOther) {
  const std::regex pattern(key_pattern(), std::regex::extended);
  EXPECT_TRUE(std::regex_search("vgpu.dev/memroy", pattern));
  EXPECT_TRUE(std::regex_search("vgpu.dev/app.memory", pattern));
  for (const Alias& alias : kAliases) EXPECT_TRUE(std::regex_search(std::string(alias.key), pattern)) << alias.key;
  for (const char* key : {"vgpuxdev/count", "example.com/vgpu.dev/count", "nvidia.com/gpus", "nvidiaxcom/gpu"}) {
    EXPECT_FALSE(std::regex_search(key, pattern)) << key;
  }
}

}  // namespace
}  // namespace vgpu::oci
