#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>

#include "cli/doctor/findings.h"
#include "cli/doctor/preload.h"
#include "gpu/model/device_nodes.h"
#include "oci/library_names.h"

namespace vgpu::cli::doctor {
namespace {

namespace fs = std::filesystem;

constexpr long kFiltered = 2;  // SECCOMP_MODE_FILTER
constexpr const char* kConsequence =
    "NVIDIA's own nvidia-smi and libnvidia-ml find no device; vgpu's libraries, and so "
    "Ollama, need none of it";

bool has_node(const Subject& subject, const model::DeviceNode& node) {
  if (!subject.pid) return std::ranges::find(subject.planned_nodes, node.name) != subject.planned_nodes.end();
  const FileDescriptor file = oci::open_in_root(subject.root.get(), "/dev/" + node.name, O_PATH);
  struct stat status{};
  return file.valid() && ::fstat(file.get(), &status) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == ::makedev(node.major, node.minor);
}

// A number that a line of /proc/PID/status begins with after its name; -1 where there is none.
long status_number(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + ":");
  if (at == std::string::npos) return -1;
  std::istringstream value(text.substr(at + name.size() + 2, 32));
  long number = -1;
  value >> number;
  return number;
}

// A process of this machine's own, and not of a container that only calls itself so.
bool is_of_this_machine(const std::string& process) {
  const auto status = read_at_most(process + "/status", 65536);
  if (!status) return false;
  const std::size_t at = status->find("\nNSpid:");
  const std::string numbers =
      at == std::string::npos ? "" : status->substr(at + 7, status->find('\n', at + 7) - at - 7);
  std::istringstream words(numbers);
  std::string one, more;
  struct stat owner{};
  return words >> one && !(words >> more) && ::stat(process.c_str(), &owner) == 0 &&
         (owner.st_uid == 0 || owner.st_uid == ::geteuid());
}

// True for the arguments of a supervisor of the machine, or of the container with this state folder's end.
bool serves(const std::string& arguments, const std::string& state_folder) {
  constexpr std::string_view kOwn("container\0--state\0", 18);
  if (arguments == std::string("node") + '\0') return true;
  if (!arguments.starts_with(kOwn) || state_folder.empty()) return false;
  return arguments.substr(kOwn.size(), arguments.find('\0', kOwn.size()) - kOwn.size()).ends_with("/" + state_folder);
}

// The process IDs of the supervisors that may serve the container.
std::string supervisors_of(const std::string& state_folder) {
  std::error_code error;
  std::string found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename().string();
    if (!std::ranges::all_of(pid, [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    const auto line = read_at_most(entry.path().string() + "/cmdline", 8192);
    if (!line) continue;
    const std::string program = line->substr(0, line->find('\0'));
    if (program.substr(program.rfind('/') + 1) != "vgpu-supervisor") continue;
    const std::string arguments = line->substr(std::min(line->size(), program.size() + 1));
    if (!serves(arguments, state_folder) || !is_of_this_machine(entry.path())) continue;
    found += (found.empty() ? "" : ", ") + pid;
  }
  return found;
}

// `vgpu/containers/ID`, the end of the state folder's path: what is mounted as the container's device folder is in it.
std::string state_folder_of(const Subject& subject) {
  for (const MountPoint& mount : subject.mounts) {
    const std::size_t at = mount.source.find("vgpu/containers/");
    if (mount.path != oci::kContainerDeviceFolder || at == std::string::npos) continue;
    return mount.source.substr(at, mount.source.rfind('/') - at);
  }
  return {};
}

Finding examine_supervisor(const Subject& subject) {
  const std::string supervisors = supervisors_of(state_folder_of(subject));
  if (supervisors.empty()) {
    return {"vgpu-supervisor", State::Warning, "none serves this container", kConsequence};
  }
  const auto status = read_at_most("/proc/" + std::to_string(*subject.pid) + "/status", 65536);
  if (!status || status_number(*status, "Seccomp") != kFiltered) {
    return {"vgpu-supervisor", State::Warning, "the container's process has no filter that would ask it", kConsequence};
  }
  return {"vgpu-supervisor", State::Ok, "serves this container, process " + supervisors, {}};
}

}  // namespace

Findings examine_driver(const Subject& subject, const std::vector<model::Device>& devices, bool& answered) {
  if (preloads_driver(subject)) {
    answered = true;
    return {{"driver", State::Ok, "in each process, which preloads " + std::string(oci::kPreloadedDriver), {}}};
  }
  Findings findings;
  std::string missing;
  for (const model::DeviceNode& node : model::device_nodes(static_cast<unsigned>(devices.size()))) {
    if (!has_node(subject, node)) missing += (missing.empty() ? "/dev/" : ", /dev/") + node.name;
  }
  const bool nodes = missing.empty();
  findings.push_back({"device nodes", nodes ? State::Ok : State::Warning, nodes ? "all there" : "no " + missing,
                      nodes ? "" : kConsequence});
  if (!subject.pid) {
    answered = nodes;
    return findings;
  }
  findings.push_back(examine_supervisor(subject));
  answered = std::ranges::all_of(findings, [](const Finding& finding) { return finding.state == State::Ok; });
  return findings;
}

}  // namespace vgpu::cli::doctor
