#include "cli/doctor/subject.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "oci/byte_source.h"
#include "oci/installation.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kLongestEnvironment = std::size_t{4} << 20;
constexpr std::uint64_t kLongestText = 65536;
constexpr std::size_t kLongestMounts = std::size_t{16} << 20;

// The files of a process of another user of the container are not open to the container's owner, but are to the root
// of the owner's user namespace.
std::string rights_advice() {
  return ::geteuid() == 0 ? "" : "; for a container of your own, run it by `podman unshare`";
}

}  // namespace

Expected<Subject> open_running(pid_t pid, const std::string& library_folder) {
  const std::string process = "/proc/" + std::to_string(pid);
  Subject subject;
  subject.name = "process " + std::to_string(pid);
  subject.pid = pid;
  const auto environment = read_at_most(process + "/environ", kLongestEnvironment);
  if (!environment) return failure(environment.error().message + rights_advice());
  subject.environment = parse_environment(*environment);
  const auto mounts = read_at_most(process + "/mountinfo", kLongestMounts);
  if (!mounts) return std::unexpected(mounts.error());
  subject.mounts = parse_mounts(*mounts);
  subject.root = FileDescriptor(::open((process + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!subject.root.valid()) return system_failure("open", process + "/root", errno);
  auto rootfs = oci::open_rootfs("/proc/self/fd/" + std::to_string(subject.root.get()));
  if (!rootfs) return std::unexpected(rootfs.error());
  subject.rootfs = *std::move(rootfs);
  subject.library_folder = library_folder;
  for (const std::string& folder : {library_folder, oci::driver_library_folder(library_folder)}) {
    for (const std::string& name : oci::names_in(folder)) {
      struct stat status{};
      if (::stat((folder + "/" + name).c_str(), &status) == 0) {
        subject.library_files.emplace(status.st_dev, status.st_ino);
      }
    }
  }
  return subject;
}

std::string variable(const Subject& subject, const std::string& name) {
  const auto found = subject.environment.find(name);
  return found == subject.environment.end() ? std::string() : found->second;
}

std::string read_file(const Subject& subject, const std::string& path) {
  const FileDescriptor file = open_file(subject, path);
  const oci::FileBytes bytes(file);
  std::string text(static_cast<std::size_t>(std::min(bytes.size(), kLongestText)), '\0');
  if (!bytes.read(0, text)) return {};
  return text;
}

FileDescriptor open_file(const Subject& subject, const std::string& path) {
  const FileDescriptor place = oci::open_in_root(subject.root.get(), path, O_PATH);
  struct stat status{};
  if (!place.valid() || ::fstat(place.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const std::string link = "/proc/self/fd/" + std::to_string(place.get());
  return FileDescriptor(::open(link.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

}  // namespace vgpu::cli::doctor
