#include "cli/usage/state_folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/file_descriptor.h"
#include "gpu/model/device_file.h"
#include "host/state_root.h"
#include "oci/container_names.h"

namespace vgpu::cli::usage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDevices = "etc/device.json";
constexpr std::size_t kLongestFile = std::size_t{1} << 20;

std::string read_at(int folder, const std::string& name, int flags = O_NOFOLLOW) {
  const FileDescriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags));
  std::string text;
  std::array<char, 16384> buffer;
  while (file.valid() && text.size() < kLongestFile) {
    const ssize_t length = ::read(file.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

std::string read_of_process(pid_t process, const char* name) {
  return process > 0 ? read_at(AT_FDCWD, "/proc/" + std::to_string(process) + "/" + name, 0) : std::string();
}

pid_t parent_of(pid_t process) {
  // proc(5), stat: PID (NAME) STATE PARENT …, and the name may have anything in it.
  const std::string text = read_of_process(process, "stat");
  const std::size_t name_end = text.rfind(") ");
  pid_t parent = 0;
  if (name_end == std::string::npos || text.size() < name_end + 4) return 0;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

std::vector<std::string> arguments_of(pid_t process) {
  const std::string text = read_of_process(process, "cmdline");
  std::vector<std::string> arguments;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    arguments.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return arguments;
}

}  // namespace

std::vector<KeptContainer> kept_containers(const std::string& state_root) {
  std::vector<KeptContainer> list;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(state_root + "/containers", error)) {
    const FileDescriptor folder(::open(entry.path().c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.valid()) continue;
    auto devices = model::parse_device_json(read_at(folder.get(), kDevices));
    if (!devices || devices->empty()) continue;
    KeptContainer container;
    container.id = entry.path().filename();
    container.names = oci::parse_names_json(read_at(folder.get(), oci::kNamesFile));
    container.devices = *std::move(devices);
    container.process = host::parse_process_identity(read_at(folder.get(), "pid")).value_or(host::ProcessIdentity{});
    struct stat status{};
    container.has_socket = ::fstatat(folder.get(), host::kContainerSocket + 1, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                           S_ISSOCK(status.st_mode);
    list.push_back(std::move(container));
  }
  std::ranges::sort(list, {}, &KeptContainer::id);
  return list;
}

std::string engine_name(const KeptContainer& container) {
  const auto arguments = arguments_of(parent_of(container.process.pid));
  if (arguments.empty() || fs::path(arguments[0]).filename() != "conmon") return {};
  const auto value_of = [&](std::string_view short_name, std::string_view long_name) -> std::string {
    for (std::size_t at = 1; at + 1 < arguments.size(); ++at) {
      if (arguments[at] == short_name || arguments[at] == long_name) return arguments[at + 1];
    }
    return {};
  };
  return value_of("-c", "--cid") == container.id ? value_of("-n", "--name") : std::string();
}

std::string process_name(pid_t process) {
  std::string name = read_of_process(process, "comm");
  while (name.ends_with('\n')) name.pop_back();
  return name;
}

}  // namespace vgpu::cli::usage
