#include <gtest/gtest.h>

#include "gpu/model/device_file.h"
#include "oci/annotation_keys.h"
#include "oci/container_names.h"
#include "oci/request.h"

namespace vgpu::oci {
namespace {

constexpr Limits kLimits = {std::uint64_t{64} << 30};

Request accepted(const Annotations& annotations) {
  const auto request = parse_request(annotations, kLimits);
  EXPECT_TRUE(request) << request.error().message;
  EXPECT_TRUE(request && *request);
  return request && *request ? **request : Request();
}

std::string refusal(const Annotations& annotations) {
  const auto request = parse_request(annotations, kLimits);
  return request ? "accepted" : request.error().message;
}

bool asks(const Annotations& annotations) {
  const auto request = parse_request(annotations, kLimits);
  return request && *request;
}

TEST(OciRequest, CountAloneGivesTheDefaultProfile) {
  const Request request = accepted({{"vgpu.dev/count", "2"}});
  EXPECT_EQ(request.count, 2u);
  EXPECT_EQ(request.profile.id, model::kDefaultProfile);
  EXPECT_EQ(request.cores, 100u);
  EXPECT_EQ(request.injection, Injection::Mounts);
}

TEST(OciRequest, NamesThatEnginesGive) {
  EXPECT_EQ(accepted({{"vgpu.dev/count", "1"}}).names, ContainerNames());
  const ContainerNames names{"main", "web", "shop"};
  EXPECT_EQ(accepted({{"vgpu.dev/count", "1"},
                      {"io.kubernetes.cri.container-name", "main"},
                      {"io.kubernetes.cri.sandbox-name", "web"},
                      {"io.kubernetes.cri.sandbox-namespace", "shop"}})
                .names,
            names);
  EXPECT_EQ(accepted({{"vgpu.dev/count", "1"},
                      {"io.kubernetes.container.name", "main"},
                      {"io.kubernetes.pod.name", "web"},
                      {"io.kubernetes.pod.namespace", "shop"}})
                .names,
            names);
  EXPECT_EQ(parse_names_json(names_json(names)), names);
  EXPECT_EQ(accepted({{"vgpu.dev/count", "1"}, {"io.kubernetes.pod.name", std::string(9999, 'a')}}).names.pod.size(),
            253u);
  EXPECT_EQ(parse_names_json(names_json({"\xff", "", "\""})).pod_namespace, "\"");
  for (const char* text : {"", "[]", "{\"pod\":7}"}) EXPECT_EQ(parse_names_json(text), ContainerNames()) << text;
}

TEST(OciRequest, EveryField) {
  const Request request = accepted({{"vgpu.dev/count", "16"},
                                    {"vgpu.dev/memory", "8Gi"},
                                    {"vgpu.dev/cores", "30"},
                                    {"vgpu.dev/profile", "t4"},
                                    {"vgpu.dev/inject", "preload"}});
  EXPECT_EQ(request.count, 16u);
  EXPECT_EQ(request.profile.memory, std::uint64_t{8} << 30);
  EXPECT_EQ(request.cores, 30u);
  EXPECT_EQ(request.profile.id, "t4");
  EXPECT_EQ(request.injection, Injection::Preload);
}

TEST(OciRequest, APlainMemoryNumberIsMebibytes) {
  EXPECT_EQ(accepted({{"vgpu.dev/memory", "8192"}}).profile.memory, std::uint64_t{8} << 30);
}

TEST(OciRequest, NoKeyOfOursIsNoRequest) {
  EXPECT_FALSE(asks({}));
  EXPECT_FALSE(asks({{"example.com/vgpu.dev/count", "1"}, {"io.podman.annotations.init", "FALSE"}}));
}

TEST(OciRequest, RefusalsNameKeyValueAndReason) {
  EXPECT_EQ(refusal({{"vgpu.dev/count", "0"}}), "vgpu.dev/count=\"0\": must be 1 to 16");
  EXPECT_EQ(refusal({{"vgpu.dev/count", "99"}}), "vgpu.dev/count=\"99\": must be 1 to 16");
  EXPECT_EQ(refusal({{"vgpu.dev/count", "-1"}}), "vgpu.dev/count=\"-1\": not a whole number from 1 to 16");
  EXPECT_EQ(refusal({{"vgpu.dev/count", ""}}), "vgpu.dev/count=\"\": not a whole number from 1 to 16");
  EXPECT_EQ(refusal({{"vgpu.dev/count", "1x"}}), "vgpu.dev/count=\"1x\": not a whole number from 1 to 16");
  EXPECT_EQ(refusal({{"vgpu.dev/count", "99999999999999999999"}}),
            "vgpu.dev/count=\"99999999999999999999\": must be 1 to 16");
  EXPECT_EQ(refusal({{"vgpu.dev/cores", "101"}}), "vgpu.dev/cores=\"101\": must be 1 to 100");
  EXPECT_EQ(refusal({{"vgpu.dev/inject", "no"}}), "vgpu.dev/inject=\"no\": must be auto or preload");
  EXPECT_TRUE(refusal({{"vgpu.dev/memory", "banana"}}).starts_with("vgpu.dev/memory=\"banana\": not a number"));
  EXPECT_EQ(refusal({{"vgpu.dev/memory", "65Gi"}}), "vgpu.dev/memory=\"65Gi\": this machine has 65536 MiB");
  EXPECT_TRUE(refusal({{"vgpu.dev/profile", "gtx"}}).starts_with("vgpu.dev/profile=\"gtx\": unknown; there are "));
  EXPECT_TRUE(refusal({{"vgpu.dev/memroy", "1Gi"}}).starts_with("vgpu.dev/memroy=\"1Gi\": unknown key"));
  EXPECT_TRUE(refusal({{"vgpu.dev/", "1"}}).starts_with("vgpu.dev/=\"1\": unknown key"));
  EXPECT_TRUE(refusal({{"vgpu.dev/.count", "1"}}).starts_with("vgpu.dev/.count=\"1\": unknown key"));
}

TEST(OciRequest, ARefusalIsOneShortLine) {
  const std::string message = refusal({{"vgpu.dev/count", "1\nvgpu: all is well" + std::string(1000, 'x')}});
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 200u);
}

TEST(OciRequest, AKeyOfAContainerCountsForThatContainerOnly) {
  const Annotations pod = {{"vgpu.dev/trainer.memory", "4Gi"}, {"vgpu.dev/memory", "1Gi"}};
  const auto of_container = [&](const char* name) {
    Annotations annotations = pod;
    annotations["io.kubernetes.cri.container-name"] = name;
    return accepted(annotations).profile.memory;
  };
  EXPECT_EQ(of_container("trainer"), std::uint64_t{4} << 30);
  EXPECT_EQ(of_container("other"), std::uint64_t{1} << 30);
  EXPECT_FALSE(asks({{"vgpu.dev/trainer.count", "1"}, {"io.kubernetes.cri.container-name", "other"}}));
  EXPECT_TRUE(refusal(pod).starts_with("vgpu.dev/trainer.memory=\"4Gi\": this engine does not say"));
}

TEST(OciRequest, ASandboxGetsNothing) {
  EXPECT_FALSE(asks({{"vgpu.dev/count", "1"}, {"io.kubernetes.cri.container-type", "sandbox"}}));
  EXPECT_FALSE(asks({{"vgpu.dev/count", "1"}, {"io.kubernetes.cri-o.ContainerType", "sandbox"}}));
}

TEST(OciRequest, AliasesOfOtherSystems) {
  EXPECT_EQ(accepted({{"nvidia.com/gpu", "3"}}).count, 3u);
  EXPECT_EQ(accepted({{"nvidia.com/gpumem", "2000"}}).profile.memory, std::uint64_t{2000} << 20);
  EXPECT_EQ(accepted({{"volcano.sh/vgpu-cores", "50"}}).cores, 50u);
  const Request half = accepted({{"nvidia.com/gpumem-percentage", "50"}, {"vgpu.dev/profile", "t4"}});
  EXPECT_EQ(half.profile.memory, model::find_profile("t4")->memory / 100 * 50);
  EXPECT_EQ(refusal({{"nvidia.com/gpu", "many"}}), "nvidia.com/gpu=\"many\": not a whole number from 1 to 16");
}

TEST(OciRequest, OurKeyCountsBeforeAnAliasAndAliasesMustAgree) {
  EXPECT_EQ(accepted({{"nvidia.com/gpu", "3"}, {"vgpu.dev/count", "2"}}).count, 2u);
  EXPECT_EQ(accepted({{"nvidia.com/gpu", "3"}, {"hami.io/gpu", "3"}}).count, 3u);
  EXPECT_TRUE(refusal({{"nvidia.com/gpu", "3"}, {"hami.io/gpu", "2"}}).find("contradicts") != std::string::npos);
}

TEST(OciRequest, DevicesFollowFromTheContainer) {
  const Request request = accepted({{"vgpu.dev/count", "2"}, {"vgpu.dev/cores", "25"}});
  const auto devices = request_devices(request, "one");
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[1].cores, 25u);
  EXPECT_NE(devices[0].uuid, devices[1].uuid);
  EXPECT_EQ(devices[0].uuid, request_devices(request, "one")[0].uuid);
  EXPECT_NE(devices[0].uuid, request_devices(request, "two")[0].uuid);
}

}  // namespace
}  // namespace vgpu::oci
