#include "seccomp/state.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/file_descriptor.h"
#include "gpu/model/device_file.h"
#include "host/process_identity.h"
#include "host/state_root.h"

namespace vgpu::seccomp {
namespace {

constexpr int kLongestEnd = 2000;  // milliseconds that a process may take to end
constexpr std::size_t kLongest = std::size_t{1} << 20;

Expected<FileDescriptor> open_folder(const std::string& folder) {
  FileDescriptor opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!opened.valid() || ::fstat(opened.get(), &status) != 0) return system_failure("open folder", folder, errno);
  if (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
    return failure("folder \"" + folder + "\": can be written by others");
  }
  return opened;
}

std::string read_file(int folder, const char* name) {
  const FileDescriptor file(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> buffer;
  while (file.valid() && text.size() < kLongest) {
    const ssize_t length = ::read(file.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

}  // namespace

Expected<std::vector<model::Device>> read_devices(const std::string& folder) {
  const auto opened = open_folder(folder);
  if (!opened) return std::unexpected(opened.error());
  auto devices = model::parse_device_json(read_file(opened->get(), "etc/device.json"));
  if (!devices) return failure("\"" + folder + "/etc/device.json\": " + devices.error().message);
  return devices;
}

Expected<std::string> folder_of(const std::string& metadata, const std::string& root, const std::string& id) {
  const std::string containers = root + host::kContainersFolder;
  const std::string expected = containers + "/" + id;
  const bool named = metadata == expected || metadata == containers;
  if (id.empty() || id.find('/') != std::string::npos || id.starts_with('.') || !named) {
    return failure("listener metadata \"" + metadata.substr(0, 200) + "\": not the folder of container \"" +
                   id.substr(0, 80) + "\"");
  }
  struct stat status{};
  if (metadata == containers && ::lstat(expected.c_str(), &status) != 0 && errno == ENOENT) return std::string();
  return expected;
}

void record_process(const std::string& folder, int process) {
  const auto identity = host::identify_process(process);
  if (!identity) return;
  const FileDescriptor file(
      ::open((folder + "/pid").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  const std::string text = host::to_text(*identity);
  if (file.valid()) [[maybe_unused]]
    const ssize_t written = ::write(file.get(), text.data(), text.size());
}

void remove_folder(const std::string& folder, const std::string& root) {
  const FileDescriptor held = host::lock_state(root);
  const auto opened = open_folder(folder);
  if (!opened) return;
  const auto recorded = host::parse_process_identity(read_file(opened->get(), "pid"));
  if (!recorded) return;
  // The hook of the container's end needs it, to remove what was made in the image.
  if (::faccessat(opened->get(), host::kMountPointsFile, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return;
  if (host::identify_process(recorded->pid) == recorded) {
    // The listener is told before the process is quite gone; it may be by the time that it is opened.
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, recorded->pid, 0)));
    if (!process.valid() && errno != ESRCH) return;
    pollfd end{process.get(), POLLIN, 0};
    if (process.valid() && ::poll(&end, 1, kLongestEnd) != 1) return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace vgpu::seccomp
