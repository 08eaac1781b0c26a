#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace vgpu::hook {

// What an engine tells a hook (runtime-spec, "State").
struct ContainerState {
  std::string id;
  pid_t pid = 0;  // 0 where the engine gives none
  std::string bundle;
};

// Everything on standard input. Fails above 64 MiB.
Expected<std::string> read_standard_input();

// Everything that can be read from a file; `name` is for messages. Fails above 64 MiB.
Expected<std::string> read_all(int descriptor, const std::string& name);

// The file's content. Fails above 64 MiB.
Expected<std::string> read_file(const std::string& path);

// Fails when the text is no state with an ID.
Expected<ContainerState> parse_container_state(const std::string& text);

}  // namespace vgpu::hook
