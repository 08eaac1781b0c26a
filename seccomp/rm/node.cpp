#include <sys/sysmacros.h>

#include "gpu/model/device_nodes.h"
#include "seccomp/rm/abi/escapes.h"
#include "seccomp/rm/call.h"

namespace vgpu::rm {

std::optional<Node> node_of(dev_t device) {
  const unsigned number = ::minor(device);
  if (::major(device) == model::kDriverMajor) {
    if (number == model::kControlMinor) return Node{NodeKind::Control, 0};
    if (number < abi::kMaximumDevices) return Node{NodeKind::Device, number};
  } else if (::major(device) == model::kUvmMajor) {
    if (number == 0) return Node{NodeKind::Uvm, 0};
    if (number == 1) return Node{NodeKind::UvmTools, 0};
  }
  return std::nullopt;
}

}  // namespace vgpu::rm
