#include "oci/seccomp_merge.h"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "oci/seccomp_rules.h"

namespace vgpu::oci {
namespace {

constexpr std::string_view kNotify = "SCMP_ACT_NOTIFY";

// A system call that is notified of by the value of one argument.
struct Trap {
  std::string_view name;
  unsigned argument;
  const std::vector<Cube>& cubes;
};

// What a rule says of a call: conditions on the trap's argument, and on others.
struct Conditions {
  std::optional<Cube> cube;  // nullopt: not one that cubes can say
  Config others = Config::array();
};

std::string text_of(const Config& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool lets_through(std::string_view action) {
  return action == "SCMP_ACT_ALLOW" || action == "SCMP_ACT_LOG";
}

bool has_name(const Config& rule, std::string_view name) {
  const auto names = rule.is_object() ? rule.find("names") : rule.end();
  if (names == rule.end() || !names->is_array()) return text_of(rule, "name") == name;
  return std::ranges::any_of(*names, [&](const Config& one) { return one.is_string() && one == name; });
}

void remove_name(Config& rule, std::string_view name) {
  Config& names = rule["names"];
  for (auto one = names.begin(); one != names.end();) one = *one == name ? names.erase(one) : one + 1;
}

bool is_unconditional(const Config& rule) {
  const auto arguments = rule.find("args");
  return arguments == rule.end() || arguments->is_null() || arguments->empty();
}

std::uint64_t number_of(const Config& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

Conditions conditions_of(const Config& rule, unsigned argument) {
  Conditions conditions{Cube{}, Config::array()};
  if (is_unconditional(rule)) return conditions;
  for (const Config& one : rule["args"]) {
    if (number_of(one, "index") != argument) {
      conditions.others.push_back(one);
      continue;
    }
    const std::string comparison = text_of(one, "op");
    const std::uint64_t value = number_of(one, "value");
    if (comparison == "SCMP_CMP_EQ") {
      conditions.cube = Cube{UINT64_MAX, value};
    } else if (comparison == "SCMP_CMP_MASKED_EQ") {
      conditions.cube = Cube{value, number_of(one, "valueTwo") & value};
    } else {
      conditions.cube.reset();
      return conditions;
    }
  }
  return conditions;
}

// The rule for one cube: the old one's other members and conditions, with an action of its own.
Config rule_for(const Config& old, const Trap& trap, std::string_view action, const Cube& cube, const Config& others) {
  Config rule = old;
  rule.erase("name");
  rule["names"] = Config::array({trap.name});
  rule["action"] = action;
  if (action == kNotify) rule.erase("errnoRet");
  rule["args"] = others;
  if (cube.mask == UINT64_MAX) {
    rule["args"].push_back({{"index", trap.argument}, {"value", cube.value}, {"op", "SCMP_CMP_EQ"}});
  } else if (cube.mask != 0) {
    rule["args"].push_back(
        {{"index", trap.argument}, {"value", cube.mask}, {"valueTwo", cube.value}, {"op", "SCMP_CMP_MASKED_EQ"}});
  }
  return rule;
}

std::unexpected<Error> cannot_combine(const Trap& trap, const std::string& why) {
  return failure("linux.seccomp: the profile's rules for " + std::string(trap.name) + " " + why +
                 ", which cannot be combined with vgpu's listener");
}

// Adds to `added` what takes the place of the rules for one call, and removes its name from them.
Expected<void> split_rules(const Trap& trap, bool allowed_by_default, Config& rules, std::vector<Config>& added) {
  std::vector<Config*> own;
  const Config* unconditional = nullptr;
  for (Config& rule : rules) {
    if (!rule.is_object() || !has_name(rule, trap.name)) continue;
    own.push_back(&rule);
    // libseccomp takes the first one and forgets all conditions.
    if (is_unconditional(rule) && unconditional == nullptr) unconditional = &rule;
  }
  if (unconditional != nullptr && !lets_through(text_of(*unconditional, "action"))) return {};

  std::vector<Cube> denied;
  const auto split = [&](const Config& rule, const Conditions& conditions) {
    for (const Cube& cube : trap.cubes) {
      for (const Cube& both : intersection(*conditions.cube, cube)) {
        for (const Cube& rest : difference(both, denied)) {
          added.push_back(rule_for(rule, trap, kNotify, rest, conditions.others));
        }
      }
    }
  };
  if (unconditional != nullptr) {
    const Conditions all{Cube{}, Config::array()};
    split(*unconditional, all);
    for (const Cube& cube : difference(Cube{}, trap.cubes)) {
      added.push_back(rule_for(*unconditional, trap, text_of(*unconditional, "action"), cube, all.others));
    }
  } else {
    for (const Config* rule : own) {
      const Conditions conditions = conditions_of(*rule, trap.argument);
      if (!conditions.cube) return cannot_combine(trap, "compare argument " + std::to_string(trap.argument));
      if (lets_through(text_of(*rule, "action"))) continue;
      if (!conditions.others.empty()) return cannot_combine(trap, "deny it by other arguments");
      denied.push_back(*conditions.cube);
      added.push_back(rule_for(*rule, trap, text_of(*rule, "action"), *conditions.cube, conditions.others));
    }
    for (const Config* rule : own) {
      if (!lets_through(text_of(*rule, "action"))) continue;
      const Conditions conditions = conditions_of(*rule, trap.argument);
      split(*rule, conditions);
      for (const Cube& cube : difference(*conditions.cube, trap.cubes)) {
        for (const Cube& rest : difference(cube, denied)) {
          added.push_back(rule_for(*rule, trap, text_of(*rule, "action"), rest, conditions.others));
        }
      }
    }
    if (allowed_by_default) split(Config::object(), {Cube{}, Config::array()});
  }
  for (Config* rule : own) {
    if (rule->contains("names")) {
      remove_name(*rule, trap.name);
    } else {
      rule->erase("name");
      (*rule)["names"] = Config::array();
    }
  }
  return {};
}

Expected<void> check_free(const Config& config, const Config& seccomp, const Listener& listener) {
  if (const std::string path = text_of(seccomp, "listenerPath"); !path.empty() && path != listener.path) {
    return failure("linux.seccomp.listenerPath \"" + path + "\": the profile has a listener already");
  }
  for (const Config& rule : seccomp.value("syscalls", Config::array())) {
    if (text_of(rule, "action") == kNotify) {
      return failure("linux.seccomp: the profile has rules with SCMP_ACT_NOTIFY already");
    }
  }
  const Annotations annotations = annotations_of(config);
  for (const char* key : {"run.oci.seccomp.receiver", "run.oci.seccomp_bpf_data"}) {
    if (annotations.contains(key)) return failure(std::string(key) + ": sets a seccomp listener of its own");
  }
  return {};
}

}  // namespace

Expected<void> merge_listener(const Listener& listener, Config& config) {
  const std::array traps = {Trap{"ioctl", 1, nvidia_requests()}, Trap{"openat", 2, node_open_flags()},
                            Trap{"open", 1, node_open_flags()}};
  Config seccomp = {{"defaultAction", "SCMP_ACT_ALLOW"}, {"architectures", {"SCMP_ARCH_X86_64"}}};
  if (config.contains("linux") && config["linux"].is_object() && config["linux"].contains("seccomp") &&
      config["linux"]["seccomp"].is_object()) {
    seccomp = config["linux"]["seccomp"];
  }
  if (const auto free = check_free(config, seccomp, listener); !free) return free;
  Config& rules = seccomp["syscalls"];
  if (!rules.is_array()) rules = Config::array();
  std::vector<Config> added;
  const bool allowed_by_default = lets_through(text_of(seccomp, "defaultAction"));
  for (const Trap& trap : traps) {
    if (const auto done = split_rules(trap, allowed_by_default, rules, added); !done) return done;
  }
  Config kept = Config::array();
  for (Config& rule : rules) {
    if (!rule.is_object() || !rule.contains("names") || !rule["names"].empty()) kept.push_back(std::move(rule));
  }
  for (Config& rule : added) kept.push_back(std::move(rule));
  rules = std::move(kept);
  seccomp["listenerPath"] = listener.path;
  seccomp["listenerMetadata"] = listener.metadata;
  config["linux"]["seccomp"] = std::move(seccomp);
  return {};
}

}  // namespace vgpu::oci
