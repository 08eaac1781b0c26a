#include "seccomp/rm/abi/vgpu.h"
#include "seccomp/rm/class_handlers.h"

// A client's objects for devices, and what vgpu's own libraries put below them.
namespace vgpu::rm {

abi::Status make_device(ClassCall& call) {
  const auto ordinal = call.as<std::uint32_t>();  // deviceId, the first member of NV0080_ALLOC_PARAMETERS
  if (ordinal >= call.driver.devices().size()) return abi::Status::InvalidDevice;
  call.record.device = ordinal;
  return abi::Status::Ok;
}

abi::Status make_subdevice(ClassCall& call) {
  // There is one GPU to a device: no SLI.
  return call.as<std::uint32_t>() == 0 ? abi::Status::Ok : abi::Status::InvalidArgument;
}

abi::Status make_activity(ClassCall& call) {
  call.record.charged = true;
  return abi::Status::Ok;
}

}  // namespace vgpu::rm
