#include "oci/container_names.h"

#include <array>
#include <nlohmann/json.hpp>

namespace vgpu::oci {
namespace {

constexpr std::size_t kLongest = 253;

// containerd's keys (pkg/cri/annotations), those of Kubernetes that CRI-O sets, and CRI-O's own.
constexpr std::array<std::string_view, 3> kContainerKeys = {
    "io.kubernetes.cri.container-name", "io.kubernetes.container.name", "io.kubernetes.cri-o.ContainerName"};
constexpr std::array<std::string_view, 2> kPodKeys = {"io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"};
constexpr std::array<std::string_view, 3> kNamespaceKeys = {
    "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace", "io.kubernetes.cri-o.Namespace"};

template <class Keys>
std::string first_value(const Annotations& annotations, const Keys& keys) {
  for (const std::string_view key : keys) {
    if (const auto found = annotations.find(key); found != annotations.end() && !found->second.empty()) {
      return found->second.substr(0, kLongest);
    }
  }
  return {};
}

}  // namespace

ContainerNames names_of(const Annotations& annotations) {
  return {first_value(annotations, kContainerKeys), first_value(annotations, kPodKeys),
          first_value(annotations, kNamespaceKeys)};
}

std::string names_json(const ContainerNames& names) {
  const nlohmann::json json{{"container", names.container}, {"pod", names.pod}, {"namespace", names.pod_namespace}};
  // A name that was cut off within a character, or is none.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

ContainerNames parse_names_json(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const auto member = [&](const char* name) {
    if (!json.is_object()) return std::string();
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>().substr(0, kLongest) : std::string();
  };
  return {member("container"), member("pod"), member("namespace")};
}

}  // namespace vgpu::oci
