#include "host/folder_names.h"

#include <dirent.h>
#include <fcntl.h>

#include <memory>

#include "base/file_descriptor.h"

namespace vgpu::host {
namespace {

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

}  // namespace

std::vector<std::string> folder_names(int folder, std::size_t most) {
  std::vector<std::string> names;
  FileDescriptor own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return names;
  const std::unique_ptr<DIR, CloseStream> stream(::fdopendir(own.get()));
  if (!stream) return names;
  static_cast<void>(own.release());
  while (const dirent* entry = ::readdir(stream.get())) {
    if (names.size() == most) break;
    const std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

}  // namespace vgpu::host
