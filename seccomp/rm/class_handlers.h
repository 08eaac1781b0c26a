#pragma once

#include "seccomp/rm/object_class.h"

// The handlers that classes.def names.
namespace vgpu::rm {

abi::Status make_device(ClassCall& call);
abi::Status make_subdevice(ClassCall& call);
abi::Status make_activity(ClassCall& call);
abi::Status make_memory(ClassCall& call);
abi::Status make_channel(ClassCall& call);

}  // namespace vgpu::rm
