#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "hook/container_state.h"
#include "hook/device_nodes.h"
#include "hook/engine.h"
#include "hook/mount_points.h"
#include "hook/preparation.h"
#include "hook/report.h"
#include "hook/stages.h"
#include "hook/state_folder.h"
#include "hook/supervisor.h"
#include "host/state_root.h"
#include "oci/config.h"
#include "oci/installation.h"
#include "oci/library_names.h"
#include "oci/preload.h"
#include "oci/rootfs.h"
#include "oci/seccomp_merge.h"

namespace vgpu::hook {
namespace {

Expected<void> write_standard_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t length = ::write(STDOUT_FILENO, text.data(), text.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_failure("write", "standard output", errno);
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

std::string random_id() {
  std::array<unsigned char, 32> bytes{};
  [[maybe_unused]] const ssize_t length = ::getrandom(bytes.data(), bytes.size(), 0);
  std::string id;
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte >> 4];
    id += "0123456789abcdef"[byte & 15];
  }
  return id;
}

// In the image, or in what the user mounts: a file, or a folder with it at its top or in its library folder.
bool has_management_library(const std::vector<oci::Cover>& covers, const oci::Config& config) {
  const auto is_it = [](const std::string& name) { return oci::covering_library(name) == oci::kManagementLibrary; };
  if (std::ranges::any_of(covers, [&](const oci::Cover& cover) { return cover.library == oci::kManagementLibrary; })) {
    return true;
  }
  return std::ranges::any_of(oci::mount_sources(config), [&](const std::string& source) {
    return is_it(source.substr(source.rfind('/') + 1)) || std::ranges::any_of(oci::names_in(source), is_it) ||
           std::ranges::any_of(oci::names_in(source + "/lib"), is_it);
  });
}

// Makes what the container has on the host, and starts its supervisor. The edited configuration.
Expected<oci::Config> prepare(const oci::Request& request, const oci::Config& config, const std::string& id) {
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  sweep(*states);
  const std::string folder = states->path_of(id);
  auto facts = installation_facts(id, folder);
  if (!facts) return std::unexpected(facts.error());
  const auto root = oci::rootfs_path(config, std::filesystem::current_path().string());
  if (!root) return std::unexpected(root.error());
  const auto rootfs = oci::open_rootfs(*root);
  if (!rootfs) return std::unexpected(rootfs.error());
  facts->covers = oci::find_covers(**rootfs, oci::environment_variable(config, "LD_LIBRARY_PATH").value_or(""));
  // In what the user mounts no mount point is made.
  if (auto found = oci::preferred_library_folder(**rootfs); found && !oci::has_mount_around(config, *found)) {
    facts->preferred_folder = *std::move(found);
  }
  facts->has_glibc = oci::has_glibc(**rootfs);
  facts->has_own_management_library = has_management_library(facts->covers, config);
  if (const auto created = states->create(id, {}); !created) return std::unexpected(created.error());
  facts->node_folder = device_node_folder(folder, request.count);
  facts->runtime_makes_nodes = facts->node_folder.starts_with(folder) && oci::has_own_device_folder(config);
  const auto shared = node_supervisor(host::state_root(), folder);
  if (!facts->node_folder.empty()) facts->listener = shared ? *shared : supervisor_of(folder);
  if (facts->listener) facts->listener->wait_killable = can_wait_killable();
  const auto plan = oci::make_plan(request, *facts);
  if (!plan) return std::unexpected(plan.error());
  for (const oci::File& file : plan->files) {
    if (const auto written = states->write(id, file); !written) return std::unexpected(written.error());
  }
  oci::Config edited = config;
  if (const auto applied = oci::apply_plan(*plan, edited); !applied) return std::unexpected(applied.error());
  if (!plan->listener || shared) return edited;
  const auto program = oci::supervisor_program(facts->hook_program);
  if (!program) return std::unexpected(program.error());
  if (const auto started = start_supervisor(*program, folder); !started) return std::unexpected(started.error());
  return edited;
}

// Even where the link cannot be made, the hook fails the start: then without the reason under crun.
Expected<oci::Plan> refusal(const std::string& reason, const std::string& id) {
  const auto program = oci::program_path();
  if (!program) return std::unexpected(program.error());
  const std::string line = "vgpu: " + reason;
  const auto states = StateFolders::open(host::state_root());
  if (!states) return oci::make_refusal(reason, *program);
  auto folders = *states;
  sweep(folders);
  const auto link = folders.create_refusal(id, oci::refusal_name(line), *program);
  return oci::make_refusal(reason, link ? *link : *program);
}

}  // namespace

Expected<void> precreate() {
  const auto text = read_standard_input();
  if (!text) return std::unexpected(text.error());
  auto config = oci::parse_config(*text);
  if (!config) return std::unexpected(config.error());
  const auto request = oci::parse_request(oci::annotations_of(*config), machine_limits());
  if (request && (!request->has_value() || oci::has_plan(*config))) return write_standard_output(*text);

  std::string id = oci::container_id_of(*config);
  if (id.empty()) id = random_id();
  const auto prepared = request ? prepare(request->value(), *config, id) : std::unexpected(request.error());
  if (prepared) return write_standard_output(prepared->dump());
  report(prepared.error().message);
  const auto plan = refusal(prepared.error().message, id);
  if (!plan) return std::unexpected(plan.error());
  if (const auto applied = oci::apply_plan(*plan, *config); !applied) return applied;
  oci::remove_filter(*config);
  return write_standard_output(config->dump());
}

}  // namespace vgpu::hook
