#include "deploy/device_plugin/service.h"

#include "deploy/device_plugin/allocation.h"
#include "deploy/device_plugin/health.h"

namespace vgpu::device_plugin {
namespace {

// How long a caller that has gone may stay unnoticed.
constexpr std::chrono::milliseconds kLongestWait{1000};

constexpr const char* kHealthy = "Healthy";
constexpr const char* kUnhealthy = "Unhealthy";

grpc::Status refused(grpc::StatusCode code, const Error& error) {
  return {code, "vgpu: " + error.message};
}

template <class Strings>
std::vector<std::string> listed(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

}  // namespace

void Service::close() {
  closed_ = true;
  devices_.wake();
}

v1beta1::DevicePluginOptions Service::options() {
  v1beta1::DevicePluginOptions options;
  options.set_get_preferred_allocation_available(true);
  return options;
}

grpc::Status Service::GetDevicePluginOptions(grpc::ServerContext*, const v1beta1::Empty*,
                                             v1beta1::DevicePluginOptions* response) {
  *response = options();
  return grpc::Status::OK;
}

grpc::Status Service::ListAndWatch(grpc::ServerContext* context, const v1beta1::Empty*,
                                   grpc::ServerWriter<v1beta1::ListAndWatchResponse>* writer) {
  std::uint64_t sent = 0;
  while (!closed_ && !context->IsCancelled()) {
    const DeviceList::State state = devices_.wait(sent, kLongestWait);
    if (state.number == sent) continue;
    v1beta1::ListAndWatchResponse list;
    for (const std::string& id : devices_.ids()) {
      v1beta1::Device* device = list.add_devices();
      device->set_id(id);
      device->set_health(state.healthy ? kHealthy : kUnhealthy);
    }
    if (!writer->Write(list)) break;
    sent = state.number;
  }
  return grpc::Status::OK;
}

grpc::Status Service::GetPreferredAllocation(grpc::ServerContext*, const v1beta1::PreferredAllocationRequest* request,
                                             v1beta1::PreferredAllocationResponse* response) {
  for (const auto& container : request->container_requests()) {
    const auto preferred = prefer(devices_.ids(), listed(container.available_deviceids()),
                                  listed(container.must_include_deviceids()), container.allocation_size());
    if (!preferred) return refused(grpc::StatusCode::INVALID_ARGUMENT, preferred.error());
    auto* ids = response->add_container_responses()->mutable_deviceids();
    ids->Assign(preferred->begin(), preferred->end());
  }
  return grpc::Status::OK;
}

grpc::Status Service::Allocate(grpc::ServerContext*, const v1beta1::AllocateRequest* request,
                               v1beta1::AllocateResponse* response) {
  for (const auto& container : request->container_requests()) {
    const auto checked = check_devices(devices_.ids(), listed(container.devices_ids()));
    if (!checked) return refused(grpc::StatusCode::INVALID_ARGUMENT, checked.error());
    const auto grant = grant_for(settings_, static_cast<unsigned>(container.devices_ids_size()), cores_);
    if (!grant) return refused(grpc::StatusCode::INVALID_ARGUMENT, grant.error());
    auto* answer = response->add_container_responses();
    answer->mutable_annotations()->insert(grant->annotations.begin(), grant->annotations.end());
    for (const std::string& name : grant->cdi_devices) answer->add_cdi_devices()->set_name(name);
  }
  // Now, not when it was looked at last.
  const Expected<void> health = check_health(settings_);
  return health ? grpc::Status::OK : refused(grpc::StatusCode::FAILED_PRECONDITION, health.error());
}

}  // namespace vgpu::device_plugin
