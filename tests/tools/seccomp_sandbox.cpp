// seccomp_sandbox [OPTION...] SOCKET ID PROGRAM ARGUMENT...: runs a program behind the filter, with the device nodes in
// a /dev of its own, and hands the listener to the supervisor at SOCKET.
//   --signals          signals cut calls off, as under runtimes that cannot set WAIT_KILLABLE_RECV
//   --metadata=TEXT    the listener's metadata
//   --hand-over=FILE   connects, and hands the listener over when FILE is there
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "gpu/model/device_nodes.h"
#include "tests/tools/filter.h"

namespace {

using namespace vgpu;

constexpr unsigned kDevices = 8;

// A copy of the machine's few usual nodes, and NVIDIA's. False when that fails.
bool make_nodes() {
  const std::string folder = "/tmp/vgpu-sandbox-dev." + std::to_string(::getpid());
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mkdir(folder.c_str(), 0755) != 0 || ::mount("dev", folder.c_str(), "tmpfs", 0, "mode=755") != 0) return false;
  ::umask(0);
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    const std::string path = folder + "/" + name;
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    if (::mount((std::string("/dev/") + name).c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
  }
  bool made = true;
  for (const model::DeviceNode& node : model::device_nodes(kDevices)) {
    made = made && ::mknod((folder + "/" + node.name).c_str(), S_IFCHR | 0666, ::makedev(node.major, node.minor)) == 0;
  }
  made = made && ::mkdir((folder + "/shm").c_str(), 01777) == 0 &&
         ::symlink("/proc/self/fd", (folder + "/fd").c_str()) == 0;
  const bool moved = made && ::mount(folder.c_str(), "/dev", nullptr, MS_MOVE, nullptr) == 0;
  ::rmdir(folder.c_str());
  return moved;
}

}  // namespace

int main(int argc, char** argv) {
  bool wait_killable = true;
  std::string metadata, awaited;
  int first = 1;
  for (; first < argc && std::string_view(argv[first]).starts_with("--"); ++first) {
    const std::string_view option = argv[first];
    constexpr std::string_view kMetadata = "--metadata=", kHandOver = "--hand-over=";
    if (option == "--signals") {
      wait_killable = false;
    } else if (option.starts_with(kMetadata)) {
      metadata = option.substr(kMetadata.size());
    } else if (option.starts_with(kHandOver)) {
      awaited = option.substr(kHandOver.size());
    } else {
      break;
    }
  }
  if (argc < first + 3) {
    std::fprintf(stderr, "usage: seccomp_sandbox [OPTION...] SOCKET ID PROGRAM ARGUMENT...\n");
    return 2;
  }
  if (!make_nodes()) {
    std::perror("seccomp_sandbox: make nodes");
    return 2;
  }
  {
    const auto connection = testing::connect_to(argv[first]);
    while (!awaited.empty() && ::access(awaited.c_str(), F_OK) != 0) ::usleep(5000);
    const auto listener = connection ? testing::install_filter(wait_killable) : std::unexpected(connection.error());
    const auto handed = listener ? testing::hand_over(listener->get(), connection->get(), argv[first + 1], metadata)
                                 : std::unexpected(listener.error());
    if (!handed) {
      std::fprintf(stderr, "seccomp_sandbox: %s\n", handed.error().message.c_str());
      return 2;
    }
  }
  ::execvp(argv[first + 2], argv + first + 2);
  std::perror(argv[first + 2]);
  return 127;
}
