#pragma once

#include <device_plugin.grpc.pb.h>

#include <atomic>

#include "deploy/device_plugin/device_list.h"
#include "deploy/device_plugin/settings.h"

namespace vgpu::device_plugin {

// What kubelet calls, for one resource.
class Service final : public v1beta1::DevicePlugin::Service {
 public:
  // `cores`: what each device may use, in percent of the machine's CPUs. All arguments outlive the service.
  Service(const Settings& settings, unsigned cores, DeviceList& devices)
      : settings_(settings), cores_(cores), devices_(devices) {}

  // Ends calls that last; new ones end at once.
  void close();

  // What the plugin tells kubelet of itself, here and when it registers.
  static v1beta1::DevicePluginOptions options();

  grpc::Status GetDevicePluginOptions(grpc::ServerContext* context, const v1beta1::Empty* request,
                                      v1beta1::DevicePluginOptions* response) override;
  // Sends the list, and again at each change, until the caller or this end closes.
  grpc::Status ListAndWatch(grpc::ServerContext* context, const v1beta1::Empty* request,
                            grpc::ServerWriter<v1beta1::ListAndWatchResponse>* writer) override;
  // INVALID_ARGUMENT for what cannot be met.
  grpc::Status GetPreferredAllocation(grpc::ServerContext* context, const v1beta1::PreferredAllocationRequest* request,
                                      v1beta1::PreferredAllocationResponse* response) override;
  // INVALID_ARGUMENT for devices that there are not, FAILED_PRECONDITION while they are not healthy; the pod's event
  // has the message.
  grpc::Status Allocate(grpc::ServerContext* context, const v1beta1::AllocateRequest* request,
                        v1beta1::AllocateResponse* response) override;

 private:
  const Settings& settings_;
  const unsigned cores_;
  DeviceList& devices_;
  std::atomic<bool> closed_ = false;
};

}  // namespace vgpu::device_plugin
