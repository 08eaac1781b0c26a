#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace vgpu::cli::usage {

// Asks the supervisors that listen at these sockets, all at a time, by host::kUseRequest. What each answered, in the
// order of the paths; an error where one did not answer within `time`, which is as long as this takes at most.
std::vector<Expected<std::string>> ask_supervisors(const std::vector<std::string>& paths,
                                                   std::chrono::milliseconds time);

}  // namespace vgpu::cli::usage
