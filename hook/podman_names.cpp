#include "hook/podman_names.h"

#include <algorithm>
#include <filesystem>

#include "hook/container_state.h"
#include "oci/annotation_keys.h"
#include "oci/container_names.h"

namespace vgpu::hook {
namespace {

namespace fs = std::filesystem;

// What libpod writes (pkg/annotations); those of CRI-O are for tools that know these.
constexpr std::string_view kManager = "io.container.manager";
constexpr std::string_view kPod = "io.kubernetes.cri-o.SandboxID";

bool is_in_podmans_pod(const oci::Annotations& annotations) {
  const auto manager = annotations.find(kManager);
  return manager != annotations.end() && manager->second == "libpod" && annotations.contains(kPod) &&
         oci::names_of(annotations).container.empty();
}

// A root file system is at FOLDER/DRIVER/ID/merged, FOLDER/vfs/dir/ID, FOLDER/btrfs/subvolumes/ID and the like.
std::string storage_file(fs::path root) {
  constexpr int kMostLevels = 4;
  for (int level = 0; level < kMostLevels && root.has_relative_path(); ++level, root = root.parent_path()) {
    const fs::path file = root.parent_path() / (root.filename().string() + "-containers") / "containers.json";
    std::error_code error;
    if (fs::is_regular_file(file, error)) return file;
  }
  return {};
}

}  // namespace

std::string name_in_storage(const std::string& text, const std::string& id) {
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return {};
  for (const nlohmann::json& container : list) {
    if (!container.is_object() || !container.contains("id") || container["id"] != id) continue;
    const auto names = container.find("names");
    if (names == container.end() || !names->is_array() || names->empty() || !names->front().is_string()) return {};
    return names->front().get<std::string>();
  }
  return {};
}

void add_podman_names(const std::string& id, oci::Config& config) {
  const oci::Annotations annotations = oci::annotations_of(config);
  if (!is_in_podmans_pod(annotations)) return;
  if (std::ranges::none_of(annotations, [](const auto& one) { return oci::is_request_key(one.first); })) return;
  const auto root = oci::rootfs_path(config, "");
  const auto host_name = oci::environment_variable(config, "HOSTNAME");
  if (!root || !host_name || host_name->empty()) return;
  const auto text = read_file(storage_file(*root));
  if (!text) return;
  const std::string name = name_in_storage(*text, id);
  if (name.size() <= host_name->size() + 1 || !name.starts_with(*host_name + "-")) return;
  config["annotations"]["io.kubernetes.pod.name"] = *host_name;
  config["annotations"]["io.kubernetes.container.name"] = name.substr(host_name->size() + 1);
}

}  // namespace vgpu::hook
