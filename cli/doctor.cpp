#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "cli/commands.h"
#include "gpu/model/device_file.h"
#include "gpu/model/device_nodes.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

constexpr const char* kSharedNodes = "/run/vgpu/dev";

// One line a finding. True when all is well.
class Report {
 public:
  void add(bool right, const std::string& what, const std::string& advice) {
    std::printf("%s %s%s%s\n", right ? "ok     " : "missing", what.c_str(), right ? "" : ": ",
                right ? "" : advice.c_str());
    all_right_ = all_right_ && right;
  }
  void add(const Expected<std::string>& found, const std::string& what) {
    add(found.has_value(), what, found ? "" : found.error().message);
  }
  [[nodiscard]] bool all_right() const { return all_right_; }

 private:
  bool all_right_ = true;
};

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

void examine() {
  Report report;
  const auto program = oci::program_path();
  report.add(program, "this program's place");
  if (program) {
    report.add(oci::library_folder(*program), "vgpu's libraries");
    report.add(oci::hook_program(*program), "vgpu-hook");
    report.add(oci::supervisor_program(*program), "vgpu-supervisor, for NVIDIA's own nvidia-smi and libnvidia-ml");
  }
  report.add(has_notifications(), "the kernel's seccomp notifications",
             "Linux 5.9 or newer is needed for NVIDIA's own programs; vgpu's libraries work without");
  const std::string missing = ::geteuid() == 0 ? std::string() : missing_node();
  report.add(missing.empty(), "device nodes",
             missing +
                 "; NVIDIA's own programs find no device in this user's containers until root has run "
                 "`systemd-tmpfiles --create vgpu.conf`; vgpu's libraries work without");
  if (!report.all_right()) throw CommandFailed{{"doctor: something is missing"}};
}

}  // namespace

void add_doctor(CLI::App& program) {
  program.add_subcommand("doctor", "Say what this machine lacks, and what will not work without it")->callback(examine);
}

}  // namespace vgpu::cli
