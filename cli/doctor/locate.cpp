#include "cli/doctor/locate.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "cli/doctor/search_path.h"
#include "oci/library_names.h"

namespace vgpu::cli::doctor {
namespace {

// Of a folder that the dynamic linker searches by default, those that it looks in first.
constexpr std::array<const char*, 5> kPreferred = {"/glibc-hwcaps/x86-64-v4", "/glibc-hwcaps/x86-64-v3",
                                                   "/glibc-hwcaps/x86-64-v2", "/tls", ""};

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_vgpus(const Subject& subject, const std::string& path) {
  const FileDescriptor file = oci::open_in_root(subject.root.get(), path, O_PATH);
  struct stat status{};
  return file.valid() && ::fstat(file.get(), &status) == 0 &&
         subject.library_files.contains({status.st_dev, status.st_ino});
}

// The last mount at the path or above it, other than the root's.
const MountPoint* mount_of(const Subject& subject, const std::string& path) {
  const MountPoint* found = nullptr;
  for (const MountPoint& mount : subject.mounts) {
    if (mount.path != "/" && (path == mount.path || path.starts_with(mount.path + "/"))) found = &mount;
  }
  return found;
}

std::optional<Location> locate_running(const Subject& subject, const std::string& path) {
  const auto file = subject.rootfs->resolve_file(path);
  if (!file) return std::nullopt;
  Location location{.path = *file, .origin = Origin::Image, .source = {}, .folder = false};
  const MountPoint* mount = mount_of(subject, *file);
  if (mount != nullptr) {
    location.source = mount->source;
    location.folder = mount->path != *file;
  }
  if (is_vgpus(subject, *file)) {
    location.origin = Origin::Vgpu;
  } else if (mount != nullptr) {
    location.origin = Origin::Mounted;
  }
  return location;
}

// What is to be mounted is not there yet, nor is the folder with it.
std::optional<Location> locate_planned(const Subject& subject, const std::string& path) {
  const auto file = subject.rootfs->resolve_file(path);
  const auto folder = subject.rootfs->resolve_folder(folder_of(path));
  const std::string place = file ? *file : folder ? *folder + "/" + base_name(path) : path;
  if (const auto mount = subject.planned.find(place); mount != subject.planned.end()) {
    return Location{.path = place, .origin = Origin::Vgpu, .source = mount->second, .folder = false};
  }
  if (const auto mount = subject.planned.find(folder_of(place)); mount != subject.planned.end()) {
    const std::string source = mount->second + "/" + base_name(place);
    struct stat status{};
    if (::stat(source.c_str(), &status) != 0) return std::nullopt;
    return Location{.path = place, .origin = Origin::Vgpu, .source = source, .folder = true};
  }
  if (!file) return std::nullopt;
  return Location{.path = *file, .origin = Origin::Image, .source = {}, .folder = false};
}

bool is_ollamas(const std::string& path) {
  return path.starts_with("/usr/lib/ollama/") || path.starts_with("/usr/local/lib/ollama/");
}

std::vector<std::string> search_folders(const Subject& subject, const Binary* binary) {
  std::vector<std::string> folders;
  const auto add = [&](const std::vector<std::string>& more) { std::ranges::copy(more, std::back_inserter(folders)); };
  if (binary != nullptr) {
    add(binary->first_folders);
    // Ollama puts these before all others when it starts a program.
    if (is_ollamas(binary->path)) folders.push_back(folder_of(binary->path));
  }
  add(split_path(variable(subject, "LD_LIBRARY_PATH")));
  if (binary != nullptr) {
    add(binary->last_folders);
    folders.push_back(folder_of(binary->path));
  }
  for (const char* preferred : kPreferred) {
    for (const std::string_view folder : oci::kSystemLibraryFolders) folders.push_back(std::string(folder) + preferred);
  }
  return folders;
}

}  // namespace

std::optional<Location> locate(const Subject& subject, const std::string& path) {
  return subject.pid ? locate_running(subject, path) : locate_planned(subject, path);
}

std::optional<Location> find_library(const Subject& subject, const std::string& name, const Binary* binary) {
  for (const std::string& folder : search_folders(subject, binary)) {
    if (auto location = locate(subject, folder + "/" + name)) return location;
  }
  return std::nullopt;
}

}  // namespace vgpu::cli::doctor
