#include "oci/config.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "oci/library_names.h"
#include "oci/seccomp_merge.h"

namespace vgpu::oci {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdLength = 64;
constexpr int kHookTimeout = 30;  // seconds

// The member of an object, or null: for reading what may be missing or of another type.
const Config& member(const Config& object, const char* name) {
  static const Config kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_of(const Config& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// The last ID in a text: a container inside of a container has both in its cgroup's path.
std::string find_id(std::string_view text) {
  std::string id;
  std::size_t length = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool digit =
        at < text.size() && ((text[at] >= '0' && text[at] <= '9') || (text[at] >= 'a' && text[at] <= 'f'));
    if (!digit && length == kIdLength) id = text.substr(at - kIdLength, kIdLength);
    length = digit ? length + 1 : 0;
  }
  return id;
}

// The object or array `name` of an object, made when missing.
Expected<Config*> section(Config& object, const char* name, Config empty) {
  Config& value = object[name];
  if (value.is_null()) value = std::move(empty);
  if (value.is_object() || value.is_array()) return &value;
  return failure("config.json: \"" + std::string(name) + "\" is a " + value.type_name());
}

std::string edited(const EnvironmentEdit& edit, const std::string& value) {
  if (edit.kind == EnvironmentEdit::Kind::SetIfMissing) return value;
  if ((":" + value + ":").find(":" + edit.value + ":") != std::string::npos) return value;
  return value.empty() ? edit.value : value + ":" + edit.value;
}

void apply_environment(const EnvironmentEdit& edit, Config& environment) {
  const std::string begin = edit.name + "=";
  for (Config& entry : environment) {
    const std::string text = text_of(entry);
    if (!text.starts_with(begin)) continue;
    entry = begin + edited(edit, text.substr(begin.size()));
    return;
  }
  environment.push_back(begin + edit.value);
}

Config to_json(const Mount& mount) {
  return {{"destination", mount.destination},
          {"type", "bind"},
          {"source", mount.source},
          {"options", mount.node ? Config{"bind", "rprivate"} : Config{"bind", "ro", "nosuid", "nodev", "rprivate"}}};
}

Config to_json(const model::DeviceNode& node) {
  return {{"path", "/dev/" + node.name},
          {"type", "c"},
          {"major", node.major},
          {"minor", node.minor},
          {"fileMode", 0666},
          {"uid", 0},
          {"gid", 0}};
}

Config to_json(const Hook& hook) {
  return {{"path", hook.path}, {"args", hook.arguments}, {"env", Config::array()}, {"timeout", kHookTimeout}};
}

}  // namespace

Expected<Config> parse_config(std::string_view text) {
  Config config = Config::parse(text, nullptr, false);
  if (!config.is_object()) return failure("config.json: not a JSON object");
  return config;
}

Annotations annotations_of(const Config& config) {
  Annotations annotations;
  const Config& section = member(config, "annotations");
  if (!section.is_object()) return annotations;
  for (const auto& [key, value] : section.items()) {
    if (value.is_string()) annotations.emplace(key, value.get<std::string>());
  }
  return annotations;
}

std::optional<std::string> environment_variable(const Config& config, std::string_view name) {
  const std::string begin = std::string(name) + "=";
  for (const Config& entry : member(member(config, "process"), "env")) {
    if (const std::string text = text_of(entry); text.starts_with(begin)) return text.substr(begin.size());
  }
  return std::nullopt;
}

Expected<std::string> rootfs_path(const Config& config, const std::string& bundle) {
  const std::string path = text_of(member(member(config, "root"), "path"));
  if (path.empty()) return failure("config.json: no root.path");
  return path.starts_with('/') ? path : bundle + "/" + path;
}

std::string container_id_of(const Config& config) {
  if (std::string id = find_id(text_of(member(member(config, "linux"), "cgroupsPath"))); !id.empty()) return id;
  static constexpr std::array<std::string_view, 4> kEngineFiles = {"/run/.containerenv", "/etc/hostname",
                                                                   "/etc/resolv.conf", "/dev/shm"};
  for (const std::string_view destination : kEngineFiles) {
    for (const Config& mount : member(config, "mounts")) {
      if (text_of(member(mount, "destination")) != destination) continue;
      if (std::string id = find_id(text_of(member(mount, "source"))); !id.empty()) return id;
    }
  }
  return {};
}

std::vector<std::string> mount_sources(const Config& config) {
  std::vector<std::string> sources;
  for (const Config& mount : member(config, "mounts")) {
    if (std::string source = text_of(member(mount, "source")); source.starts_with('/')) {
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

bool has_mount_around(const Config& config, std::string_view path) {
  const std::string folder = std::string(path) + "/";
  return std::ranges::any_of(member(config, "mounts"), [&](const Config& mount) {
    std::string destination = text_of(member(mount, "destination"));
    while (destination.ends_with('/')) destination.pop_back();
    if (destination.empty()) return false;
    destination += '/';
    return folder.starts_with(destination) || destination.starts_with(folder);
  });
}

bool has_plan(const Config& config) {
  const auto has_mount = [&](std::string_view destination) {
    return std::ranges::any_of(member(config, "mounts"), [&](const Config& mount) {
      return text_of(member(mount, "destination")) == destination;
    });
  };
  return has_mount(kContainerDeviceFolder) && has_mount(kContainerLibraryFolder);
}

bool has_private_device_folder(const Config& config) {
  bool own = false;
  for (const Config& mount : member(config, "mounts")) {
    const std::string path = fs::path(text_of(member(mount, "destination"))).lexically_normal();
    if (path == "/dev") own = text_of(member(mount, "type")) == "tmpfs";
    if (path == "/" || path == "/dev/") return false;
  }
  return own;
}

bool has_own_device_folder(const Config& config) {
  const Config& linux_section = member(config, "linux");
  const Config& mappings = member(linux_section, "uidMappings");
  const bool has_user_namespace = (mappings.is_array() && !mappings.empty()) ||
                                  std::ranges::any_of(member(linux_section, "namespaces"), [](const Config& space) {
                                    return text_of(member(space, "type")) == "user";
                                  });
  if (has_user_namespace || !has_private_device_folder(config)) return false;
  const auto is_ours = [](const char* name) {
    return [=](const Config& one) {
      return fs::path(text_of(member(one, name))).lexically_normal().string().starts_with("/dev/nvidia");
    };
  };
  return std::ranges::none_of(member(linux_section, "devices"), is_ours("path")) &&
         std::ranges::none_of(member(config, "mounts"), is_ours("destination"));
}

bool has_device_node(const Config& config, std::string_view path) {
  const auto names = [&](const char* section_name) {
    return [=](const Config& one) { return text_of(member(one, section_name)) == path; };
  };
  return std::ranges::any_of(member(config, "mounts"), names("destination")) ||
         std::ranges::any_of(member(member(config, "linux"), "devices"), names("path"));
}

Expected<void> apply_plan(const Plan& plan, Config& config) {
  if (plan.listener) {
    if (const auto merged = merge_listener(*plan.listener, config); !merged) return merged;
  }
  if (!plan.environment.empty()) {
    const auto process = section(config, "process", Config::object());
    if (!process) return std::unexpected(process.error());
    const auto environment = section(**process, "env", Config::array());
    if (!environment) return std::unexpected(environment.error());
    for (const EnvironmentEdit& edit : plan.environment) apply_environment(edit, **environment);
  }
  if (!plan.mounts.empty()) {
    const auto mounts = section(config, "mounts", Config::array());
    if (!mounts) return std::unexpected(mounts.error());
    for (const Mount& mount : plan.mounts) (*mounts)->push_back(to_json(mount));
  }
  if (!plan.nodes.empty()) {
    const auto linux_section = section(config, "linux", Config::object());
    if (!linux_section) return std::unexpected(linux_section.error());
    const auto devices = section(**linux_section, "devices", Config::array());
    if (!devices) return std::unexpected(devices.error());
    for (const model::DeviceNode& node : plan.nodes) (*devices)->push_back(to_json(node));
  }
  for (const Hook& hook : plan.hooks) {
    const auto hooks = section(config, "hooks", Config::object());
    if (!hooks) return std::unexpected(hooks.error());
    const auto stage = section(**hooks, hook.stage.c_str(), Config::array());
    if (!stage) return std::unexpected(stage.error());
    (*stage)->push_back(to_json(hook));
  }
  return {};
}

}  // namespace vgpu::oci
