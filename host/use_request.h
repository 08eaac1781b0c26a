#pragma once

#include <string_view>

// How programs on the host ask a supervisor what its containers hold and do: they connect to the socket on which
// runtimes hand listeners over, as the same user or root, send this line, and read one JSON document until the end:
//   {"version":1,"containers":[{"id":"…","devices":[{"memory":BYTES,"utilisation":PERCENT,"busy":NANOSECONDS,
//    "processes":[{"process":PID,"container_process":PID,"memory":BYTES,"utilisation":PERCENT}]}]}]}
// Process IDs are of the supervisor's PID namespace and of the container's. A container that was too busy to be looked
// at has no "devices". Nothing in it was written by a container but numbers.
namespace vgpu::host {

inline constexpr std::string_view kUseRequest = "vgpu use 1\n";
inline constexpr int kUseVersion = 1;

}  // namespace vgpu::host
