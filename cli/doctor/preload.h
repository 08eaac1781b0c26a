#pragma once

#include <string>
#include <vector>

#include "cli/doctor/subject.h"

namespace vgpu::cli::doctor {

// The paths of vgpu's libraries that programs of the container load before all others: those of LD_PRELOAD and of
// /etc/ld.so.preload.
std::vector<std::string> preloaded_libraries(const Subject& subject);

// True when one of them answers for NVIDIA's driver inside each process.
bool preloads_driver(const Subject& subject);

}  // namespace vgpu::cli::doctor
