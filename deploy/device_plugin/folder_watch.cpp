#include "deploy/device_plugin/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace vgpu::device_plugin {

Expected<FolderWatch> FolderWatch::open(const std::string& folder) {
  FileDescriptor events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!events.valid()) return system_failure("watch", folder, errno);
  constexpr std::uint32_t kEvents =
      IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(events.get(), folder.c_str(), kEvents) < 0) {
    return system_failure("watch folder", folder, errno);
  }
  return FolderWatch(std::move(events));
}

bool FolderWatch::drain() {
  constexpr std::size_t kSize = 16384;
  alignas(inotify_event) std::array<char, kSize> buffer{};
  bool is_there = true;
  for (;;) {
    const ssize_t length = ::read(events_.get(), buffer.data(), buffer.size());
    if (length <= 0) return is_there;
    for (ssize_t at = 0; at < length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0) is_there = false;
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
}

}  // namespace vgpu::device_plugin
