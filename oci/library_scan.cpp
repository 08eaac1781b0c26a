#include "oci/library_scan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "oci/library_names.h"

namespace vgpu::oci {
namespace {

// The folders that a pattern of kSearchedFolders stands for.
std::vector<std::string> expand(const Rootfs& rootfs, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return {std::string(pattern)};
  const std::size_t slash = pattern.rfind('/', star);
  const std::string parent(pattern.substr(0, slash));
  const std::string_view begin = pattern.substr(slash + 1, star - slash - 1);
  const std::string rest(pattern.substr(star + 1));
  std::vector<std::string> folders;
  for (const std::string& name : rootfs.list(parent)) {
    if (name.starts_with(begin)) folders.push_back(parent + "/" + name + rest);
  }
  return folders;
}

std::vector<std::string> candidate_folders(const Rootfs& rootfs, const std::string& library_path) {
  std::vector<std::string> folders;
  for (const std::string_view pattern : kSearchedFolders) {
    std::ranges::move(expand(rootfs, pattern), std::back_inserter(folders));
  }
  std::istringstream stream(library_path);
  for (std::string folder; std::getline(stream, folder, ':');) {
    if (folder.starts_with('/')) folders.push_back(folder);
  }
  return folders;
}

// The first version whose dynamic linker knows the folder glibc-hwcaps.
constexpr unsigned kFirstMinorWithHwcaps = 33;

// The name of the C library's file says its version up to 2.33 (libc-2.31.so); later ones have none in it.
bool knows_hwcaps(std::string_view c_library) {
  constexpr std::string_view kBegin = "libc-2.";
  std::string_view name = c_library.substr(c_library.rfind('/') + 1);
  if (!name.starts_with(kBegin)) return true;
  name.remove_prefix(kBegin.size());
  unsigned minor = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), minor);
  return error != std::errc() || minor >= kFirstMinorWithHwcaps;
}

}  // namespace

std::string_view covering_library(std::string_view file_name) {
  for (const LibraryName& name : kLibraryNames) {
    if (!file_name.starts_with(name.prefix)) continue;
    const std::string_view rest = file_name.substr(name.prefix.size());
    if (rest.empty() || rest.starts_with('.')) return name.library;
  }
  return {};
}

std::vector<Cover> find_covers(const Rootfs& rootfs, const std::string& library_path) {
  std::map<std::string, std::string> libraries;
  std::set<std::string> seen;
  for (const std::string& candidate : candidate_folders(rootfs, library_path)) {
    const auto folder = rootfs.resolve_folder(candidate);
    if (!folder || *folder == kContainerLibraryFolder || !seen.insert(*folder).second) continue;
    for (const std::string& name : rootfs.list(*folder)) {
      const std::string_view library = covering_library(name);
      if (library.empty()) continue;
      if (const auto file = rootfs.resolve_file(*folder + "/" + name)) libraries.try_emplace(*file, library);
    }
  }
  std::vector<Cover> covers;
  const std::string hidden = std::string(kContainerLibraryFolder) + "/";
  for (const auto& [path, library] : libraries) {
    if (!path.starts_with(hidden)) covers.push_back({path, library});
  }
  return covers;
}

std::optional<std::string> system_library_folder(const Rootfs& rootfs) {
  for (const std::string_view folder : kSystemLibraryFolders) {
    if (auto resolved = rootfs.resolve_folder(std::string(folder))) return resolved;
  }
  return std::nullopt;
}

std::optional<std::string> preferred_library_folder(const Rootfs& rootfs) {
  for (const std::string_view folder : kGlibcFolders) {
    const auto c_library = rootfs.resolve_file(std::string(folder) + "/libc.so.6");
    const auto system = rootfs.resolve_folder(std::string(folder));
    if (!c_library || !system) continue;
    const std::string preferred = *system + (knows_hwcaps(*c_library) ? "/glibc-hwcaps/x86-64-v2" : "/tls");
    // What a link there leads to is not known to be empty once it is mounted over.
    const auto found = rootfs.resolve_folder(preferred);
    if (rootfs.resolve_file(preferred) || (found && *found != preferred)) return std::nullopt;
    if (!rootfs.list(preferred).empty()) return std::nullopt;
    return preferred;
  }
  return std::nullopt;
}

}  // namespace vgpu::oci
