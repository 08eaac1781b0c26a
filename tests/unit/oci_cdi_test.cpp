#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <set>

#include "oci/cdi_device.h"
#include "oci/cdi_specification.h"

// Specifications of devices, by the rules of CDI, and what a container's devices are together.
namespace vgpu::oci {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHook = "/usr/libexec/vgpu/vgpu-hook";

CdiOptions options() {
  return {"vgpu.dev/gpu", 2, {{"profile", "t4"}, {"memory", "2Gi"}}, {"t4", "a100"}};
}

Config specification_of(const CdiOptions& wanted) {
  const auto specification = cdi_specification(wanted, kHook, {});
  EXPECT_TRUE(specification) << specification.error().message;
  return specification.value_or(Config::object());
}

// A configuration after an engine has taken these devices of a specification into it.
Config with_devices(const Config& specification, const std::vector<std::string>& names) {
  Config hooks = Config::array();
  for (const std::string& name : names) {
    for (const Config& device : specification["devices"]) {
      if (device["name"] == name) hooks.push_back(device["containerEdits"]["hooks"][0]);
    }
  }
  EXPECT_EQ(hooks.size(), names.size());
  return {{"hooks", {{"createRuntime", hooks}}}};
}

// SPEC.md of CDI: an unknown field, or one that the version does not have, is an error for every engine.
void expect_members(const Config& object, const std::set<std::string>& allowed) {
  for (const auto& [key, value] : object.items()) EXPECT_TRUE(allowed.contains(key)) << key;
}

void expect_edits(const Config& edits) {
  expect_members(edits, {"hooks"});
  for (const Config& hook : edits["hooks"]) {
    expect_members(hook, {"hookName", "path", "args", "env", "timeout"});
    EXPECT_TRUE(hook["hookName"] == "createRuntime" || hook["hookName"] == "poststop");
    EXPECT_EQ(hook["path"], kHook);
    EXPECT_EQ(hook["args"][0], "vgpu-hook");
    EXPECT_TRUE(hook["timeout"].is_number_integer());
  }
}

TEST(CdiSpecification, KeepsToTheRules) {
  const Config specification = specification_of(options());
  expect_members(specification, {"cdiVersion", "kind", "devices", "containerEdits"});
  EXPECT_EQ(specification["cdiVersion"], "0.5.0");
  EXPECT_EQ(specification["kind"], "vgpu.dev/gpu");
  expect_edits(specification["containerEdits"]);
  std::vector<std::string> names;
  for (const Config& device : specification["devices"]) {
    expect_members(device, {"name", "containerEdits"});
    expect_edits(device["containerEdits"]);
    names.push_back(device["name"]);
    EXPECT_TRUE(std::regex_match(names.back(), std::regex("[A-Za-z0-9]([A-Za-z0-9_.:-]*[A-Za-z0-9])?")));
  }
  EXPECT_THAT(names, ElementsAre("0", "1", "all", "t4", "a100"));
  EXPECT_EQ(cdi_file_name("vgpu.dev/gpu"), "vgpu.dev-gpu.json");
}

TEST(CdiSpecification, RefusesWhatNoEngineTakes) {
  for (const char* kind : {"", "gpu", "vgpu.dev/", "/gpu", "vgpu.dev/g.pu", "1vgpu/gpu", "vgpu-/gpu", "vgpu.dev/a/b"}) {
    CdiOptions wrong = options();
    wrong.kind = kind;
    const auto specification = cdi_specification(wrong, kHook, {});
    ASSERT_FALSE(specification) << kind;
    EXPECT_THAT(specification.error().message, HasSubstr("CDI kind \"" + std::string(kind) + "\""));
  }
}

TEST(CdiSpecification, RefusesDevicesThatNobodyCouldHave) {
  const auto message = [](const CdiOptions& wanted, const Limits& limits) {
    const auto specification = cdi_specification(wanted, kHook, limits);
    return specification ? std::string() : specification.error().message;
  };
  CdiOptions wrong = options();
  wrong.count = 17;
  EXPECT_EQ(message(wrong, {}), "CDI device: count=\"17\": must be 1 to 16");
  wrong = options();
  wrong.fields["cores"] = "0";
  EXPECT_EQ(message(wrong, {}), "CDI device: cores=\"0\": must be 1 to 100");
  wrong = options();
  wrong.profiles = {"gtx"};
  EXPECT_THAT(message(wrong, {}), HasSubstr("CDI device: profile=\"gtx\": "));
  EXPECT_EQ(message(options(), {std::uint64_t{1} << 30}), "CDI device: memory=\"2Gi\": this machine has 1024 MiB");
}

TEST(CdiSpecification, IsKnownAgain) {
  const auto listed = listed_devices(specification_of(options()));
  ASSERT_EQ(listed.size(), 5u);
  EXPECT_EQ(listed[2].name, "vgpu.dev/gpu=all");
  EXPECT_THAT(listed[2].device.names, ElementsAre("0", "1"));
  EXPECT_EQ(listed[4].device.fields.at("profile"), "a100");
  // NVIDIA's, and what is no specification.
  EXPECT_THAT(listed_devices(Config::parse(R"({"kind":"nvidia.com/gpu","devices":[{"name":"0","containerEdits":{
      "hooks":[{"hookName":"createContainer","path":"/usr/bin/nvidia-ctk","args":["nvidia-ctk","hook","x"]}]}}]})")),
              IsEmpty());
  for (const char* text : {"[]", "{}", R"({"devices":[1,{}]})", R"({"devices":{"a":1}})"}) {
    EXPECT_THAT(listed_devices(Config::parse(text)), IsEmpty()) << text;
  }
}

