#include "host/state_root.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

namespace vgpu::host {

unsigned long state_user() {
  // Outside of user namespaces the map is 0 0 4294967295.
  std::ifstream map("/proc/self/uid_map");
  unsigned long inside = 0, outside = 0;
  if (map >> inside >> outside && inside == 0 && outside != 0) return outside;
  return ::geteuid();
}

std::string state_root() {
  const unsigned long user = state_user();
  return user == 0 ? "/run/vgpu" : "/run/user/" + std::to_string(user) + "/vgpu";
}

FileDescriptor lock_state(const std::string& root) {
  FileDescriptor file(::open((root + "/lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.valid()) ::flock(file.get(), LOCK_EX);
  return file;
}

}  // namespace vgpu::host
