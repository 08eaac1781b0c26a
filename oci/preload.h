#pragma once

#include "base/error.h"
#include "oci/plan.h"
#include "oci/request.h"
#include "oci/rootfs.h"

// Making a container's programs load vgpu's libraries before all others, so that those which bring CUDA libraries of
// their own compute with vgpu's all the same.
namespace vgpu::oci {

// Where glibc's dynamic linker looks for libraries to preload into every program: ld.so(8).
inline constexpr const char* kPreloadFile = "/etc/ld.so.preload";
// The file below the state folder that is mounted there.
inline constexpr const char* kPreloadFileName = "ld.so.preload";

// True when programs of the image can be linked to glibc: where none is, LD_PRELOAD and the file would do nothing, or
// be another C library's.
bool has_glibc(const Rootfs& rootfs);

// Adds to the plan: LD_PRELOAD for a request that says `preload`; for an engine whose hook cannot edit the environment
// the file, whatever the request says. Nothing in an image without glibc.
//
// The file lists what the installation has. Fails when a request says `preload` and a library is missing for
// LD_PRELOAD, or all are for the file.
Expected<void> add_preload(const Request& request, const Facts& facts, Plan& plan);

}  // namespace vgpu::oci