TEST(CdiDevices, AreCountedByName) {
  const Config specification = specification_of(options());
  const auto count = [&](const std::vector<std::string>& names) {
    const auto fields = cdi_fields(with_devices(specification, names));
    return fields ? fields->at("count") : fields.error().message;
  };
  EXPECT_EQ(count({"0"}), "1");
  EXPECT_EQ(count({"0", "1"}), "2");
  EXPECT_EQ(count({"1", "1"}), "1");
  EXPECT_EQ(count({"all"}), "2");
  EXPECT_EQ(count({"all", "1"}), "2");
  EXPECT_EQ(count({"0", "t4"}), "2");
  EXPECT_EQ(count({"0", "a100"}),
            "CDI devices \"0\" and \"a100\": profile is \"t4\" and \"a100\", but a container's devices are all alike");
}

TEST(CdiDevices, AnnotationsCountBeforeThem) {
  Config config = with_devices(specification_of(options()), {"0"});
  const auto alone = request_of(config, {});
  ASSERT_TRUE(alone && alone->has_value());
  EXPECT_EQ((*alone)->profile.id, "t4");
  EXPECT_EQ((*alone)->profile.memory, std::uint64_t{2} << 30);
  EXPECT_EQ((*alone)->count, 1u);
  config["annotations"] = {{"vgpu.dev/memory", "1Gi"}, {"nvidia.com/gpu", "3"}};
  const auto both = request_of(config, {});
  ASSERT_TRUE(both && both->has_value());
  EXPECT_EQ((*both)->profile.id, "t4");
  EXPECT_EQ((*both)->profile.memory, std::uint64_t{1} << 30);
  EXPECT_EQ((*both)->count, 3u);
  EXPECT_FALSE(
      request_of(Config::parse(R"({"hooks":{"createRuntime":[{"path":"/x","args":["x"]},7]}})"), {})->has_value());
  EXPECT_FALSE(request_of(Config::parse(R"({"hooks":[]})"), {})->has_value());
}

TEST(CdiDevices, OfALaterVersionAreRefused) {
  const Config config = {{"hooks", {{"createRuntime", {{{"args", {"vgpu-hook", "cdi", "0", "wings=2"}}}}}}}};
  const auto request = request_of(config, {});
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message, "CDI device: wings=\"2\": unknown to this vgpu");
}

}  // namespace
}  // namespace vgpu::oci
