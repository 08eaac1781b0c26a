#include "cli/doctor/find_container.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <vector>

#include "cli/doctor/finding.h"
#include "cli/doctor/process_files.h"
#include "host/process_identity.h"

namespace vgpu::cli::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestProcessId = 7;
constexpr std::size_t kShortestPrefix = 3;

bool is_process_id(const std::string& name) {
  return !name.empty() && name.size() <= kLongestProcessId &&
         std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> ids_with(const std::string& prefix, const std::string& folder) {
  std::vector<std::string> ids;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string id = entry.path().filename().string();
    if (id == prefix) return {id};
    if (id.starts_with(prefix)) ids.push_back(id);
  }
  return ids;
}

Expected<FoundContainer> by_state(const std::string& id, const std::string& folder) {
  const auto text = read_at_most(folder + "/" + id + "/pid", 256);
  if (!text) return failure("container " + id + ": has no process yet");
  const auto recorded = host::parse_process_identity(*text);
  if (!recorded || host::identify_process(recorded->pid) != recorded) {
    return failure("container " + id + ": its process has ended");
  }
  return FoundContainer{"container " + id.substr(0, 12), recorded->pid};
}

}  // namespace

Expected<FoundContainer> find_container(const std::string& name, const std::string& state_root) {
  if (is_process_id(name)) {
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (!host::identify_process(pid)) return failure("process " + name + ": there is none");
    return FoundContainer{"process " + name, pid};
  }
  const std::string folder = state_root + "/containers";
  const auto ids = name.size() < kShortestPrefix ? std::vector<std::string>() : ids_with(name, folder);
  if (ids.size() == 1) return by_state(ids[0], folder);
  const auto pid = ask_podman(name);
  if (pid) return FoundContainer{"container " + in_quotes(name), *pid};
  if (ids.size() > 1)
    return failure("container " + in_quotes(name) + ": " + std::to_string(ids.size()) + " IDs begin so");
  return failure("container " + in_quotes(name) + ": no ID in " + folder + " begins so, and " + pid.error().message);
}

}  // namespace vgpu::cli::doctor
