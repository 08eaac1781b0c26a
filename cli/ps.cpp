#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/usage/node.h"
#include "cli/usage/print.h"
#include "host/state_root.h"

namespace vgpu::cli {
namespace {

constexpr std::chrono::milliseconds kTime{2000};

void print(bool json) {
  const std::string root = host::state_root();
  const auto containers = usage::look_at_node(root, kTime);
  for (const usage::Container& container : containers) {
    if (container.unknown.empty()) continue;
    std::fprintf(stderr, "vgpu: container %.12s: what it uses is not known: %s\n", container.id.c_str(),
                 usage::printable(container.unknown).c_str());
  }
  if (json) {
    std::fputs(usage::json_text(containers).c_str(), stdout);
  } else if (containers.empty()) {
    std::printf("no container with a vGPU (looked in %s/containers)\n", root.c_str());
  } else {
    std::fputs(usage::device_table(containers).c_str(), stdout);
  }
}

}  // namespace

void add_ps(CLI::App& program) {
  CLI::App* command = program.add_subcommand("ps", "List the containers with a vGPU and what they use of it");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print JSON");
  command->callback([json] { print(*json); });
}

}  // namespace vgpu::cli
