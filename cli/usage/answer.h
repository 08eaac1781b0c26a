#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// A supervisor's answer to host::kUseRequest.
namespace vgpu::cli::usage {

struct ProcessUse {
  pid_t process = 0;            // as the supervisor sees it
  pid_t container_process = 0;  // as its container does
  std::uint64_t memory = 0;     // bytes
  unsigned utilisation = 0;     // percent
};

struct DeviceUse {
  std::uint64_t memory = 0;  // bytes that are held
  unsigned utilisation = 0;  // percent of about the last second
  std::uint64_t busy = 0;    // nanoseconds since the supervisor began
  std::vector<ProcessUse> processes;
};

// By the containers' IDs; nullopt for one that was too busy to be looked at.
using Answer = std::map<std::string, std::optional<std::vector<DeviceUse>>>;

// Fails when it is no answer of a version that is known.
Expected<Answer> parse_answer(std::string_view text);

}  // namespace vgpu::cli::usage
