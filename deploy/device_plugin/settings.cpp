#include "deploy/device_plugin/settings.h"

#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "gpu/model/device_file.h"
#include "host/state_root.h"
#include "oci/installation.h"

namespace vgpu::device_plugin {
namespace {

constexpr unsigned kMaximumCount = 1024;
constexpr double kMaximumOvercommit = 100;

std::unexpected<Error> refuse(const std::string& option, const std::string& value, const std::string& reason) {
  return failure(option + " \"" + value + "\": " + reason);
}

bool is_part(std::string_view text, std::string_view punctuation) {
  constexpr std::size_t kLongest = 63;
  const auto alphanumeric = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (text.empty() || text.size() > kLongest || !alphanumeric(text.front()) || !alphanumeric(text.back())) return false;
  return std::ranges::all_of(text,
                             [&](char c) { return alphanumeric(c) || punctuation.find(c) != std::string_view::npos; });
}

// What Kubernetes takes for an extended resource: IsExtendedResourceName in pkg/apis/core/v1/helper/helpers.go.
Expected<void> check_resource(const std::string& name) {
  const std::size_t slash = name.find('/');
  const std::string_view text = name;
  if (slash == std::string::npos || !is_part(text.substr(0, slash), "-.") || !is_part(text.substr(slash + 1), "-_.")) {
    return refuse("--resource", name, "not the name of an extended resource, as vgpu.dev/gpu is one");
  }
  const std::string_view domain = text.substr(0, slash);
  if (domain == "kubernetes.io" || domain.ends_with(".kubernetes.io")) {
    return refuse("--resource", name, "the domain is Kubernetes' own");
  }
  return {};
}

Expected<void> check_resources(const Options& options) {
  if (options.resources.empty()) return failure("--resource: none is named");
  std::vector<std::string> sockets;
  for (const std::string& name : options.resources) {
    if (auto checked = check_resource(name); !checked) return checked;
    const std::string socket = socket_name(name);
    if (std::ranges::find(sockets, socket) != sockets.end()) {
      return refuse("--resource", name, "named twice, or hardly different from another");
    }
    sockets.push_back(socket);
    if (options.kubelet_folder.size() + 1 + socket.size() >= sizeof sockaddr_un::sun_path) {
      return refuse("--resource", name, "the path of its socket in \"" + options.kubelet_folder + "\" is too long");
    }
  }
  return {};
}

Expected<void> check_factor(const char* option, double factor) {
  if (std::isfinite(factor) && factor >= 1 && factor <= kMaximumOvercommit) return {};
  return refuse(option, std::to_string(factor), "must be 1 to 100");
}

Expected<Answer> parse_answers(const std::vector<std::string>& names) {
  Answer answer;
  for (const std::string& name : names) {
    if (name == "cdi")
      answer.cdi = true;
    else if (name == "annotations")
      answer.annotations = true;
    else
      return refuse("--answer", name, "must be cdi, annotations or both");
  }
  if (!answer.cdi && !answer.annotations) return failure("--answer: must be cdi, annotations or both");
  return answer;
}

Expected<std::string> find_libraries(const Options& options) {
  if (!options.library_folder.empty()) {
    if (!options.library_folder.starts_with('/')) {
      return refuse("--libraries", options.library_folder, "not an absolute path");
    }
    return options.library_folder;
  }
  const auto program = oci::program_path();
  if (!program) return program;
  return oci::library_folder(*program);
}

}  // namespace

std::string socket_name(const std::string& resource) {
  std::string name = "vgpu-" + resource + ".sock";
  std::ranges::replace(name, '/', '-');
  return name;
}

Expected<Settings> make_settings(const Options& options) {
  Settings settings;
  if (!options.kubelet_folder.starts_with('/')) {
    return refuse("--kubelet-folder", options.kubelet_folder, "not an absolute path");
  }
  if (auto checked = check_resources(options); !checked) return std::unexpected(checked.error());
  settings.resources = options.resources;
  settings.kubelet_folder = options.kubelet_folder;

  const std::string name = options.profile.empty() ? model::kDefaultProfile : options.profile;
  auto profile = model::find_profile(name);
  if (!profile) return failure("--profile: " + profile.error().message);
  settings.profile = *std::move(profile);
  if (!options.memory.empty()) {
    const auto memory = model::parse_memory(options.memory);
    if (!memory) return failure("--memory: " + memory.error().message);
    if (*memory < std::uint64_t{1} << 20) return refuse("--memory", options.memory, "must be 1 MiB at least");
    settings.profile.memory = *memory;
    settings.has_own_memory = true;
  }
  if (!options.reserved_memory.empty() && options.reserved_memory != "0") {
    const auto memory = model::parse_memory(options.reserved_memory);
    if (!memory) return failure("--reserve-memory: " + memory.error().message);
    settings.reserved_memory = *memory;
  }
  for (const auto& [option, factor] : {std::pair{"--memory-overcommit", options.memory_overcommit},
                                       std::pair{"--cpu-overcommit", options.cpu_overcommit}}) {
    if (auto checked = check_factor(option, factor); !checked) return std::unexpected(checked.error());
  }
  settings.memory_overcommit = options.memory_overcommit;
  settings.cpu_overcommit = options.cpu_overcommit;
  settings.cpus = options.cpus;
  if (options.count > kMaximumCount) {
    return refuse("--count", std::to_string(options.count), "must be 1 to " + std::to_string(kMaximumCount));
  }
  settings.count = options.count;

  const auto answer = parse_answers(options.answers);
  if (!answer) return std::unexpected(answer.error());
  settings.answer = *answer;
  auto libraries = find_libraries(options);
  if (!libraries) return std::unexpected(libraries.error());
  settings.library_folder = *std::move(libraries);
  if (options.no_supervisor && !options.supervisor_socket.empty()) {
    return refuse("--supervisor-socket", options.supervisor_socket, "contradicts --no-supervisor");
  }
  if (!options.no_supervisor) {
    settings.supervisor_socket =
        options.supervisor_socket.empty() ? host::state_root() + host::kNodeSocket : options.supervisor_socket;
  }
  constexpr unsigned kLongestInterval = 3600;
  if (options.health_interval == 0 || options.health_interval > kLongestInterval) {
    return refuse("--health-interval", std::to_string(options.health_interval), "must be 1 to 3600 seconds");
  }
  settings.health_interval = std::chrono::seconds(options.health_interval);
  return settings;
}

}  // namespace vgpu::device_plugin
