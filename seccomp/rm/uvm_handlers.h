#pragma once

#include "seccomp/rm/uvm.h"

// The handlers that uvm.def names.
namespace vgpu::rm {

// For requests that need nothing done: there is one memory for CPU and GPU.
abi::Status uvm_accept(UvmCall& call);
abi::Status uvm_no_pageable_access(UvmCall& call);
abi::Status uvm_register_gpu(UvmCall& call);
abi::Status uvm_create_range_group(UvmCall& call);
abi::Status uvm_map_external(UvmCall& call);
abi::Status uvm_unmap_external(UvmCall& call);
abi::Status uvm_free(UvmCall& call);

}  // namespace vgpu::rm
