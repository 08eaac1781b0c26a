#include "deploy/device_plugin/endpoint.h"

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "deploy/device_plugin/report.h"

namespace vgpu::device_plugin {
namespace {

constexpr const char* kVersion = "v1beta1";
constexpr const char* kKubeletSocket = "/kubelet.sock";
// Kubelet calls back before it answers.
constexpr std::chrono::seconds kRegistrationTime{5};
constexpr std::chrono::seconds kClosingTime{2};

// Only a socket: anything else at that path is not this plugin's.
Expected<void> remove_stale_socket(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? Expected<void>{} : system_failure("look at", path, errno);
  }
  if (!S_ISSOCK(status.st_mode)) return failure("socket \"" + path + "\": something else is there");
  if (::unlink(path.c_str()) != 0) return system_failure("remove", path, errno);
  return {};
}

}  // namespace

Endpoint::Endpoint(const Settings& settings, unsigned cores, std::string resource, std::vector<std::string> device_ids)
    : settings_(settings),
      cores_(cores),
      resource_(std::move(resource)),
      path_(settings.kubelet_folder + "/" + socket_name(resource_)),
      devices_(std::move(device_ids)) {}

Endpoint::~Endpoint() {
  close();
}

void Endpoint::close() {
  if (!server_) return;
  service_->close();
  server_->Shutdown(std::chrono::system_clock::now() + kClosingTime);
  server_->Wait();
  // Another may have taken the path by now.
  if (socket_ && socket_at(path_) == socket_) ::unlink(path_.c_str());
  server_.reset();
  service_.reset();
  socket_.reset();
  kubelet_.reset();
}

Expected<void> Endpoint::serve() {
  if (auto removed = remove_stale_socket(path_); !removed) return removed;
  auto service = std::make_unique<Service>(settings_, cores_, devices_);
  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort("unix:" + path_, grpc::InsecureServerCredentials(), &bound);
  builder.RegisterService(service.get());
  auto server = builder.BuildAndStart();
  if (!server || bound == 0) return failure("socket \"" + path_ + "\": cannot be listened on");
  service_ = std::move(service);
  server_ = std::move(server);
  socket_ = socket_at(path_);
  return {};
}

Expected<void> Endpoint::register_with_kubelet() {
  const std::string path = settings_.kubelet_folder + kKubeletSocket;
  grpc::ChannelArguments arguments;
  // A channel of its own, which does not wait because an earlier one failed.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = v1beta1::Registration::NewStub(
      grpc::CreateCustomChannel("unix:" + path, grpc::InsecureChannelCredentials(), arguments));
  v1beta1::RegisterRequest request;
  request.set_version(kVersion);
  request.set_endpoint(socket_name(resource_));
  request.set_resource_name(resource_);
  *request.mutable_options() = Service::options();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kRegistrationTime);
  v1beta1::Empty response;
  const grpc::Status status = stub->Register(&context, request, &response);
  if (status.ok()) return {};
  return failure("register \"" + resource_ + "\" at \"" + path + "\": " + status.error_message());
}

Expected<bool> Endpoint::settle() {
  if (!server_ || !socket_ || socket_at(path_) != socket_) {
    close();
    if (auto served = serve(); !served) return std::unexpected(served.error());
    // A kubelet that starts just now has removed it already.
    if (!socket_) return false;
  }
  const auto kubelet = socket_at(settings_.kubelet_folder + kKubeletSocket);
  if (!kubelet) return false;
  if (kubelet == kubelet_) return true;
  if (const auto registered = register_with_kubelet(); !registered) {
    report(registered.error().message);
    return false;
  }
  kubelet_ = kubelet;
  report(resource_ + ": registered with " + std::to_string(devices_.ids().size()) + " devices");
  return true;
}

}  // namespace vgpu::device_plugin
