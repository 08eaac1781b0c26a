#include "hook/driver_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <fstream>

#include "gpu/model/device_file.h"
#include "hook/container_state.h"
#include "hook/memory_folder.h"
#include "oci/driver_files.h"
#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

// How what a folder had is kept when it is covered.
enum class Rest {
  Links,     // its entries are links already, whose targets stay where they are
  Mounts,    // a mount for each entry
  OneMount,  // a mount of the whole folder at kOthers in it, and a link into that for each entry
};
struct Covered {
  std::string_view folder;
  Rest rest;
};
constexpr std::array<Covered, 3> kCovered = {
    {{oci::kDriverFolder, Rest::Mounts}, {oci::kPciFolder, Rest::Links}, {oci::kModuleFolder, Rest::OneMount}}};
constexpr const char* kOthers = ".others";
// Where the file lies that is mounted over /proc/devices: only what is attached can be copied.
constexpr const char* kNumbers = ".devices";
constexpr std::size_t kMostMounts = 32;

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The container's root folder, in whose namespace this process is.
struct Root {
  const ContainerNamespace& space;
  int folder;
};

// A folder or file of the kernel's in the container. Invalid when there is none that can be covered there alone.
FileDescriptor open_kernels(const Root& root, const std::string& path, int flags) {
  FileDescriptor file = oci::open_in_root(root.folder, path, flags);
  struct statfs status{};
  if (!file.valid() || ::fstatfs(file.get(), &status) != 0) return {};
  if (status.f_type != PROC_SUPER_MAGIC && status.f_type != SYSFS_MAGIC) return {};
  if (root.space.is_shared(file)) return {};
  return file;
}

std::vector<std::string> names_in(const FileDescriptor& folder) {
  std::vector<std::string> names;
  DIR* stream = ::fdopendir(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0));
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream)) {
    if (const std::string name = entry->d_name; name != "." && name != "..") names.push_back(name);
  }
  ::closedir(stream);
  return names;
}

// A copy of the mount of an entry of a folder, or with an empty name of the folder, as it is in this namespace.
Expected<FileDescriptor> copy_of(const FileDescriptor& folder, const std::string& name) {
  const unsigned flags =
      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | static_cast<unsigned>(name.empty() ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW);
  FileDescriptor mount(::open_tree(folder.get(), name.c_str(), flags));
  if (!mount.valid()) return system_failure("clone mount", name, errno);
  return mount;
}

Expected<void> attach_at(int root, const std::string& path, const FileDescriptor& mount) {
  const FileDescriptor target = oci::open_in_root(root, path, O_PATH | O_NOFOLLOW);
  if (!target.valid()) return system_failure("open", path, errno);
  return attach_mount(mount, target, path);
}

struct Kept {
  std::string name;
  FileDescriptor mount;
};

// Adds what keeps the entries of `covered`, but for those that the folder has by now. Gives the mounts that belong into
// it.
Expected<std::vector<Kept>> keep_rest(Rest rest, const FileDescriptor& covered, MemoryFolder& folder) {
  std::vector<Kept> kept;
  const auto keep_mount = [&](const std::string& name, const std::string& entry) -> Expected<void> {
    auto copy = copy_of(covered, entry);
    if (!copy) return std::unexpected(copy.error());
    kept.push_back({name, *std::move(copy)});
    return {};
  };
  Expected<void> done;
  if (rest == Rest::OneMount) {
    done = folder.add_folder(kOthers);
    if (done) done = keep_mount(kOthers, "");
  }
  for (const std::string& name : names_in(covered)) {
    if (!done) return std::unexpected(done.error());
    if (folder.has(name)) continue;
    if (rest == Rest::OneMount) {
      done = folder.add_link(name, std::string(kOthers) + "/" + name);
    } else if (rest == Rest::Links) {
      std::array<char, PATH_MAX> target{};
      const ssize_t length = ::readlinkat(covered.get(), name.c_str(), target.data(), target.size() - 1);
      if (length > 0) done = folder.add_link(name, target.data());
    } else if (kept.size() < kMostMounts) {
      struct stat status{};
      if (::fstatat(covered.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      done = S_ISDIR(status.st_mode) ? folder.add_folder(name) : folder.add_file(name, "");
      if (done) done = keep_mount(name, name);
    }
  }
  if (!done) return std::unexpected(done.error());
  return kept;
}

Expected<void> cover(const Root& root, const Covered& covered, const std::vector<oci::File>& files) {
  const std::string path = "/" + std::string(covered.folder);
  const FileDescriptor target = open_kernels(root, path, O_RDONLY | O_DIRECTORY);
  if (!target.valid()) return {};
  auto folder = MemoryFolder::make();
  if (!folder) return std::unexpected(folder.error());
  const std::string begin = std::string(covered.folder) + "/";
  for (const oci::File& file : files) {
    if (!file.name.starts_with(begin)) continue;
    if (auto added = folder->add_file(file.name.substr(begin.size()), file.content); !added) return added;
  }
  const auto kept = keep_rest(covered.rest, target, *folder);
  if (!kept) return std::unexpected(kept.error());
  if (auto sealed = folder->seal(); !sealed) return sealed;
  if (auto attached = attach_mount(folder->mount(), target, path); !attached) return attached;
  for (const Kept& one : *kept) {
    if (auto attached = attach_at(root.folder, path + "/" + one.name, one.mount); !attached) return attached;
  }
  return {};
}

Expected<void> cover_device_numbers(const Root& root) {
  const std::string source = "/" + std::string(oci::kDriverFolder) + "/" + kNumbers;
  const FileDescriptor file = oci::open_in_root(root.folder, source, O_PATH | O_NOFOLLOW);
  const std::string path = "/" + std::string(oci::kDeviceNumbersFile);
  const FileDescriptor target = open_kernels(root, path, O_PATH | O_NOFOLLOW);
  if (!file.valid() || !target.valid()) return {};
  const auto copy = copy_of(file, "");
  if (!copy) return std::unexpected(copy.error());
  return attach_mount(*copy, target, path);
}

}  // namespace

Expected<void> show_driver(const std::vector<model::Device>& devices, const ContainerNamespace& space,
                           const std::string& root) {
  const std::string cpus = first_line("/sys/devices/system/cpu/online");
  std::vector<oci::File> files = oci::driver_files(devices, model::versions_for(devices), cpus);
  if (const auto numbers = read_file("/" + std::string(oci::kDeviceNumbersFile))) {
    files.push_back({std::string(oci::kDriverFolder) + "/" + kNumbers, oci::with_driver_numbers(*numbers)});
  }
  if (auto entered = space.enter(); !entered) return entered;
  const FileDescriptor root_folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_folder.valid()) return system_failure("open root file system", root, errno);
  const Root container{space, root_folder.get()};
  Expected<void> result;
  const auto note = [&](Expected<void> done) {
    if (result) result = std::move(done);
  };
  for (const Covered& covered : kCovered) note(cover(container, covered, files));
  note(cover_device_numbers(container));
  return result;
}

}  // namespace vgpu::hook
