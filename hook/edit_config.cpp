#include "hook/edit_config.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "gpu/model/cache_folder.h"
#include "hook/device_nodes.h"
#include "hook/mount_points.h"
#include "hook/podman_names.h"
#include "hook/preparation.h"
#include "hook/shared_cache.h"
#include "hook/state_folder.h"
#include "hook/supervisor.h"
#include "host/state_root.h"
#include "oci/cdi_device.h"
#include "oci/installation.h"
#include "oci/library_names.h"
#include "oci/preload.h"
#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

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

Expected<void> look_at_image(const oci::Config& config, const std::string& bundle, oci::Facts& facts) {
  const auto root = oci::rootfs_path(config, bundle);
  if (!root) return std::unexpected(root.error());
  const auto rootfs = oci::open_rootfs(*root);
  if (!rootfs) return std::unexpected(rootfs.error());
  facts.covers = oci::find_covers(**rootfs, oci::environment_variable(config, "LD_LIBRARY_PATH").value_or(""));
  // In what the user mounts no mount point is made.
  if (auto found = oci::preferred_library_folder(**rootfs); found && !oci::has_mount_around(config, *found)) {
    facts.preferred_folder = *std::move(found);
  }
  facts.has_glibc = oci::has_glibc(**rootfs);
  facts.cache_path = oci::environment_variable(config, model::kCachePathVariable).value_or("");
  facts.has_own_management_library = has_management_library(facts.covers, config);
  return {};
}

// The container's folder is there. `facts` are those of the installation and the image.
Expected<oci::Config> give_device(const oci::Request& request, const oci::Config& config, bool wait_killable,
                                  StateFolders& states, oci::Facts& facts) {
  const std::string& folder = facts.state_folder;
  facts.node_folder = device_node_folder(folder, request.count);
  facts.runtime_makes_nodes = facts.node_folder.starts_with(folder) && oci::has_own_device_folder(config);
  const auto shared = node_supervisor(host::state_root(), folder);
  if (!facts.node_folder.empty()) facts.listener = shared ? *shared : supervisor_of(folder);
  if (facts.listener) facts.listener->wait_killable = wait_killable;
  const auto plan = oci::make_plan(request, facts);
  if (!plan) return std::unexpected(plan.error());
  for (const oci::File& file : plan->files) {
    if (const auto written = states.write(facts.container_id, file); !written) return std::unexpected(written.error());
  }
  for (const std::string& name : plan->folders) {
    if (const auto made = states.make_folder_in(facts.container_id, name); !made) return std::unexpected(made.error());
  }
  // Mounted at createRuntime; what cannot be made is said while there is a way to the user.
  if (request.cache) {
    if (const auto made = make_cache(*request.cache); !made) return std::unexpected(made.error());
  }
  oci::Config edited = config;
  if (const auto applied = oci::apply_plan(*plan, edited); !applied) return std::unexpected(applied.error());
  if (!plan->listener || shared) return edited;
  const auto program = oci::supervisor_program(facts.hook_program);
  if (!program) return std::unexpected(program.error());
  if (const auto started = start_supervisor(*program, folder); !started) return std::unexpected(started.error());
  return edited;
}

}  // namespace

std::string identify(const oci::Config& config) {
  if (std::string id = oci::container_id_of(config); !id.empty()) return id;
  std::array<unsigned char, 32> bytes{};
  [[maybe_unused]] const ssize_t length = ::getrandom(bytes.data(), bytes.size(), 0);
  std::string id;
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte >> 4];
    id += "0123456789abcdef"[byte & 15];
  }
  return id;
}

Expected<std::optional<oci::Config>> edit_config(const oci::Config& config, const Surroundings& surroundings) {
  const std::string id = surroundings.id.empty() ? identify(config) : surroundings.id;
  oci::Config named = config;
  add_podman_names(id, named);
  const auto request = oci::request_of(named, machine_limits());
  if (!request) return std::unexpected(request.error());
  if (!request->has_value() || oci::has_plan(config)) return std::nullopt;
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  sweep(*states);
  // An engine that calls by mistake fails later, and the container that has this ID keeps its device.
  if (states->is_in_use(id)) return failure("container ID \"" + id + "\": a container that runs has it");
  auto facts = installation_facts(id, states->path_of(id));
  if (!facts) return std::unexpected(facts.error());
  if (auto looked = look_at_image(config, surroundings.bundle, *facts); !looked) {
    return std::unexpected(looked.error());
  }
  if (const auto created = states->create(id, {}); !created) return std::unexpected(created.error());
  auto edited = give_device(**request, named, surroundings.wait_killable, *states, *facts);
  if (edited) return *std::move(edited);
  static_cast<void>(states->remove(id));
  return std::unexpected(edited.error());
}

}  // namespace vgpu::hook
