#include "cli/doctor/search_path.h"

#include <array>

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kMostFolders = 256;
constexpr std::size_t kLongestFolder = 4096;
constexpr std::array<std::string_view, 2> kOrigins = {"$ORIGIN", "${ORIGIN}"};

std::string with_origin(std::string folder, const std::string& origin) {
  for (const std::string_view name : kOrigins) {
    if (!folder.starts_with(name)) continue;
    return origin.empty() ? std::string() : origin + folder.substr(name.size());
  }
  return folder;
}

}  // namespace

std::vector<std::string> split_path(std::string_view list, const std::string& origin) {
  std::vector<std::string> folders;
  while (!list.empty() && folders.size() < kMostFolders) {
    const std::string_view entry = list.substr(0, list.find(':'));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    if (entry.size() > kLongestFolder) continue;
    std::string folder = with_origin(std::string(entry), origin);
    if (folder.starts_with('/')) folders.push_back(std::move(folder));
  }
  return folders;
}

}  // namespace vgpu::cli::doctor
