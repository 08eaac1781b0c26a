#include "oci/cache_request.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "gpu/model/cache_folder.h"

namespace vgpu::oci {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::string_view kReadOnly = ":ro";

// containerd writes the first after what it takes from the pod, and CRI-O the second, a label of the kubelet's. CRI-O's
// io.kubernetes.cri-o.Namespace is not written for containers, so a pod's own annotation would count.
constexpr std::array<std::string_view, 2> kNamespaceKeys = {"io.kubernetes.cri.sandbox-namespace",
                                                            "io.kubernetes.pod.namespace"};
constexpr std::array<std::string_view, 2> kPodKeys = {"io.kubernetes.cri.container-type",
                                                      "io.kubernetes.cri-o.ContainerType"};
constexpr std::string_view kManagerKey = "io.container.manager";

bool is_lower_or_digit(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x80 && (std::islower(byte) != 0 || std::isdigit(byte) != 0);
}

bool is_name(std::string_view name, std::string_view signs) {
  return !name.empty() && name.size() <= kLongestName && is_lower_or_digit(name.front()) &&
         std::ranges::all_of(name, [&](char character) {
           return is_lower_or_digit(character) || signs.find(character) != std::string_view::npos;
         });
}

// Podman writes CRI-O's keys for tools that know these, and is run by one user.
bool is_in_a_cluster(const Annotations& annotations) {
  const auto manager = annotations.find(kManagerKey);
  if (manager != annotations.end() && manager->second == "libpod") return false;
  return std::ranges::any_of(kPodKeys, [&](std::string_view key) { return annotations.contains(key); });
}

Expected<std::string> owner_of(const Choice& choice, const Annotations& annotations) {
  const std::string* pod_namespace = nullptr;
  for (const std::string_view key : kNamespaceKeys) {
    const auto found = annotations.find(key);
    if (found == annotations.end()) continue;
    if (pod_namespace != nullptr && *pod_namespace != found->second) {
      return refuse(choice, "annotations of the container name two namespaces");
    }
    pod_namespace = &found->second;
  }
  if (pod_namespace == nullptr) {
    if (is_in_a_cluster(annotations)) return refuse(choice, "this engine does not say the pod's namespace");
    return std::string(kUserOwner);
  }
  std::string owner = std::string(kNamespaceOwner) + *pod_namespace;
  if (!is_cache_owner(owner)) return refuse(choice, "the pod's namespace is not a name of Kubernetes");
  return owner;
}

}  // namespace

bool is_cache_name(std::string_view name) {
  return is_name(name, "._-");
}

bool is_cache_owner(std::string_view owner) {
  return owner == kUserOwner ||
         (owner.starts_with(kNamespaceOwner) && is_name(owner.substr(kNamespaceOwner.size()), "-"));
}

Expected<CacheRequest> parse_cache(const Choice& choice, const Annotations& annotations) {
  std::string_view name = *choice.value;
  const bool read_only = name.ends_with(kReadOnly);
  if (read_only) name.remove_suffix(kReadOnly.size());
  if (!is_cache_name(name)) {
    return refuse(choice,
                  "must be NAME or NAME:ro, the name 1 to 63 of a-z, 0-9, \".\", \"_\" and \"-\", and first a letter "
                  "or digit");
  }
  auto owner = owner_of(choice, annotations);
  if (!owner) return std::unexpected(owner.error());
  return CacheRequest{*std::move(owner), std::string(name), read_only};
}

Expected<void> check_cache_path(const CacheRequest& cache, const std::string& cache_path) {
  if (cache_path.empty() || cache_path == model::kCacheFolder) return {};
  const std::string key = std::string(kPrefix) + "cache", value = cache.name + (cache.read_only ? ":ro" : "");
  return refuse({Choice::Rank::Pod, &key, &value}, "the container sets " + std::string(model::kCachePathVariable) +
                                                       " to another place; unset it, or set it to " +
                                                       model::kCacheFolder);
}

}  // namespace vgpu::oci
