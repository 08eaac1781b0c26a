#include "seccomp/rm/library_version.h"

#include <algorithm>

#include "seccomp/rm/version.h"

namespace vgpu::rm {
namespace {

std::string version_at_end(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string_view library : {"libcuda.so.", "libnvidia-ml.so."}) {
    if (!name.starts_with(library)) continue;
    const std::string_view version = name.substr(library.size());
    if (pack_version(version) != 0) return std::string(version);
  }
  return {};
}

}  // namespace

std::string library_version_in(std::string_view maps) {
  for (std::size_t begin = 0; begin < maps.size();) {
    const std::size_t end = std::min(maps.find('\n', begin), maps.size());
    if (std::string version = version_at_end(maps.substr(begin, end - begin)); !version.empty()) return version;
    begin = end + 1;
  }
  return {};
}

}  // namespace vgpu::rm
