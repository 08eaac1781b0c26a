#include "hook/driver_view.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "gpu/model/device_file.h"
#include "hook/container_state.h"
#include "oci/driver_files.h"
#include "oci/installation.h"
#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

namespace fs = std::filesystem;

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
constexpr std::string_view kOthers = ".others";
constexpr std::size_t kMostMounts = 32;

std::string host_path(std::string_view name) {
  return "/" + std::string(name);
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

Expected<void> write_file(const fs::path& path, const std::string& content) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (error || !file) return failure("write \"" + path.string() + "\": cannot be written");
  return {};
}

// Makes in `folder` what keeps the entries that the host has and the driver's files do not.
Expected<void> keep_rest(const Covered& covered, const fs::path& folder) {
  const fs::path host = host_path(covered.folder);
  std::error_code error;
  if (covered.rest == Rest::OneMount) fs::create_directory(folder / kOthers, error);
  std::size_t mounts = 0;
  for (const std::string& name : oci::names_in(host)) {
    const fs::path kept = folder / name;
    if (error || fs::symlink_status(kept).type() != fs::file_type::not_found) continue;
    if (covered.rest == Rest::OneMount) {
      fs::create_symlink(fs::path(kOthers) / name, kept, error);
    } else if (covered.rest == Rest::Links) {
      const fs::path target = fs::read_symlink(host / name, error);
      if (!error) fs::create_symlink(target, kept, error);
    } else if (mounts++ < kMostMounts) {
      if (fs::is_directory(host / name, error)) {
        fs::create_directory(kept, error);
      } else if (const auto written = write_file(kept, ""); !written) {
        return written;
      }
    }
  }
  if (error) return failure("make \"" + folder.string() + "\": " + error.message());
  return {};
}

bool is_kernels(const FileDescriptor& target) {
  struct statfs status{};
  return ::fstatfs(target.get(), &status) == 0 && (status.f_type == PROC_SUPER_MAGIC || status.f_type == SYSFS_MAGIC);
}

// A copy of the mount of an entry below `folder`, as it is in this namespace.
Expected<FileDescriptor> copy_of(const FileDescriptor& folder, const std::string& name) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW |
                         (name.empty() ? static_cast<unsigned>(AT_EMPTY_PATH) : 0U);
  FileDescriptor mount(::open_tree(folder.get(), name.c_str(), flags));
  if (!mount.valid()) return system_failure("clone mount", name, errno);
  return mount;
}

struct Kept {
  std::string path;  // in the container
  FileDescriptor mount;
};

Expected<void> attach_at(int root, const std::string& path, const FileDescriptor& mount) {
  const FileDescriptor target = oci::open_in_root(root, path, O_PATH | O_NOFOLLOW);
  if (!target.valid()) return system_failure("open", path, errno);
  return attach_mount(mount, target, path);
}

// Mounts `mount` over a folder or file of the container, if that is the kernel's, and what it had into it again.
Expected<void> cover(int root, const std::string& path, const FileDescriptor& mount,
                     const std::vector<std::string>& mounted_again) {
  const FileDescriptor target = oci::open_in_root(root, path, O_PATH);
  if (!target.valid() || !is_kernels(target)) return {};
  std::vector<Kept> kept;
  for (const std::string& name : mounted_again) {
    auto copy = copy_of(target, name == kOthers ? "" : name);
    if (copy) kept.push_back({path + "/" + name, *std::move(copy)});
  }
  if (auto covered = attach_mount(mount, target, path); !covered) return covered;
  for (const Kept& one : kept) {
    if (auto attached = attach_at(root, one.path, one.mount); !attached) return attached;
  }
  return {};
}

}  // namespace

Expected<void> write_driver_view(const std::string& folder, const std::vector<model::Device>& devices) {
  const std::string cpus = first_line("/sys/devices/system/cpu/online");
  for (const oci::File& file : oci::driver_files(devices, model::versions_for(devices), cpus)) {
    if (auto written = write_file(fs::path(folder) / file.name, file.content); !written) return written;
  }
  for (const Covered& covered : kCovered) {
    if (auto kept = keep_rest(covered, fs::path(folder) / covered.folder); !kept) return kept;
  }
  const auto numbers = read_file(host_path(oci::kDeviceNumbersFile));
  if (!numbers) return {};
  return write_file(fs::path(folder) / oci::kDeviceNumbersFile, oci::with_driver_numbers(*numbers));
}

Expected<void> mount_driver_view(const std::string& folder, const ContainerNamespace& space, const std::string& root) {
  std::vector<std::pair<const Covered*, FileDescriptor>> folders;
  std::vector<std::vector<std::string>> mounted_again;
  for (const Covered& covered : kCovered) {
    const std::string source = folder + "/" + std::string(covered.folder);
    auto mount = detached_mount(source);
    if (!mount) return std::unexpected(mount.error());
    folders.emplace_back(&covered, *std::move(mount));
    mounted_again.emplace_back();
    if (covered.rest == Rest::OneMount) mounted_again.back() = {std::string(kOthers)};
    if (covered.rest == Rest::Mounts) mounted_again.back() = oci::names_in(source);
    std::erase(mounted_again.back(), "nvidia");
  }
  auto numbers = detached_mount(folder + "/" + std::string(oci::kDeviceNumbersFile));
  if (const auto entered = space.enter(); !entered) return entered;
  const FileDescriptor root_folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_folder.valid()) return system_failure("open root file system", root, errno);
  for (std::size_t index = 0; index < folders.size(); ++index) {
    const auto& [covered, mount] = folders[index];
    if (auto done = cover(root_folder.get(), host_path(covered->folder), mount, mounted_again[index]); !done) {
      return done;
    }
  }
  return numbers ? cover(root_folder.get(), host_path(oci::kDeviceNumbersFile), *numbers, {}) : Expected<void>();
}

}  // namespace vgpu::hook
