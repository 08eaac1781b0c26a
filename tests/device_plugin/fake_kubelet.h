#pragma once

#include <device_plugin.grpc.pb.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// What kubelet does of the device plugin interface: it removes what is in its folder when it starts, listens at
// kubelet.sock, and calls each plugin that registers back (pkg/kubelet/cm/devicemanager/plugin/v1beta1).
namespace vgpu::device_plugin {

inline constexpr std::chrono::seconds kPatience{20};

// A plugin as kubelet sees it.
class PluginClient {
 public:
  explicit PluginClient(const std::string& socket) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1beta1::DevicePlugin::NewStub(
        grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments));
  }
  ~PluginClient() {
    watch_context_.TryCancel();
    if (reader_.joinable()) reader_.join();
  }

  // Starts ListAndWatch.
  void watch() {
    reader_ = std::thread([this] {
      const auto stream = stub_->ListAndWatch(&watch_context_, v1beta1::Empty());
      v1beta1::ListAndWatchResponse list;
      while (stream->Read(&list)) {
        const std::lock_guard lock(mutex_);
        lists_.push_back(list);
        changed_.notify_all();
      }
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    });
  }

  // The list that the plugin has sent as its `number`th; nullopt when it does not come.
  std::optional<v1beta1::ListAndWatchResponse> list(std::size_t number) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return lists_.size() >= number; })) return std::nullopt;
    return lists_[number - 1];
  }

  bool watch_ends() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return ended_; });
  }

  v1beta1::DevicePluginOptions options() {
    grpc::ClientContext context;
    v1beta1::DevicePluginOptions response;
    status_ = stub_->GetDevicePluginOptions(&context, v1beta1::Empty(), &response);
    return response;
  }

  // For each list of devices one container.
  v1beta1::AllocateResponse allocate(const std::vector<std::vector<std::string>>& containers) {
    v1beta1::AllocateRequest request;
    for (const auto& ids : containers) {
      request.add_container_requests()->mutable_devices_ids()->Assign(ids.begin(), ids.end());
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1beta1::AllocateResponse response;
    status_ = stub_->Allocate(&context, request, &response);
    return response;
  }

  std::vector<std::string> prefer(const std::vector<std::string>& available, const std::vector<std::string>& must,
                                  int size) {
    v1beta1::PreferredAllocationRequest request;
    auto* container = request.add_container_requests();
    container->mutable_available_deviceids()->Assign(available.begin(), available.end());
    container->mutable_must_include_deviceids()->Assign(must.begin(), must.end());
    container->set_allocation_size(size);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1beta1::PreferredAllocationResponse response;
    status_ = stub_->GetPreferredAllocation(&context, request, &response);
    if (response.container_responses_size() != 1) return {};
    const auto& ids = response.container_responses(0).deviceids();
    return {ids.begin(), ids.end()};
  }

  // Of the last call.
  [[nodiscard]] const grpc::Status& status() const { return status_; }

 private:
  std::unique_ptr<v1beta1::DevicePlugin::Stub> stub_;
  grpc::Status status_;
  grpc::ClientContext watch_context_;
  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1beta1::ListAndWatchResponse> lists_;
  bool ended_ = false;
};

class FakeKubelet final : public v1beta1::Registration::Service {
 public:
  explicit FakeKubelet(std::string folder) : folder_(std::move(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.is_socket()) std::filesystem::remove(entry.path());
    }
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + folder_ + "/kubelet.sock", grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  // Like a kubelet that is killed: its socket stays.
  ~FakeKubelet() override {
    const std::string socket = folder_ + "/kubelet.sock";
    std::filesystem::rename(socket, socket + ".kept");
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    server_.reset();
    std::filesystem::rename(socket + ".kept", socket);
  }

  // Refuses the next registrations.
  void refuse(int times) {
    const std::lock_guard lock(mutex_);
    refusals_ = times;
  }

  // The `number`th registration that was accepted; nullopt when none comes.
  std::optional<v1beta1::RegisterRequest> registration(std::size_t number) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return requests_.size() >= number; })) return std::nullopt;
    return requests_[number - 1];
  }

  std::size_t registrations() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

  // The plugin behind a registration.
  std::unique_ptr<PluginClient> client(const v1beta1::RegisterRequest& request) {
    return std::make_unique<PluginClient>(folder_ + "/" + request.endpoint());
  }

  grpc::Status Register(grpc::ServerContext*, const v1beta1::RegisterRequest* request, v1beta1::Empty*) override {
    {
      const std::lock_guard lock(mutex_);
      if (refusals_ > 0) {
        --refusals_;
        return {grpc::StatusCode::UNAVAILABLE, "not yet"};
      }
    }
    // Kubelet calls back before it answers, so the plugin has to serve already.
    PluginClient plugin(folder_ + "/" + request->endpoint());
    plugin.options();
    if (!plugin.status().ok()) return {grpc::StatusCode::INTERNAL, "the plugin does not answer"};
    const std::lock_guard lock(mutex_);
    requests_.push_back(*request);
    changed_.notify_all();
    return grpc::Status::OK;
  }

 private:
  const std::string folder_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1beta1::RegisterRequest> requests_;
  int refusals_ = 0;
};

}  // namespace vgpu::device_plugin
