#include <gtest/gtest.h>

#include <algorithm>

#include "oci/cache_request.h"
#include "oci/plan.h"
#include "oci/request.h"

namespace vgpu::oci {
namespace {

Expected<std::optional<Request>> request_with(const std::string& value, Annotations others = {}) {
  others.emplace("vgpu.dev/cache", value);
  return parse_request(others, {});
}

// "OWNER NAME", with ":ro" behind it, or the reason of a refusal.
std::string asked(const std::string& value, const Annotations& others = {}) {
  const auto request = request_with(value, others);
  if (!request) return request.error().message;
  if (!*request || !(*request)->cache) return "none";
  const CacheRequest& cache = *(*request)->cache;
  return cache.owner + " " + cache.name + (cache.read_only ? ":ro" : "");
}

TEST(OciCache, ANameAndWhetherItIsWritten) {
  EXPECT_EQ(asked("models"), "user models");
  EXPECT_EQ(asked("models:ro"), "user models:ro");
  EXPECT_EQ(asked("0.a_b-c"), "user 0.a_b-c");
  EXPECT_EQ(asked(std::string(63, 'a')), "user " + std::string(63, 'a'));
  EXPECT_FALSE((*parse_request({{"vgpu.dev/count", "1"}}, {}))->cache);
}

TEST(OciCache, WhatIsNoNameIsRefusedInOneLine) {
  for (const char* value : {"", ":ro", "Models", "-a", ".a", "..", "../x", "a/b", "a/../../b", "a:rw", "a:ro:ro", "a b",
                            "a\n", "\xc3\xa4", "user/x", "/etc"}) {
    const std::string reason = asked(value);
    EXPECT_TRUE(reason.starts_with("vgpu.dev/cache=\"")) << value << ": " << reason;
    EXPECT_NE(reason.find("must be NAME or NAME:ro"), std::string::npos) << value << ": " << reason;
    EXPECT_EQ(reason.find('\n'), std::string::npos) << value;
  }
  EXPECT_NE(asked(std::string(64, 'a')).find("must be NAME"), std::string::npos);
  EXPECT_FALSE(request_with(std::string("a\0b", 3)));
}

TEST(OciCache, IsForOneContainerOrAllOfAPod) {
  const Annotations pod = {{"vgpu.dev/count", "1"},
                           {"vgpu.dev/main.cache", "own"},
                           {"vgpu.dev/cache", "all"},
                           {"io.kubernetes.cri.sandbox-namespace", "shop"}};
  const auto name_in = [&](const char* container) {
    Annotations annotations = pod;
    annotations.emplace("io.kubernetes.cri.container-name", container);
    return (*parse_request(annotations, {}))->cache->name;
  };
  EXPECT_EQ(name_in("main"), "own");
  EXPECT_EQ(name_in("side"), "all");
}

TEST(OciCache, ADeviceOfTheContainerMaySayIt) {
  const auto request = parse_request({}, {}, {{"cache", "node:ro"}});
  ASSERT_TRUE(request && *request);
  EXPECT_EQ(*(*request)->cache, (CacheRequest{"user", "node", true}));
}

// containerd writes its own keys over a pod's, and CRI-O those of the kubelet.
TEST(OciCache, InAClusterTheOwnerIsThePodsNamespace) {
  EXPECT_EQ(
      asked("m", {{"io.kubernetes.cri.container-type", "container"}, {"io.kubernetes.cri.sandbox-namespace", "shop"}}),
      "namespace/shop m");
  EXPECT_EQ(asked("m", {{"io.container.manager", "cri-o"},
                        {"io.kubernetes.cri-o.ContainerType", "container"},
                        {"io.kubernetes.pod.namespace", "shop-2"}}),
            "namespace/shop-2 m");
}

TEST(OciCache, APodCannotNameAnothersNamespace) {
  const std::string refused = "vgpu.dev/cache=\"m\": ";
  const std::string two = refused + "annotations of the container name two namespaces";
  // Under CRI-O all of a pod's annotations arrive, so that containerd's key and CRI-O's second one are the pod's own.
  EXPECT_EQ(asked("m", {{"io.container.manager", "cri-o"},
                        {"io.kubernetes.cri-o.ContainerType", "container"},
                        {"io.kubernetes.pod.namespace", "own"},
                        {"io.kubernetes.cri.sandbox-namespace", "victim"}}),
            two);
  EXPECT_EQ(asked("m", {{"io.kubernetes.cri-o.ContainerType", "container"},
                        {"io.kubernetes.pod.namespace", "own"},
                        {"io.kubernetes.cri-o.Namespace", "victim"}}),
            "namespace/own m");
  EXPECT_EQ(asked("m", {{"io.kubernetes.cri.container-type", "container"},
                        {"io.kubernetes.cri.sandbox-namespace", "own"},
                        {"io.kubernetes.pod.namespace", "victim"}}),
            two);
  // Nor the node's user.
  for (const char* none : {"", ".", "..", "../user", "a/b", "UPPER"}) {
    EXPECT_EQ(asked("m", {{"io.kubernetes.cri.sandbox-namespace", none}}),
              refused + "the pod's namespace is not a name of Kubernetes")
        << none;
  }
  const std::string unsaid = refused + "this engine does not say the pod's namespace";
  EXPECT_EQ(asked("m", {{"io.kubernetes.cri.container-type", "container"}}), unsaid);
  EXPECT_EQ(asked("m", {{"io.kubernetes.cri-o.ContainerType", "container"}, {"io.kubernetes.cri-o.Namespace", "a"}}),
            unsaid);
}

TEST(OciCache, PodmansPodsAreTheUsers) {
  EXPECT_EQ(asked("m", {{"io.container.manager", "libpod"}, {"io.kubernetes.cri-o.ContainerType", "container"}}),
            "user m");
}

TEST(OciCache, OwnersForTheCommandLine) {
  for (const char* owner : {"user", "namespace/shop", "namespace/a-1"}) EXPECT_TRUE(is_cache_owner(owner)) << owner;
  for (const char* owner : {"", "users", "namespace/", "namespace", "namespace/..", "namespace/a/b", "/", "user/"}) {
    EXPECT_FALSE(is_cache_owner(owner)) << owner;
  }
}

Facts facts() {
  Facts facts;
  facts.container_id = "box";
  facts.state_folder = "/run/vgpu/containers/box";
  facts.library_folder = "/usr/lib64/vgpu";
  facts.libraries = {"libcuda.so.1", "libnvidia-ml.so.1"};
  facts.hook_program = "/usr/libexec/vgpu/vgpu-hook";
  return facts;
}

const EnvironmentEdit* cache_path(const Plan& plan) {
  const auto found = std::ranges::find(plan.environment, "CUDA_CACHE_PATH", &EnvironmentEdit::name);
  return found == plan.environment.end() ? nullptr : &*found;
}

TEST(OciCache, ThePlanHasAPlaceForItAndTheVariable) {
  const auto plan = make_plan(**request_with("models"), facts());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->folders, std::vector<std::string>{"etc/cache"});
  ASSERT_NE(cache_path(*plan), nullptr);
  EXPECT_EQ(cache_path(*plan)->value, "/etc/vgpu/cache");
  EXPECT_EQ(cache_path(*plan)->kind, EnvironmentEdit::Kind::SetIfMissing);
  const auto without = make_plan(**parse_request({{"vgpu.dev/count", "1"}}, {}), facts());
  ASSERT_TRUE(without);
  EXPECT_TRUE(without->folders.empty());
  EXPECT_EQ(cache_path(*without), nullptr);
}

TEST(OciCache, APathOfTheContainersOwnIsAContradiction) {
  Facts own = facts();
  own.cache_path = "/root/.nv/ComputeCache";
  const auto refused = make_plan(**request_with("models:ro"), own);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "vgpu.dev/cache=\"models:ro\": the container sets CUDA_CACHE_PATH to another place; unset it, or set it to "
            "/etc/vgpu/cache");
  EXPECT_TRUE(make_plan(**parse_request({{"vgpu.dev/count", "1"}}, {}), own));
  own.cache_path = "/etc/vgpu/cache";
  EXPECT_TRUE(make_plan(**request_with("models"), own));
}

}  // namespace
}  // namespace vgpu::oci
