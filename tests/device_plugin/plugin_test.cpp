#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>

#include "host/listening_socket.h"
#include "tests/device_plugin/fake_kubelet.h"
#include "tests/device_plugin/plugin_process.h"

namespace vgpu::device_plugin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A node: a folder for kubelet's sockets, stand-ins for the libraries, and a supervisor's socket.
class Plugin : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "vgpu-plugin.XXXXXX";
    folder_ = ::mkdtemp(name.data());
    fs::create_directories(kubelet_folder());
    fs::create_directories(folder_ + "/lib");
    for (const char* library : {"libcuda.so.1", "libcudart.so.12", "libnvidia-ml.so.1", "libvgpu-engine.so"}) {
      std::ofstream(folder_ + "/lib/" + library) << "a library";
    }
    supervise();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void supervise() {
    auto socket = host::listen_at(folder_ + "/seccomp.sock");
    ASSERT_TRUE(socket) << socket.error().message;
    supervisor_ = *std::move(socket);
  }

  [[nodiscard]] std::string kubelet_folder() const { return folder_ + "/kubelet"; }
  [[nodiscard]] std::string log() const {
    std::ifstream file(folder_ + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::unique_ptr<PluginProcess> start(std::vector<std::string> arguments = {"--count", "3"}) {
    for (const std::string& argument : {std::string("--kubelet-folder"), kubelet_folder(), std::string("--libraries"),
                                        folder_ + "/lib", std::string("--supervisor-socket"), folder_ + "/seccomp.sock",
                                        std::string("--health-interval"), std::string("1")}) {
      arguments.push_back(argument);
    }
    return std::make_unique<PluginProcess>(arguments, folder_ + "/log");
  }

  static std::vector<std::string> ids(const v1beta1::ListAndWatchResponse& list, const std::string& health) {
    std::vector<std::string> ids;
    for (const auto& device : list.devices()) {
      if (device.health() == health) ids.push_back(device.id());
    }
    return ids;
  }

  std::string folder_;
  FileDescriptor supervisor_;
};

TEST_F(Plugin, RegistersAndListsItsDevices) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start();
  const auto request = kubelet.registration(1);
  ASSERT_TRUE(request) << log();
  EXPECT_EQ(request->version(), "v1beta1");
  EXPECT_EQ(request->resource_name(), "vgpu.dev/gpu");
  EXPECT_EQ(request->endpoint(), "vgpu-vgpu.dev-gpu.sock");
  EXPECT_TRUE(request->options().get_preferred_allocation_available());
  EXPECT_FALSE(request->options().pre_start_required());

  const auto client = kubelet.client(*request);
  EXPECT_TRUE(client->options().get_preferred_allocation_available());
  client->watch();
  const auto list = client->list(1);
  ASSERT_TRUE(list) << log();
  EXPECT_THAT(ids(*list, "Healthy"), ElementsAre("vgpu-0", "vgpu-1", "vgpu-2"));

  // Whoever else is on the node cannot speak to it.
  struct stat status{};
  ASSERT_EQ(::stat((kubelet_folder() + "/" + request->endpoint()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Plugin, AllocatesByNames) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start({"--count", "3", "--answer", "cdi"});
  const auto request = kubelet.registration(1);
  ASSERT_TRUE(request) << log();
  const auto client = kubelet.client(*request);
  const auto response = client->allocate({{"vgpu-2"}, {"vgpu-1", "vgpu-0"}});
  ASSERT_TRUE(client->status().ok()) << client->status().error_message();
  ASSERT_EQ(response.container_responses_size(), 2);
  ASSERT_EQ(response.container_responses(0).cdi_devices_size(), 1);
  EXPECT_EQ(response.container_responses(0).cdi_devices(0).name(), "vgpu.dev/gpu=0");
  EXPECT_TRUE(response.container_responses(0).annotations().empty());
  // Each of them is one: the numbers say how many, not which.
  ASSERT_EQ(response.container_responses(1).cdi_devices_size(), 2);
  EXPECT_EQ(response.container_responses(1).cdi_devices(1).name(), "vgpu.dev/gpu=1");
}

TEST_F(Plugin, AllocatesByAnnotations) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start({"--count", "3", "--answer", "annotations", "--profile", "t4", "--memory", "2Gi"});
  const auto request = kubelet.registration(1);
  ASSERT_TRUE(request) << log();
  const auto client = kubelet.client(*request);
  const auto response = client->allocate({{"vgpu-1", "vgpu-0"}});
  ASSERT_TRUE(client->status().ok()) << client->status().error_message();
  const auto& annotations = response.container_responses(0).annotations();
  EXPECT_EQ(annotations.at("vgpu.dev/count"), "2");
  EXPECT_EQ(annotations.at("vgpu.dev/profile"), "t4");
  EXPECT_EQ(annotations.at("vgpu.dev/memory"), "2048");
  EXPECT_EQ(annotations.size(), 3);
  EXPECT_EQ(response.container_responses(0).cdi_devices_size(), 0);
}

TEST_F(Plugin, RefusesWhatCannotBeMet) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start({"--count", "20"});
  const auto request = kubelet.registration(1);
  ASSERT_TRUE(request) << log();
  const auto client = kubelet.client(*request);
  const auto refusal = [&](const std::vector<std::vector<std::string>>& containers) {
    client->allocate(containers);
    EXPECT_EQ(client->status().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return client->status().error_message();
  };
  EXPECT_EQ(refusal({{"vgpu-0"}, {"vgpu-20"}}), "vgpu: device \"vgpu-20\": unknown");
  EXPECT_EQ(refusal({{"a\nb"}}), "vgpu: device \"a?b\": unknown");
  EXPECT_EQ(refusal({{"vgpu-0", "vgpu-0"}}), "vgpu: device \"vgpu-0\": named twice");
  EXPECT_EQ(refusal({{}}), "vgpu: no device is named");
  std::vector<std::string> many;
  for (int ordinal = 0; ordinal < 17; ++ordinal) many.push_back("vgpu-" + std::to_string(ordinal));
  EXPECT_EQ(refusal({many}), "vgpu: 17 devices: a container can have 1 to 16");
  many.pop_back();
  client->allocate({many});
  EXPECT_TRUE(client->status().ok()) << client->status().error_message();
}

TEST_F(Plugin, PrefersTheFirstDevices) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start();
  const auto request = kubelet.registration(1);
  ASSERT_TRUE(request) << log();
  const auto client = kubelet.client(*request);
  EXPECT_THAT(client->prefer({"vgpu-2", "vgpu-1", "vgpu-0"}, {"vgpu-2"}, 2), ElementsAre("vgpu-0", "vgpu-2"));
  EXPECT_THAT(client->prefer({"vgpu-1"}, {}, 2), IsEmpty());
  EXPECT_EQ(client->status().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(client->status().error_message(), HasSubstr("allocation of 2 devices"));
}

TEST_F(Plugin, TellsOfHealth) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start();
  const auto request = kubelet.registration(1);
  ASSERT_TRUE(request) << log();
  const auto client = kubelet.client(*request);
  client->watch();
  ASSERT_TRUE(client->list(1)) << log();

  // The socket's file stays: nobody listens.
  supervisor_ = FileDescriptor();
  auto list = client->list(2);
  ASSERT_TRUE(list) << log();
  EXPECT_THAT(ids(*list, "Unhealthy"), SizeIs(3));
  client->allocate({{"vgpu-0"}});
  EXPECT_EQ(client->status().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(client->status().error_message(), HasSubstr("/seccomp.sock\": Connection refused"));

  supervise();
  list = client->list(3);
  ASSERT_TRUE(list) << log();
  EXPECT_THAT(ids(*list, "Healthy"), SizeIs(3));

  fs::remove(folder_ + "/lib/libcuda.so.1");
  // Known at once to who allocates, and to kubelet a moment later.
  client->allocate({{"vgpu-0"}});
  EXPECT_THAT(client->status().error_message(), HasSubstr("/lib/libcuda.so.1\": No such file"));
  list = client->list(4);
  ASSERT_TRUE(list) << log();
  EXPECT_THAT(ids(*list, "Healthy"), IsEmpty());
  EXPECT_THAT(log(), HasSubstr("unhealthy: look at"));
}

TEST_F(Plugin, RegistersAgainWhenKubeletStartsAgain) {
  auto kubelet = std::make_unique<FakeKubelet>(kubelet_folder());
  const auto plugin = start();
  auto request = kubelet->registration(1);
  ASSERT_TRUE(request) << log();
  const auto before = kubelet->client(*request);
  before->watch();
  ASSERT_TRUE(before->list(1)) << log();

  for (int turn = 0; turn < 3; ++turn) {
    kubelet.reset();
    kubelet = std::make_unique<FakeKubelet>(kubelet_folder());
    request = kubelet->registration(1);
    ASSERT_TRUE(request) << log();
    const auto client = kubelet->client(*request);
    client->watch();
    const auto list = client->list(1);
    ASSERT_TRUE(list) << log();
    EXPECT_THAT(ids(*list, "Healthy"), SizeIs(3));
  }
  EXPECT_TRUE(before->watch_ends());
  EXPECT_EQ(kubelet->registrations(), 1);
}

TEST_F(Plugin, WaitsForKubelet) {
  const auto plugin = start();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  FakeKubelet kubelet(kubelet_folder());
  EXPECT_TRUE(kubelet.registration(1)) << log();
}

TEST_F(Plugin, TriesAgainWhenKubeletRefuses) {
  FakeKubelet kubelet(kubelet_folder());
  kubelet.refuse(2);
  const auto plugin = start();
  EXPECT_TRUE(kubelet.registration(1)) << log();
  EXPECT_THAT(log(), HasSubstr("register \"vgpu.dev/gpu\" at \"" + kubelet_folder() + "/kubelet.sock\": not yet"));
}

TEST_F(Plugin, StartsAgainAfterItWasKilled) {
  FakeKubelet kubelet(kubelet_folder());
  auto plugin = start();
  ASSERT_TRUE(kubelet.registration(1)) << log();
  EXPECT_EQ(plugin->kill(SIGKILL), 128 + SIGKILL);
  EXPECT_TRUE(fs::exists(kubelet_folder() + "/vgpu-vgpu.dev-gpu.sock"));
  plugin = start();
  const auto request = kubelet.registration(2);
  ASSERT_TRUE(request) << log();
  const auto client = kubelet.client(*request);
  client->watch();
  EXPECT_TRUE(client->list(1)) << log();
}

TEST_F(Plugin, EndsCleanly) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start({"--count", "2", "--resource", "vgpu.dev/gpu", "--resource", "nvidia.com/gpu"});
  ASSERT_TRUE(kubelet.registration(2)) << log();
  const auto client = kubelet.client(*kubelet.registration(1));
  client->watch();
  ASSERT_TRUE(client->list(1)) << log();
  EXPECT_EQ(plugin->kill(SIGTERM), 0) << log();
  EXPECT_TRUE(client->watch_ends());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(kubelet_folder())) left.push_back(entry.path().filename());
  EXPECT_THAT(left, ElementsAre("kubelet.sock"));
}

