#include "deploy/device_plugin/health.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/file_descriptor.h"

namespace vgpu::device_plugin {
namespace {

// What no CUDA program does without.
constexpr std::array kLibraries = {"libcuda.so.1", "libcudart.so.12", "libnvidia-ml.so.1", "libvgpu-engine.so"};

Expected<void> check_library(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_failure("look at", path, errno);
  if (!S_ISREG(status.st_mode) || status.st_size == 0) return failure("library \"" + path + "\": not a file");
  return {};
}

// A socket's file stays when the program behind it dies, so it is tried. A supervisor bears callers that say nothing.
Expected<void> check_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure("socket \"" + path + "\": path is too long");
  std::ranges::copy(path, address.sun_path);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return system_failure("make socket for", path, errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  // Its queue is full: it is there.
  if (errno == EAGAIN) return {};
  return system_failure("connect to the supervisor at", path, errno);
}

}  // namespace

Expected<void> check_health(const Settings& settings) {
  for (const char* library : kLibraries) {
    if (auto checked = check_library(settings.library_folder + "/" + library); !checked) return checked;
  }
  return settings.supervisor_socket.empty() ? Expected<void>{} : check_socket(settings.supervisor_socket);
}

}  // namespace vgpu::device_plugin
