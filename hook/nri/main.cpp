// vgpu-nri: a plugin of the Node Resource Interface that gives vGPUs to containers whose pods ask for some.
//
//   vgpu-nri [--socket PATH] [--index NN] [--seccomp-profile FILE]
//
// connects to the engine, and again whenever that was restarted.
// An engine may also start it by itself, as a link /opt/nri/plugins/10-vgpu; it then ends with the engine.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "hook/nri/adjustment.h"
#include "hook/nri/session.h"
#include "host/log_file.h"
#include "host/privileges.h"

namespace vgpu::nri {
namespace {

constexpr const char* kSocketPath = "/var/run/nri/nri.sock";
constexpr unsigned kSecondsBetweenTries = 1;

struct Options {
  std::string socket = kSocketPath;
  std::string name = "vgpu";
  std::string index = "10";
  std::string profile;
  int inherited = -1;  // the connection of an engine that has started this process
};

void log(const std::string& message) {
  const std::string line = host::log_line(message);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

// nri/pkg/api: PluginSocketEnvVar, PluginNameEnvVar, PluginIdxEnvVar.
void read_environment(Options& options) {
  const auto take = [](const char* name, std::string& value) {
    if (const char* text = std::getenv(name)) value = text;
  };
  std::string number;
  take("NRI_PLUGIN_SOCKET", number);
  int descriptor = -1;
  if (std::from_chars(number.data(), number.data() + number.size(), descriptor).ec != std::errc() || descriptor < 3)
    return;
  options.inherited = descriptor;
  take("NRI_PLUGIN_NAME", options.name);
  take("NRI_PLUGIN_IDX", options.index);
}

// A profile of `vgpu seccomp generate`.
Expected<message::Seccomp> read_profile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return failure("seccomp profile \"" + path + "\": cannot be read");
  const auto profile = oci::parse_config(text);
  auto policy = profile ? make_policy(*profile) : failure("not a JSON object");
  if (!policy) return failure("seccomp profile \"" + path + "\": " + policy.error().message);
  return policy;
}

Plugin make_plugin(const std::optional<message::Seccomp>& policy) {
  return {[&policy](const message::CreateContainerRequest& container, const Engine& engine) {
            return adjust(container, {engine, policy});
          },
          log};
}

int run_once(const Options& options, const std::optional<message::Seccomp>& policy) {
  Plugin plugin = make_plugin(policy);
  const auto served = serve(FileDescriptor(options.inherited), plugin, options.name, options.index);
  if (served) return EXIT_SUCCESS;
  log(served.error().message);
  return EXIT_FAILURE;
}

[[noreturn]] void run_forever(const Options& options, const std::optional<message::Seccomp>& policy) {
  std::string last;
  const auto say = [&last](const std::string& message) {
    // An engine that is away for hours is worth one line.
    if (message != last) log(message);
    last = message;
  };
  for (;; ::sleep(kSecondsBetweenTries)) {
    const auto socket = connect_to(options.socket);
    if (!socket) {
      say(socket.error().message);
      continue;
    }
    last.clear();
    Plugin plugin = make_plugin(policy);
    const auto served = serve(*socket, plugin, options.name, options.index);
    say(served ? "the engine ends" : served.error().message);
  }
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Gives vGPUs to containers whose pods ask for some, as a plugin of the Node Resource Interface."};
  app.add_option("--socket", options.socket, "the engine's socket")->capture_default_str();
  app.add_option("--index", options.index, "two digits: plugins are called in their order")
      ->check([](const std::string& text) {
        const bool right = text.size() == 2 && text.find_first_not_of("0123456789") == std::string::npos;
        return right ? std::string() : "\"" + text + "\": not two digits";
      })
      ->capture_default_str();
  app.add_option("--seccomp-profile", options.profile,
                 "a profile of `vgpu seccomp generate`, for engines that take one in the place of their default");
  CLI11_PARSE(app, argc, argv);
  read_environment(options);
  const unsigned first_closed = options.inherited < 0 ? 3 : static_cast<unsigned>(options.inherited) + 1;
  if (const auto isolated = host::isolate_process(first_closed); !isolated) {
    log(isolated.error().message);
    return EXIT_FAILURE;
  }
  // What is done to a container, its engine and the hook do.
  if (const auto kept = host::keep_capabilities({}); !kept) {
    log(kept.error().message);
    return EXIT_FAILURE;
  }
  std::optional<message::Seccomp> policy;
  if (!options.profile.empty()) {
    auto read = read_profile(options.profile);
    if (!read) {
      log(read.error().message);
      return EXIT_FAILURE;
    }
    policy = *std::move(read);
  }
  if (options.inherited >= 0) return run_once(options, policy);
  run_forever(options, policy);
}

}  // namespace
}  // namespace vgpu::nri

int main(int argc, char** argv) {
  try {
    return vgpu::nri::run(argc, argv);
  } catch (const std::exception& error) {
    vgpu::nri::log(error.what());
    return EXIT_FAILURE;
  }
}
