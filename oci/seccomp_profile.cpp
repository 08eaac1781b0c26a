#include "oci/seccomp_profile.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "oci/seccomp_merge.h"

namespace vgpu::oci {
namespace {

constexpr const char* kMachine = "SCMP_ARCH_X86_64";

// Members of OCI's linux.seccomp and of its rules. Engines that know no others pass over those that restrict a rule.
constexpr const char* kSectionMembers[] = {"defaultAction", "defaultErrnoRet", "flags", "listenerPath",
                                           "listenerMetadata"};
constexpr const char* kRuleMembers[] = {"names", "action", "errnoRet"};
constexpr const char* kConditionMembers[] = {"caps", "arches", "minKernel"};

std::vector<std::string> texts_of(const Config& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (found == object.end() || !found->is_array()) return texts;
  for (const Config& one : *found) {
    if (one.is_string()) texts.push_back(one.get<std::string>());
  }
  return texts;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

std::pair<unsigned, unsigned> kernel_version(std::string_view text) {
  std::pair<unsigned, unsigned> version{0, 0};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version.first);
  if (error == std::errc() && end != text.data() + text.size() && *end == '.') {
    std::from_chars(end + 1, text.data() + text.size(), version.second);
  }
  return version;
}

bool is_older(const ProfileTarget& target, const Config& conditions) {
  const auto least = conditions.find("minKernel");
  return least != conditions.end() && least->is_string() && !target.kernel.empty() &&
         kernel_version(target.kernel) < kernel_version(least->get<std::string>());
}

Expected<Config> conditions_of(const Config& rule, const char* name) {
  const auto found = rule.find(name);
  if (found == rule.end() || !found->is_object()) return Config(Config::object());
  for (const auto& [key, value] : found->items()) {
    if (std::ranges::find(kConditionMembers, key) == std::end(kConditionMembers)) {
      return failure("seccomp profile: " + std::string(name) + "." + key + ": an unknown condition");
    }
  }
  return Config(*found);
}

// As in containers/common (pkg/seccomp) and moby (profiles/seccomp): all capabilities of `includes` must be there, and
// none of `excludes`.
Expected<bool> applies(const Config& rule, const ProfileTarget& target) {
  const auto includes = conditions_of(rule, "includes");
  if (!includes) return std::unexpected(includes.error());
  const auto excludes = conditions_of(rule, "excludes");
  if (!excludes) return std::unexpected(excludes.error());
  const auto has = [&](const std::string& capability) { return contains(target.capabilities, capability); };
  if (std::ranges::any_of(texts_of(*excludes, "caps"), has)) return false;
  if (contains(texts_of(*excludes, "arches"), target.architecture)) return false;
  if (excludes->contains("minKernel") && !is_older(target, *excludes)) return false;
  const auto architectures = texts_of(*includes, "arches");
  if (!architectures.empty() && !contains(architectures, target.architecture)) return false;
  return std::ranges::all_of(texts_of(*includes, "caps"), has) && !is_older(target, *includes);
}

Config architectures_of(const Config& profile) {
  if (const auto list = texts_of(profile, "architectures"); !list.empty()) return list;
  const auto map = profile.find("archMap");
  if (map == profile.end() || !map->is_array()) return {};
  for (const Config& entry : *map) {
    if (!entry.is_object() || entry.value("architecture", "") != kMachine) continue;
    Config list = {kMachine};
    for (const std::string& one : texts_of(entry, "subArchitectures")) list.push_back(one);
    return list;
  }
  return {};
}

Config flat_rule(const Config& rule) {
  Config flat = Config::object();
  for (const char* name : kRuleMembers) {
    if (const auto found = rule.find(name); found != rule.end() && !found->is_null()) flat[name] = *found;
  }
  // An older form of Docker's names one call.
  if (const auto name = rule.find("name"); !flat.contains("names") && name != rule.end()) flat["names"] = {*name};
  if (const auto found = rule.find("args"); found != rule.end() && found->is_array() && !found->empty()) {
    flat["args"] = *found;
  }
  return flat;
}

}  // namespace

const std::vector<std::string>& default_capabilities() {
  // moby, oci/caps/defaults.go; containerd, oci/spec.go
  static const std::vector<std::string> capabilities = {
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
      "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
      "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
      "CAP_KILL",    "CAP_AUDIT_WRITE",
  };
  return capabilities;
}

Expected<Config> flat_profile(const Config& profile, const ProfileTarget& target) {
  if (profile.is_object() && profile.contains("ociVersion")) {
    const auto section = profile.find("linux");
    if (section == profile.end() || !section->is_object() || !section->contains("seccomp")) {
      return failure("config.json: has no linux.seccomp, so that container is unconfined");
    }
    return flat_profile((*section)["seccomp"], target);
  }
  if (!profile.is_object() || !profile.contains("defaultAction") || !profile["defaultAction"].is_string()) {
    return failure("seccomp profile: has no defaultAction");
  }
  Config flat = Config::object();
  for (const char* name : kSectionMembers) {
    if (const auto found = profile.find(name); found != profile.end() && !found->is_null()) flat[name] = *found;
  }
  if (Config architectures = architectures_of(profile); !architectures.is_null()) {
    flat["architectures"] = std::move(architectures);
  }
  flat["syscalls"] = Config::array();
  const auto rules = profile.find("syscalls");
  if (rules == profile.end() || rules->is_null()) return flat;
  if (!rules->is_array()) return failure("seccomp profile: syscalls: not a list");
  for (const Config& rule : *rules) {
    if (!rule.is_object() || !rule.contains("action")) return failure("seccomp profile: a rule has no action");
    const auto wanted = applies(rule, target);
    if (!wanted) return std::unexpected(wanted.error());
    if (*wanted) flat["syscalls"].push_back(flat_rule(rule));
  }
  return flat;
}

Expected<Config> listening_profile(const Config& flat, const Listener& listener) {
  Config config = {{"linux", {{"seccomp", flat}}}};
  if (const auto merged = merge_listener(listener, config); !merged) return std::unexpected(merged.error());
  return config["linux"]["seccomp"];
}

}  // namespace vgpu::oci
