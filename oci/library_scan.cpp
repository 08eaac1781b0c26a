#include "oci/library_scan.h"

#include <algorithm>
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

}  // namespace vgpu::oci
