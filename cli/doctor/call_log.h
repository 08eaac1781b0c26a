#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

// The lines of a trace (shims/trace.h), which a container has written.
namespace vgpu::cli::doctor {

struct Calls {
  std::uint64_t count = 0;
  std::uint64_t failed = 0;  // with another result than 0
  long long last_error = 0;  // of those
  bool refused = false;      // vgpu has no such function
};

// Calls by function. Lines that are none are left out, and all but a few thousand names.
std::map<std::string, Calls, std::less<>> count_calls(std::string_view text);

}  // namespace vgpu::cli::doctor
