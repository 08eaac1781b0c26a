#include "oci/seccomp_merge.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "oci/seccomp_rules.h"

namespace vgpu::oci {
namespace {

// crun's annotations that give the filter a listener, or replace it.
constexpr const char* kFilterAnnotations[] = {"run.oci.seccomp.receiver", "run.oci.seccomp_bpf_data"};

constexpr std::string_view kNotify = "SCMP_ACT_NOTIFY";
constexpr const char* kWaitKillable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";
// Far more than sensible profiles come to, and far less than a filter can hold (BPF_MAXINSNS).
constexpr std::size_t kMostRules = 400;

// A system call that is notified of by the value of one argument.
struct Trap {
  std::string_view name;
  unsigned argument;
  const std::vector<Cube>& cubes;
};

// The calls that a rule is about: those whose value of the trap's argument is in one cube and in none of the others,
// and that meet the conditions on other arguments.
struct Calls {
  Cube within;
  std::vector<Cube> without;
  Config others = Config::array();
};

std::string text_of(const Config& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_of(const Config& object, const char* name, std::uint64_t missing = 0) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_number() ? found->get<std::uint64_t>() : missing;
}

bool lets_through(std::string_view action) {
  return action == "SCMP_ACT_ALLOW" || action == "SCMP_ACT_LOG";
}

// An action as libseccomp tells them apart. Runtimes pass over the rules whose action is the default one.
std::string action_of(const Config& object, const char* action_name, const char* error_name) {
  const std::string action = text_of(object, action_name);
  if (action == "SCMP_ACT_KILL") return "SCMP_ACT_KILL_THREAD";
  if (action != "SCMP_ACT_ERRNO" && action != "SCMP_ACT_TRACE") return action;
  return action + " " + std::to_string(number_of(object, error_name, EPERM));
}

bool has_name(const Config& rule, std::string_view name) {
  const auto names = rule.is_object() ? rule.find("names") : rule.end();
  if (names == rule.end() || !names->is_array()) return text_of(rule, "name") == name;
  return std::ranges::any_of(*names, [&](const Config& one) { return one.is_string() && one == name; });
}

void remove_name(Config& rule, std::string_view name) {
  rule.erase("name");
  Config& names = rule["names"];
  if (!names.is_array()) names = Config::array();
  for (auto one = names.begin(); one != names.end();) one = *one == name ? names.erase(one) : one + 1;
}

std::vector<Config> arguments_of(const Config& rule) {
  const auto arguments = rule.find("args");
  if (arguments == rule.end() || !arguments->is_array()) return {};
  return {arguments->begin(), arguments->end()};
}

std::unexpected<Error> cannot_combine(const Trap& trap, const std::string& why) {
  return failure("linux.seccomp: the profile's rules for " + std::string(trap.name) + " " + why +
                 ", which cannot be combined with vgpu's listener");
}

// Narrows `calls` by a condition.
Expected<void> add_condition(const Trap& trap, const Config& condition, Calls& calls) {
  if (number_of(condition, "index") != trap.argument) {
    calls.others.push_back(condition);
    return {};
  }
  const std::string comparison = text_of(condition, "op");
  const std::uint64_t value = number_of(condition, "value");
  if (comparison == "SCMP_CMP_EQ") {
    calls.within = {UINT64_MAX, value};
  } else if (comparison == "SCMP_CMP_NE") {
    calls.without.push_back({UINT64_MAX, value});
  } else if (comparison == "SCMP_CMP_MASKED_EQ") {
    calls.within = {value, number_of(condition, "valueTwo") & value};
  } else {
    return cannot_combine(trap, "compare argument " + std::to_string(trap.argument));
  }
  return {};
}

// What a rule is about. Runtimes take a rule with two conditions on one argument as a rule for each of its conditions.
Expected<std::vector<Calls>> calls_of(const Trap& trap, const Config& rule) {
  const std::vector<Config> arguments = arguments_of(rule);
  std::set<std::uint64_t> indices;
  for (const Config& argument : arguments) indices.insert(number_of(argument, "index"));
  const bool alternatives = indices.size() < arguments.size();
  std::vector<Calls> all(alternatives ? arguments.size() : 1);
  for (std::size_t number = 0; number < arguments.size(); ++number) {
    const auto added = add_condition(trap, arguments[number], all[alternatives ? number : 0]);
    if (!added) return std::unexpected(added.error());
  }
  return all;
}

// The rule for one cube: the old one's other members and conditions, with an action of its own.
Config rule_for(const Config& old, const Trap& trap, std::string_view action, const Cube& cube, const Config& others) {
  Config rule = Config::object();
  // Not a copy: a profile's rules have hundreds of names.
  for (const auto& [key, value] : old.items()) {
    if (key != "name" && key != "names" && key != "args" && (key != "errnoRet" || action != kNotify)) rule[key] = value;
  }
  rule["names"] = Config::array({trap.name});
  rule["action"] = action;
  rule["args"] = others;
  if (cube.mask == UINT64_MAX) {
    rule["args"].push_back({{"index", trap.argument}, {"value", cube.value}, {"op", "SCMP_CMP_EQ"}});
  } else if (cube.mask != 0) {
    rule["args"].push_back(
        {{"index", trap.argument}, {"value", cube.mask}, {"valueTwo", cube.value}, {"op", "SCMP_CMP_MASKED_EQ"}});
  }
  return rule;
}

std::vector<Cube> joined(std::vector<Cube> first, const std::vector<Cube>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Adds the rules that notify of the trapped ones of some calls, but for those that are denied.
void notify_of(const Trap& trap, const Config& rule, const Calls& calls, const std::vector<Cube>& denied,
               std::vector<Config>& added) {
  for (const Cube& cube : trap.cubes) {
    for (const Cube& both : intersection(calls.within, cube)) {
      for (const Cube& rest : difference(both, joined(calls.without, denied))) {
        added.push_back(rule_for(rule, trap, kNotify, rest, calls.others));
      }
    }
  }
}

// Adds the rules that let the others of these calls through as `rule` did.
void let_through(const Trap& trap, const Config& rule, const Calls& calls, const std::vector<Cube>& denied,
                 std::vector<Config>& added) {
  for (const Cube& rest : difference(calls.within, joined(joined(calls.without, trap.cubes), denied))) {
    added.push_back(rule_for(rule, trap, text_of(rule, "action"), rest, calls.others));
  }
}

// The rules of a profile that decide on one system call.
struct Deciding {
  std::vector<Config*> rules;
  const Config* unconditional = nullptr;  // the first such: libseccomp lets it win over all the others
};

Deciding rules_for(const Trap& trap, const std::string& default_action, Config& all) {
  Deciding deciding;
  for (Config& rule : all) {
    if (!rule.is_object() || !has_name(rule, trap.name)) continue;
    if (action_of(rule, "action", "errnoRet") == default_action) continue;
    deciding.rules.push_back(&rule);
    if (deciding.unconditional == nullptr && arguments_of(rule).empty()) deciding.unconditional = &rule;
  }
  return deciding;
}

// Adds to `added` what takes the place of the rules that let one call through, and removes its name from those.
Expected<void> split_rules(const Trap& trap, const std::string& default_action, Config& all,
                           std::vector<Config>& added) {
  const Deciding deciding = rules_for(trap, default_action, all);
  if (deciding.unconditional != nullptr) {
    if (!lets_through(text_of(*deciding.unconditional, "action"))) return {};
    notify_of(trap, *deciding.unconditional, {}, {}, added);
    let_through(trap, *deciding.unconditional, {}, {}, added);
    for (Config* rule : deciding.rules) remove_name(*rule, trap.name);
    return {};
  }
  std::vector<Cube> denied;
  std::vector<std::pair<Config*, Calls>> through;
  for (Config* rule : deciding.rules) {
    const auto alternatives = calls_of(trap, *rule);
    if (!alternatives) return std::unexpected(alternatives.error());
    for (const Calls& calls : *alternatives) {
      if (lets_through(text_of(*rule, "action"))) {
        through.emplace_back(rule, calls);
      } else if (!calls.others.empty()) {
        return cannot_combine(trap, "deny it by other arguments");
      } else {
        denied = joined(denied, difference(calls.within, calls.without));
      }
    }
  }
  for (const auto& [rule, calls] : through) {
    notify_of(trap, *rule, calls, denied, added);
    let_through(trap, *rule, calls, denied, added);
  }
  if (lets_through(default_action)) notify_of(trap, Config::object(), {}, denied, added);
  for (const auto& [rule, calls] : through) remove_name(*rule, trap.name);
  if (added.size() > kMostRules) return cannot_combine(trap, "have too many conditions");
  return {};
}

Expected<void> check_free(const Config& config, const Config& seccomp, const Listener& listener) {
  if (const std::string path = text_of(seccomp, "listenerPath"); !path.empty() && path != listener.path) {
    return failure("linux.seccomp.listenerPath \"" + path + "\": the profile has a listener already");
  }
  if (text_of(seccomp, "defaultAction") == kNotify) {
    return failure("linux.seccomp: the profile's default action is SCMP_ACT_NOTIFY already");
  }
  const auto rules = seccomp.find("syscalls");
  for (const Config& rule : rules != seccomp.end() && rules->is_array() ? *rules : Config::array()) {
    if (text_of(rule, "action") == kNotify) {
      return failure("linux.seccomp: the profile has rules with SCMP_ACT_NOTIFY already");
    }
  }
  const Annotations annotations = annotations_of(config);
  for (const char* key : kFilterAnnotations) {
    if (annotations.contains(key)) return failure(std::string(key) + ": sets a seccomp listener of its own");
  }
  return {};
}

// Takes the place of the listener of a profile that was made for any container. False when the filter has none.
bool replace_shared_listener(const Listener& listener, Config& config) {
  const std::size_t slash = listener.metadata.rfind('/');
  if (slash == std::string::npos || !has_shared_listener(config, listener.metadata.substr(0, slash))) return false;
  Config& seccomp = config["linux"]["seccomp"];
  seccomp["listenerPath"] = listener.path;
  seccomp["listenerMetadata"] = listener.metadata;
  return true;
}

}  // namespace

bool has_shared_listener(const Config& config, std::string_view containers) {
  const auto section = config.find("linux");
  if (containers.empty() || section == config.end() || !section->is_object() || !section->contains("seccomp")) {
    return false;
  }
  const Config& seccomp = (*section)["seccomp"];
  return text_of(seccomp, "listenerMetadata") == containers && !text_of(seccomp, "listenerPath").empty();
}

Expected<void> merge_listener(const Listener& listener, Config& config) {
  if (replace_shared_listener(listener, config)) return {};
  const std::array traps = {Trap{"ioctl", 1, nvidia_requests()}, Trap{"openat", 2, node_open_flags()},
                            Trap{"open", 1, node_open_flags()}};
  // A filter kills the callers of architectures that it does not name; without a filter they are free to call.
  Config seccomp = {{"defaultAction", "SCMP_ACT_ALLOW"},
                    {"architectures", {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}}};
  if (config.contains("linux") && config["linux"].is_object() && config["linux"].contains("seccomp") &&
      config["linux"]["seccomp"].is_object()) {
    seccomp = config["linux"]["seccomp"];
  }
  if (const auto free = check_free(config, seccomp, listener); !free) return free;
  Config& rules = seccomp["syscalls"];
  if (!rules.is_array()) rules = Config::array();
  std::vector<Config> added;
  const std::string default_action = action_of(seccomp, "defaultAction", "defaultErrnoRet");
  for (const Trap& trap : traps) {
    if (const auto done = split_rules(trap, default_action, rules, added); !done) return done;
  }
  Config kept = Config::array();
  for (Config& rule : rules) {
    if (!rule.is_object() || !rule.contains("names") || !rule["names"].empty()) kept.push_back(std::move(rule));
  }
  for (Config& rule : added) kept.push_back(std::move(rule));
  rules = std::move(kept);
  seccomp["listenerPath"] = listener.path;
  seccomp["listenerMetadata"] = listener.metadata;
  if (listener.wait_killable) {
    Config& flags = seccomp["flags"];
    if (!flags.is_array()) flags = Config::array();
    if (std::ranges::find(flags, kWaitKillable) == flags.end()) flags.push_back(kWaitKillable);
  }
  config["linux"]["seccomp"] = std::move(seccomp);
  return {};
}

void remove_filter(Config& config) {
  if (config.contains("linux") && config["linux"].is_object()) config["linux"].erase("seccomp");
  if (!config.contains("annotations") || !config["annotations"].is_object()) return;
  for (const char* key : kFilterAnnotations) config["annotations"].erase(key);
}

}  // namespace vgpu::oci
