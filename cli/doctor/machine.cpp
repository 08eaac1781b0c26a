#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/doctor/findings.h"
#include "gpu/model/device_file.h"
#include "gpu/model/device_nodes.h"
#include "oci/installation.h"

namespace vgpu::cli::doctor {
namespace {

constexpr const char* kSharedNodes = "/run/vgpu/dev";

Finding describe(const Expected<std::string>& found, const std::string& what) {
  if (!found) return {what, State::Missing, found.error().message, "install vgpu again"};
  return {what, State::Ok, *found, {}};
}

bool has_notifications() {
  seccomp_notif_sizes sizes{};
  return ::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0;
}

// Made here by whoever is root; made once by root for everybody else.
std::string missing_node() {
  for (const model::DeviceNode& node : model::device_nodes(model::kMaximumDevices)) {
    const std::string path = std::string(kSharedNodes) + "/" + node.name;
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return path + ": " + std::strerror(errno);
    if (!S_ISCHR(status.st_mode) || status.st_rdev != ::makedev(node.major, node.minor)) {
      return path + ": not the character device " + std::to_string(node.major) + ":" + std::to_string(node.minor);
    }
  }
  return {};
}

Finding notifications() {
  const std::string what = "the kernel's seccomp notifications";
  if (has_notifications()) return {what, State::Ok, {}, {}};
  return {what, State::Missing, "this kernel has none",
          "Linux 5.9 or newer is needed for NVIDIA's own programs; vgpu's libraries work without"};
}

Finding nodes() {
  const std::string missing = ::geteuid() == 0 ? std::string() : missing_node();
  if (missing.empty()) return {"device nodes", State::Ok, {}, {}};
  return {"device nodes", State::Missing, missing,
          "NVIDIA's own programs find no device in this user's containers until root has run `systemd-tmpfiles "
          "--create vgpu.conf`; vgpu's libraries work without"};
}

}  // namespace

Findings examine_machine() {
  const auto program = oci::program_path();
  Findings findings = {describe(program, "this program's place")};
  if (program) {
    findings.push_back(describe(oci::library_folder(*program), "vgpu's libraries"));
    findings.push_back(describe(oci::hook_program(*program), "vgpu-hook"));
    findings.push_back(
        describe(oci::supervisor_program(*program), "vgpu-supervisor, for NVIDIA's own nvidia-smi and libnvidia-ml"));
  }
  findings.push_back(notifications());
  findings.push_back(nodes());
  return findings;
}

}  // namespace vgpu::cli::doctor
