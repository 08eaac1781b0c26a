#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/exporter/address.h"
#include "cli/exporter/metrics.h"
#include "cli/exporter/server.h"
#include "host/privileges.h"
#include "host/state_root.h"

namespace vgpu::exporter {
namespace {

// dcgm-exporter's port. Others on the network see a node's pods only when its owner says so.
constexpr const char* kAddress = "127.0.0.1:9400";
// Well below Prometheus' own limit of 10 s, and above the quarter of a second that supervisors take at most.
constexpr std::chrono::milliseconds kTime{1000};

struct Options {
  std::string listen = kAddress;
  std::string state_root = host::state_root();
  std::string host;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string scrape(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto containers = cli::usage::look_at_node(options.state_root, kTime, cli::usage::Unseen::Unknown);
  return metrics_text(containers, options.host, std::chrono::steady_clock::now() - start);
}

Expected<void> serve(const Options& options) {
  // Sockets of supervisors are their user's, and so is this process: it needs no right beyond that.
  if (auto isolated = host::isolate_process(); !isolated) return isolated;
  if (auto kept = host::keep_capabilities({}); !kept) return kept;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  auto socket = listen_at(options.listen);
  if (!socket) return std::unexpected(socket.error());
  std::printf("vgpu-exporter: listens at %s\n", address_of(*socket).c_str());
  std::fflush(stdout);
  const auto server = Server::start(*std::move(socket), [&options] { return scrape(options); });
  if (!server) return std::unexpected(server.error());
  int number = 0;
  ::sigwait(&signals, &number);
  return {};
}

}  // namespace
}  // namespace vgpu::exporter

int main(int argc, char** argv) {
  CLI::App program("Prometheus metrics of this machine's containers with a vGPU");
  vgpu::exporter::Options options;
  program.add_option("--listen", options.listen, "HOST:PORT; without HOST, all addresses")->capture_default_str();
  program.add_option("--state-root", options.state_root, "Where the containers' state is")->capture_default_str();
  program.add_option("--host", options.host, "The label Hostname (default: the machine's name, or NODE_NAME)")
      ->envname("NODE_NAME");
  try {
    program.parse(argc, argv);
    if (options.host.empty()) options.host = vgpu::exporter::host_name();
    const auto served = vgpu::exporter::serve(options);
    if (served) return 0;
    std::fprintf(stderr, "vgpu-exporter: %s\n", served.error().message.c_str());
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vgpu-exporter: %s\n", error.what());
  }
  return 1;
}
