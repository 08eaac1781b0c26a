#include "hook/runtime/arguments.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace vgpu::runtime {
namespace {

constexpr std::array<std::string_view, 17> kCommands = {"checkpoint", "create", "delete", "events", "exec", "features",
                                                        "kill",       "list",   "mounts", "pause",  "ps",   "restore",
                                                        "resume",     "run",    "spec",   "start",  "state"};

// Options before the command that have no value; all others may have one.
constexpr std::array<std::string_view, 8> kFlags = {"debug", "systemd-cgroup", "help",    "h",
                                                    "?",     "usage",          "version", "v"};

// Options of create and run that have one.
constexpr std::array<std::string_view, 8> kValued = {"bundle",         "b",        "config",       "f",
                                                     "console-socket", "pid-file", "preserve-fds", "pidfd-socket"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::ranges::find(names, name) != names.end();
}

struct Option {
  std::string_view name;
  std::optional<std::string_view> value;
};

// Go's package takes one dash for two.
Option parse_option(std::string_view text) {
  text.remove_prefix(text.starts_with("--") ? 2 : 1);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool is_option(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && text != "--";
}

class Parser {
 public:
  explicit Parser(std::span<char* const> arguments) : arguments_(arguments) {}

  Invocation parse() {
    while (at_ < arguments_.size() && is_option(arguments_[at_])) parse_global();
    if (at_ < arguments_.size() && std::string_view(arguments_[at_]) == "--") pass(1);
    if (at_ == arguments_.size()) return std::move(invocation_);
    invocation_.command = arguments_[at_];
    pass(1);
    const std::size_t rest = at_;
    if (is_one_of(invocation_.command, std::array{"create", "run"})) {
      while (at_ < arguments_.size() && is_option(arguments_[at_])) parse_of_command();
    }
    pass(arguments_.size() - at_);
    if (rest < arguments_.size() && !is_option(arguments_.back())) invocation_.id = arguments_.back();
    return std::move(invocation_);
  }

 private:
  void pass(std::size_t count) {
    for (; count > 0; --count) invocation_.arguments.push_back(arguments_[at_++]);
  }

  [[nodiscard]] bool has_next() const { return at_ + 1 < arguments_.size(); }

  void parse_global() {
    Option option = parse_option(arguments_[at_]);
    std::size_t length = 1;
    if (!option.value && !is_one_of(option.name, kFlags) && has_next()) {
      const std::string_view next = arguments_[at_ + 1];
      const bool needs_one = is_one_of(option.name, std::array{"runtime", "root", "log", "log-format"});
      if (needs_one || (!is_option(next) && !is_one_of(next, kCommands))) {
        option.value = next;
        length = 2;
      }
    }
    if (option.name == "runtime" && option.value) {
      invocation_.runtime = *option.value;
      at_ += length;
      return;
    }
    if (option.name == "log" && option.value) invocation_.log = *option.value;
    if (option.name == "log-format" && option.value) invocation_.log_format = *option.value;
    pass(length);
  }

  void parse_of_command() {
    const std::string_view text = arguments_[at_];
    Option option = parse_option(text);
    std::size_t length = 1;
    if (!option.value && is_one_of(option.name, kValued) && has_next()) {
      option.value = arguments_[at_ + 1];
      length = 2;
    }
    // argp's short option with its value behind it.
    if (!option.value && text.size() > 2 && text[1] != '-' && (text[1] == 'b' || text[1] == 'f')) {
      option = {text.substr(1, 1), text.substr(2)};
    }
    if (option.value && (option.name == "bundle" || option.name == "b")) invocation_.bundle = *option.value;
    if (option.value && (option.name == "config" || option.name == "f")) invocation_.config = *option.value;
    pass(length);
  }

  std::span<char* const> arguments_;
  std::size_t at_ = 0;
  Invocation invocation_;
};

}  // namespace

Invocation parse_invocation(std::span<char* const> arguments) {
  return Parser(arguments).parse();
}

}  // namespace vgpu::runtime
