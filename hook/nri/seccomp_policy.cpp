#include "hook/nri/seccomp_policy.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace vgpu::nri {
namespace {

struct FirstVersion {
  std::string_view engine;
  unsigned major, minor;
};
constexpr std::array<FirstVersion, 2> kFirstVersions = {{{"containerd", 2, 2}, {"cri-o", 1, 34}}};

constexpr int kRuntimeDefault = 0;

void add_texts(const oci::Config& object, const char* name, google::protobuf::RepeatedPtrField<std::string>& texts) {
  for (const auto& text : object.value(name, oci::Config::array())) *texts.Add() = text.get<std::string>();
}

void add_rule(const oci::Config& rule, message::Seccomp& policy) {
  message::SystemCall& added = *policy.add_system_calls();
  add_texts(rule, "names", *added.mutable_names());
  added.set_action(rule.at("action").get<std::string>());
  if (rule.contains("errnoRet")) added.mutable_error()->set_value(rule["errnoRet"].get<std::uint32_t>());
  for (const auto& condition : rule.value("args", oci::Config::array())) {
    message::SeccompArgument& argument = *added.add_arguments();
    argument.set_index(condition.at("index").get<std::uint32_t>());
    argument.set_value(condition.at("value").get<std::uint64_t>());
    argument.set_value_two(condition.value("valueTwo", std::uint64_t{0}));
    argument.set_comparison(condition.at("op").get<std::string>());
  }
}

}  // namespace

bool takes_policy(const Engine& engine) {
  unsigned major = 0, minor = 0;
  const std::size_t digits = engine.version.starts_with('v') ? 1 : 0;
  if (std::sscanf(engine.version.c_str() + digits, "%u.%u", &major, &minor) != 2) return false;
  for (const FirstVersion& first : kFirstVersions) {
    if (engine.name == first.engine) return major != first.major ? major > first.major : minor >= first.minor;
  }
  return false;
}

bool has_default_policy(const message::Container& container) {
  return container.linux().has_seccomp_profile() && container.linux().seccomp_profile().type() == kRuntimeDefault;
}

Expected<message::Seccomp> make_policy(const oci::Config& profile) {
  try {
    message::Seccomp policy;
    policy.set_listener_path(profile.at("listenerPath").get<std::string>());
    policy.set_listener_metadata(profile.at("listenerMetadata").get<std::string>());
    policy.set_default_action(profile.at("defaultAction").get<std::string>());
    if (profile.contains("defaultErrnoRet")) {
      policy.mutable_default_error()->set_value(profile["defaultErrnoRet"].get<std::uint32_t>());
    }
    add_texts(profile, "architectures", *policy.mutable_architectures());
    add_texts(profile, "flags", *policy.mutable_flags());
    for (const auto& rule : profile.at("syscalls")) add_rule(rule, policy);
    return policy;
  } catch (const nlohmann::json::exception& error) {
    return failure(std::string("not a profile of `vgpu seccomp generate`: ") + error.what());
  }
}

}  // namespace vgpu::nri
