#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "cli/doctor/binaries.h"
#include "cli/doctor/search_path.h"
#include "oci/library_names.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::array<const char*, 7> kProgramFolders = {"/usr/bin", "/usr/local/bin", "/bin",           "/usr/sbin",
                                                        "/app",     "/opt/app",       "/usr/local/sbin"};
constexpr std::array<const char*, 2> kOllamaFolders = {"/usr/lib/ollama", "/usr/local/lib/ollama"};
constexpr int kDeepest = 3;
constexpr std::size_t kMostFolders = 512;

class Folders {
 public:
  explicit Folders(const Subject& subject) : subject_(&subject) {}

  void add(const std::string& path) {
    const auto folder = subject_->rootfs->resolve_folder(path);
    if (folder && found_.size() < kMostFolders && std::ranges::find(found_, *folder) == found_.end())
      found_.push_back(*folder);
  }
  void add_tree(const std::string& path, int depth) {
    if (depth > kDeepest || found_.size() >= kMostFolders || !subject_->rootfs->resolve_folder(path)) return;
    add(path);
    for (const std::string& name : subject_->rootfs->list(path)) add_tree(path + "/" + name, depth + 1);
  }
  // A `*` stands for any end of a name.
  void add_pattern(std::string_view pattern) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return add(std::string(pattern));
    const std::size_t slash = pattern.rfind('/', star);
    const std::string parent(pattern.substr(0, slash));
    for (const std::string& name : subject_->rootfs->list(parent)) {
      if (!name.starts_with(pattern.substr(slash + 1, star - slash - 1))) continue;
      add(parent + "/" + name + std::string(pattern.substr(star + 1)));
    }
  }
  [[nodiscard]] std::vector<std::string> found() && { return std::move(found_); }

 private:
  const Subject* subject_;
  std::vector<std::string> found_;
};

// Where the file of the container's first process is, as the container sees it.
std::string own_program_folder(pid_t pid) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), target.data(), target.size());
  const std::string path(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
}

}  // namespace

std::vector<std::string> binary_folders(const Subject& subject) {
  Folders folders(subject);
  for (const char* folder : kOllamaFolders) folders.add_tree(folder, 0);
  for (const std::string_view pattern : oci::kSearchedFolders) folders.add_pattern(pattern);
  for (const std::string& folder : split_path(variable(subject, "LD_LIBRARY_PATH"))) folders.add(folder);
  for (const char* folder : kProgramFolders) folders.add(folder);
  if (subject.pid) {
    if (const std::string folder = own_program_folder(*subject.pid); !folder.empty()) folders.add(folder);
  }
  return std::move(folders).found();
}

}  // namespace vgpu::cli::doctor
