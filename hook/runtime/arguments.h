#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

// The command line by which an engine calls an OCI runtime: GLOBAL-OPTIONS COMMAND OPTIONS ID. There is no
// specification of it; crun 1.8 to 1.21 (argp) and runc 1.1 (Go's flag package) agree in what engines use.
namespace vgpu::runtime {

struct Invocation {
  std::optional<std::string> runtime;  // of our own option --runtime
  std::vector<char*> arguments;        // for the real runtime: the others as they came, without a name before them
  std::string command;                 // empty where there is none, as with --version
  std::string log;                     // of --log, empty where it is not given
  std::string log_format = "text";
  std::string bundle = ".";
  std::string config = "config.json";  // crun's --config: from the bundle, or absolute
  std::string id;                      // the last argument
};

// Never fails: what it does not understand is the real runtime's to refuse. An option that is not known takes the next
// argument as its value, unless that is a command or an option.
Invocation parse_invocation(std::span<char* const> arguments);

}  // namespace vgpu::runtime
