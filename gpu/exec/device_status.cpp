#include "gpu/exec/device_status.h"

#include "base/log.h"

namespace vgpu::exec {

void DeviceStatus::fail(gpu::Status status, const std::string& what) {
  gpu::Status expected = gpu::Status::Success;
  if (status_.compare_exchange_strong(expected, status)) log(LogLevel::Error, what);
}

}  // namespace vgpu::exec
