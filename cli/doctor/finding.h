#pragma once

#include <string>
#include <string_view>
#include <vector>

// What `vgpu doctor` has found out, apart from how it is shown.
namespace vgpu::cli::doctor {

enum class State {
  Ok,
  Warning,  // something that only some programs miss
  Missing,  // CUDA programs will not find a device, or not work
};

struct Finding {
  std::string what;
  State state = State::Ok;
  std::string detail;
  std::string advice;  // one line; empty where nothing is to be done
};
using Findings = std::vector<Finding>;

// False when something is missing.
bool passes(const Findings& findings);

// A line each: `missing WHAT: DETAIL; ADVICE`. An array of objects with the members what, state, detail and advice. In
// both, what a terminal could take for a command is a question mark: names of a container's files are anything.
std::string to_text(const Findings& findings);
std::string to_json(const Findings& findings);

// `"text"`, cut off where it is long.
std::string in_quotes(std::string_view text);

}  // namespace vgpu::cli::doctor
