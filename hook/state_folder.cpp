#include "hook/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "hook/report.h"
#include "host/process_identity.h"
#include "host/state_root.h"

namespace vgpu::hook {
namespace {

namespace fs = std::filesystem;

constexpr std::time_t kStartGrace = 120;  // seconds from a folder's making to the container's process
constexpr const char* kProcessFile = "pid";

// A folder of ours, and nobody else's to write to: the state root's parent may be writable to others.
Expected<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return system_failure("make folder", path, errno);
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!folder.valid() || ::fstat(folder.get(), &status) != 0) return system_failure("open folder", path, errno);
  if (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
    return failure("folder \"" + path + "\": can be written by others");
  }
  return {};
}

Expected<void> write_file(const std::string& path, const std::string& content) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.valid()) return system_failure("open", path, errno);
  const ssize_t written = ::write(file.get(), content.data(), content.size());
  if (written < 0) return system_failure("write", path, errno);
  if (static_cast<std::size_t>(written) != content.size()) return system_failure("write", path, ENOSPC);
  return {};
}

// IDs become file names on the host; engines allow letters, digits and `_.+-`.
Expected<void> check_id(const std::string& id) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '+' || c == '-';
  };
  if (id.empty() || id.size() > 255 || id[0] == '.' || !std::ranges::all_of(id, allowed)) {
    return failure("container ID \"" + id.substr(0, 80) + "\": not a name that an engine gives");
  }
  return {};
}

// Short, because it is in what the user reads.
std::string refusal_folder(const std::string& root, const std::string& id) {
  return root + "/refused/" + id.substr(0, 12);
}

bool is_old(const fs::path& folder) {
  struct stat status{};
  return ::lstat(folder.c_str(), &status) == 0 && std::time(nullptr) - status.st_mtime > kStartGrace;
}

std::optional<bool> has_living_process(const fs::path& folder) {
  std::ifstream file(folder / kProcessFile);
  if (!file) return std::nullopt;
  const auto recorded = host::parse_process_identity(std::string{std::istreambuf_iterator<char>(file), {}});
  return recorded && host::identify_process(recorded->pid) == recorded;
}

bool is_alive(const fs::path& folder) {
  return has_living_process(folder).value_or(!is_old(folder));
}

template <class Predicate>
void remove_if(const std::string& parent, Predicate predicate) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    std::error_code failed;
    if (predicate(entry.path())) fs::remove_all(entry.path(), failed);
    if (failed) report("remove \"" + entry.path().string() + "\": " + failed.message());
  }
}

}  // namespace

Expected<StateFolders> StateFolders::open(const std::string& root) {
  for (const char* folder : {"", "/containers", "/refused"}) {
    if (const auto made = make_folder(root + folder); !made) return std::unexpected(made.error());
  }
  return StateFolders(root);
}

Expected<void> StateFolders::create(const std::string& id, const std::vector<oci::File>& files) {
  if (const auto checked = check_id(id); !checked) return checked;
  const FileDescriptor held = host::lock_state(root_);
  std::error_code error;
  fs::remove_all(path_of(id), error);
  if (error) return failure("remove \"" + path_of(id) + "\": " + error.message());
  if (const auto made = make_folder(path_of(id)); !made) return made;
  for (const oci::File& file : files) {
    if (const auto written = write(id, file); !written) return written;
  }
  return {};
}

Expected<void> StateFolders::make_folder_in(const std::string& id, const std::string& name) {
  if (const auto checked = check_id(id); !checked) return checked;
  std::error_code error;
  fs::create_directories(fs::path(path_of(id)) / name, error);
  if (error) return failure("make folder \"" + path_of(id) + "/" + name + "\": " + error.message());
  return {};
}

Expected<void> StateFolders::write(const std::string& id, const oci::File& file) {
  if (const auto checked = check_id(id); !checked) return checked;
  const fs::path path = fs::path(path_of(id)) / file.name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return failure("make folder \"" + path.parent_path().string() + "\": " + error.message());
  return write_file(path, file.content);
}

Expected<void> StateFolders::record_process(const std::string& id, pid_t pid) {
  if (const auto checked = check_id(id); !checked) return checked;
  const auto identity = host::identify_process(pid);
  if (!identity) return failure("container process " + std::to_string(pid) + ": is gone");
  const auto written = write_file(path_of(id) + "/" + kProcessFile, host::to_text(*identity));
  std::error_code error;
  if (!written && !fs::exists(path_of(id), error)) return {};
  return written;
}

bool StateFolders::is_in_use(const std::string& id) const {
  return check_id(id) && has_living_process(path_of(id)).value_or(false);
}

Expected<void> StateFolders::remove(const std::string& id) {
  if (const auto checked = check_id(id); !checked) return checked;
  const FileDescriptor held = host::lock_state(root_);
  for (const std::string& path : {path_of(id), refusal_folder(root_, id)}) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return failure("remove \"" + path + "\": " + error.message());
  }
  return {};
}

void StateFolders::sweep(const std::function<bool(const std::string& id)>& may_go) {
  const FileDescriptor held = host::lock_state(root_);
  remove_if(root_ + "/containers",
            [&](const fs::path& folder) { return !is_alive(folder) && may_go(folder.filename()); });
  remove_if(root_ + "/refused", is_old);
}

Expected<std::string> StateFolders::create_refusal(const std::string& id, const std::string& name,
                                                   const std::string& program) {
  if (const auto checked = check_id(id); !checked) return std::unexpected(checked.error());
  const FileDescriptor held = host::lock_state(root_);
  const std::string folder = refusal_folder(root_, id);
  const fs::path link = folder + "/" + name;
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) fs::create_directories(link.parent_path(), error);
  if (!error) fs::create_symlink(program, link, error);
  if (error) return failure("make link \"" + link.string() + "\": " + error.message());
  return link.string();
}

}  // namespace vgpu::hook
