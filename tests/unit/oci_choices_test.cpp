#include <gtest/gtest.h>

#include "oci/annotation_keys.h"
#include "oci/request.h"

namespace vgpu::oci {
namespace {

constexpr Limits kLimits = {std::uint64_t{64} << 30};
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// What the container `name` of a pod with these annotations has: "no", the reason of a refusal, or its memory in MiB.
std::string memory_of(Annotations annotations, const std::string& name) {
  if (!name.empty()) annotations.emplace("io.kubernetes.container.name", name);
  const auto request = parse_request(annotations, kLimits);
  if (!request) return request.error().message;
  return *request ? std::to_string((*request)->profile.memory / kMiB) : "no";
}

unsigned cores_of(const Annotations& annotations) {
  const auto request = parse_request(annotations, kLimits);
  return request && *request ? (*request)->cores : 0;
}

TEST(OciChoices, APodsCountIsForEachOfItsContainers) {
  const Annotations pod = {{"vgpu.dev/count", "1"}, {"vgpu.dev/memory", "2Gi"}, {"vgpu.dev/main.memory", "1Gi"}};
  EXPECT_EQ(memory_of(pod, "main"), "1024");
  EXPECT_EQ(memory_of(pod, "side"), "2048");
}

TEST(OciChoices, ACountByNameIsForThatContainerAlone) {
  const Annotations pod = {{"vgpu.dev/main.count", "1"}, {"vgpu.dev/memory", "2Gi"}, {"vgpu.dev/profile", "t4"}};
  EXPECT_EQ(memory_of(pod, "main"), "2048");
  EXPECT_EQ(memory_of(pod, "side"), "no");
  EXPECT_EQ(memory_of({{"vgpu.dev/main.count", "1"}, {"vgpu.dev/side.memory", "1Gi"}}, "side"), "1024");
  EXPECT_EQ(memory_of({{"vgpu.dev/main.count", "1"}, {"vgpu.dev/count", "1"}, {"vgpu.dev/memory", "1Gi"}}, "side"),
            "1024");
  EXPECT_NE(memory_of(pod, "").find("does not say which container"), std::string::npos);
}

TEST(OciChoices, KaisKeysOfOneContainerAreTheLimitBeforeTheRequest) {
  const Annotations pod = {{"nvidia.cdi.k8s.io/main.gpu-memory.request", "2GiB"},
                           {"nvidia.cdi.k8s.io/main.gpu-memory.limit", "3GiB"}};
  EXPECT_EQ(memory_of(pod, "main"), "3072");
  EXPECT_EQ(memory_of(pod, "side"), "no");
  EXPECT_EQ(memory_of({{"nvidia.cdi.k8s.io/main.gpu-memory.request", "2GiB"}}, "main"), "2048");
  EXPECT_EQ(memory_of({{"nvidia.cdi.k8s.io/.gpu-memory.limit", "2GiB"}}, "main"), "no");
}

TEST(OciChoices, AnotherSystemsKeysAreForTheContainersThatItsOwnKeyNames) {
  const Annotations kai = {{"gpu-memory", "2000"}, {"gpu-fraction-container-name", "main"}};
  EXPECT_EQ(memory_of(kai, "main"), "2000");
  EXPECT_EQ(memory_of(kai, "side"), "no");
  EXPECT_NE(memory_of(kai, "").find("does not say which container"), std::string::npos);
  const Annotations fusion = {{"tensor-fusion.ai/vram-limit", "1Gi"}, {"tensor-fusion.ai/inject-container", "a, main"}};
  EXPECT_EQ(memory_of(fusion, "main"), "1024");
  EXPECT_EQ(memory_of(fusion, "mai"), "no");
  // A name alone asks for nothing.
  EXPECT_EQ(memory_of({{"gpu-fraction-container-name", "main"}}, "main"), "no");
}

TEST(OciChoices, KeysThatARequestConsistsOf) {
  for (const char* key : {"vgpu.dev/count", "vgpu.dev/unknown", "hami.io/gpu", "gpu-fraction-container-name",
                          "nvidia.cdi.k8s.io/main.gpu-memory.limit", "tensor-fusion.ai/inject-container"}) {
    EXPECT_TRUE(is_request_key(key)) << key;
  }
  for (const char* key : {"", "gpu", "example.com/vgpu.dev", "io.kubernetes.container.name"}) {
    EXPECT_FALSE(is_request_key(key)) << key;
  }
}

TEST(OciChoices, UnitsOfOtherSystems) {
  EXPECT_EQ(memory_of({{"gpu-fraction", "0.5"}, {"vgpu.dev/profile", "t4"}}, ""), "7680");
  EXPECT_EQ(memory_of({{"tencent.com/vcuda-memory", "4"}}, ""), "1024");
  EXPECT_EQ(memory_of({{"sharedgpu/gpu_mem", "1073741824"}}, ""), "1024");
  EXPECT_EQ(cores_of({{"sharedgpu/gpu_request", "0.2"}, {"sharedgpu/gpu_limit", "0.6"}}), 60U);
  EXPECT_EQ(cores_of({{"tencent.com/vcuda-core", "30"}}), 30U);
  for (const char* bad : {"0", "1.5", "half", "", "-0.5", "0.5x", "nan"}) {
    EXPECT_NE(memory_of({{"gpu-fraction", bad}}, "").find("must be a number from 0.01 to 1"), std::string::npos) << bad;
  }
  EXPECT_NE(memory_of({{"tencent.com/vcuda-memory", "1000000"}}, "").find("this machine has"), std::string::npos);
  EXPECT_NE(memory_of({{"sharedgpu/gpu_mem", "many"}}, "").find("not a number of bytes"), std::string::npos);
}

}  // namespace
}  // namespace vgpu::oci
