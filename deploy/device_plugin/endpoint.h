#pragma once

#include <memory>
#include <optional>

#include "deploy/device_plugin/file_identity.h"
#include "deploy/device_plugin/service.h"

namespace vgpu::device_plugin {

// One resource: its devices, the server at its socket in kubelet's folder, and its registration with kubelet.
class Endpoint {
 public:
  // `settings` outlives it.
  Endpoint(const Settings& settings, unsigned cores, std::string resource, std::vector<std::string> device_ids);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  // Closes the server and removes its socket.
  ~Endpoint();

  // Brings about what should be: a server at the socket's path, even when kubelet removed the socket as it does when
  // it starts, and a registration with the kubelet that listens now. Does nothing where that is so. Returns whether it
  // is registered; without a kubelet it cannot be. Fails when the socket cannot be made.
  Expected<bool> settle();

  DeviceList& devices() { return devices_; }
  [[nodiscard]] const std::string& resource() const { return resource_; }

 private:
  Expected<void> serve();
  Expected<void> register_with_kubelet();
  void close();

  const Settings& settings_;
  const unsigned cores_;
  const std::string resource_;
  const std::string path_;
  DeviceList devices_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<FileIdentity> socket_;   // ours
  std::optional<FileIdentity> kubelet_;  // that of the kubelet that knows us
};

}  // namespace vgpu::device_plugin