TEST_F(Plugin, NamesResourcesAsNvidiaDoes) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start({"--count", "3", "--resource", "nvidia.com/gpu", "--resource", "vgpu.dev/gpu"});
  ASSERT_TRUE(kubelet.registration(2)) << log();
  const auto request = *kubelet.registration(1);
  EXPECT_EQ(request.resource_name(), "nvidia.com/gpu");
  const auto client = kubelet.client(request);
  client->watch();
  const auto list = client->list(1);
  ASSERT_TRUE(list) << log();
  // The node's devices are divided.
  ASSERT_EQ(list->devices_size(), 2);
  EXPECT_THAT(list->devices(0).id(), testing::MatchesRegex("GPU-[0-9a-f]*-[0-9a-f]*-4[0-9a-f]*-[0-9a-f]*-[0-9a-f]*"));
  EXPECT_NE(list->devices(0).id(), list->devices(1).id());
  client->allocate({{list->devices(1).id()}});
  EXPECT_TRUE(client->status().ok()) << client->status().error_message();
}

TEST_F(Plugin, NeedsNoCapability) {
  FakeKubelet kubelet(kubelet_folder());
  const auto plugin = start();
  ASSERT_TRUE(kubelet.registration(1)) << log();
  std::ifstream status("/proc/" + std::to_string(plugin->id()) + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  EXPECT_THAT(text, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(text, HasSubstr("CapPrm:\t0000000000000000"));
  EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
}

TEST_F(Plugin, SaysWhyItDoesNotStart) {
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    fs::remove(folder_ + "/log");
    EXPECT_EQ(start(arguments)->wait(), 1);
    return log();
  };
  EXPECT_THAT(refusal({"--profile", "voodoo"}), HasSubstr("vgpu: --profile: profile \"voodoo\": "));
  EXPECT_EQ(refusal({"--memory", "much"}),
            "vgpu: --memory: memory \"much\": not a number with an optional unit, as in 8Gi, 512Mi or 8192 (MiB)\n");
  EXPECT_EQ(refusal({"--resource", "gpu"}),
            "vgpu: --resource \"gpu\": not the name of an extended resource, as vgpu.dev/gpu is one\n");
  EXPECT_EQ(refusal({"--answer", "magic"}), "vgpu: --answer \"magic\": must be cdi, annotations or both\n");
  fs::create_directories(kubelet_folder() + "/vgpu-vgpu.dev-gpu.sock");
  EXPECT_THAT(refusal({}), HasSubstr("/vgpu-vgpu.dev-gpu.sock\": something else is there\n"));
}

TEST_F(Plugin, EndsWithItsFolder) {
  const auto plugin = start();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  fs::rename(kubelet_folder(), folder_ + "/moved");
  EXPECT_EQ(plugin->wait(), 1);
  EXPECT_THAT(log(), HasSubstr("vgpu: folder \"" + kubelet_folder() + "\": is gone\n"));
}

}  // namespace
}  // namespace vgpu::device_plugin
