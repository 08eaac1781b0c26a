#include <gtest/gtest.h>

#include "hook/podman_names.h"
#include "oci/container_names.h"
#include "tests/unit/temporary_folder.h"

namespace vgpu::test {
namespace {

class PodmanNames : public testing::Test {
 protected:
  PodmanNames() {
    std::filesystem::create_directories(folder_.path("overlay/layer/merged"));
    std::filesystem::create_directories(folder_.path("overlay-containers"));
    folder_.write("overlay-containers/containers.json",
                  R"([{"id":"1","names":["web-main"]},{"id":"2","names":["web-infra"]},{"id":"3"},7])");
    config_["root"]["path"] = folder_.path("overlay/layer/merged");
    config_["process"]["env"] = {"HOSTNAME=web"};
    config_["annotations"] = {
        {"io.container.manager", "libpod"}, {"io.kubernetes.cri-o.SandboxID", "0"}, {"vgpu.dev/main.count", "1"}};
  }

  std::string container_of(const std::string& id) {
    oci::Config config = config_;
    hook::add_podman_names(id, config);
    return oci::names_of(oci::annotations_of(config)).container;
  }

  TemporaryFolder folder_;
  oci::Config config_;
};

TEST_F(PodmanNames, AreInItsStorage) {
  EXPECT_EQ(container_of("1"), "main");
  EXPECT_EQ(container_of("2"), "infra");
  for (const char* id : {"3", "4", ""}) EXPECT_EQ(container_of(id), "") << id;
}

TEST_F(PodmanNames, AreLookedForInItsPodsAlone) {
  config_["process"]["env"] = {"HOSTNAME=other"};
  EXPECT_EQ(container_of("1"), "");
  config_["process"]["env"] = {"HOSTNAME=web"};
  config_["annotations"]["io.container.manager"] = "other";
  EXPECT_EQ(container_of("1"), "");
  config_["annotations"]["io.container.manager"] = "libpod";
  config_["annotations"].erase("vgpu.dev/main.count");
  EXPECT_EQ(container_of("1"), "");
  config_["annotations"]["hami.io/gpu"] = "1";
  EXPECT_EQ(container_of("1"), "main");
  config_["annotations"]["io.kubernetes.container.name"] = "said";
  EXPECT_EQ(container_of("1"), "said");
}

TEST(PodmanStorage, WhatIsMalformedHasNoNames) {
  for (const char* text :
       {"", "{}", "[{}]", R"([{"id":"1","names":[]}])", R"([{"id":"1","names":[1]}])", R"([{"id":1,"names":["a"]}])"}) {
    EXPECT_EQ(hook::name_in_storage(text, "1"), "") << text;
  }
}

}  // namespace
}  // namespace vgpu::test
