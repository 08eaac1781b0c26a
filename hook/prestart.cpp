#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "gpu/model/cache_folder.h"
#include "hook/child_process.h"
#include "hook/container.h"
#include "hook/container_namespace.h"
#include "hook/container_state.h"
#include "hook/device_nodes.h"
#include "hook/driver_view.h"
#include "hook/mount_points.h"
#include "hook/preload_file.h"
#include "hook/preparation.h"
#include "hook/report.h"
#include "hook/shared_cache.h"
#include "hook/stages.h"
#include "hook/state_folder.h"
#include "host/state_root.h"
#include "oci/cdi_device.h"
#include "oci/config.h"
#include "oci/library_names.h"
#include "oci/preload.h"
#include "oci/seccomp_merge.h"

namespace vgpu::hook {
namespace {

// The image as the container sees it, volumes included.
Expected<void> look_at_image(const Container& container, const ContainerNamespace& space, oci::Facts& facts) {
  if (const auto entered = space.enter(); !entered) return entered;
  const auto rootfs = oci::open_rootfs(container.root);
  if (!rootfs) return std::unexpected(rootfs.error());
  const auto library_path = oci::environment_variable(container.config, "LD_LIBRARY_PATH").value_or("");
  facts.covers = oci::find_covers(**rootfs, library_path);
  facts.has_own_management_library = std::ranges::any_of(
      facts.covers, [](const oci::Cover& cover) { return cover.library == oci::kManagementLibrary; });
  facts.system_folder = oci::system_library_folder(**rootfs).value_or("");
  facts.has_glibc = oci::has_glibc(**rootfs);
  facts.cache_path = oci::environment_variable(container.config, model::kCachePathVariable).value_or("");
  const FileDescriptor root(::open(container.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return system_failure("open root file system", container.root, errno);
  auto content = read_preload_file(root.get());
  if (!content) return std::unexpected(content.error());
  facts.preload_file = *std::move(content);
  return space.leave();
}

// Adds to `made` the files that it makes as mount points, also when it fails.
Expected<void> mount_all(const Container& container, const ContainerNamespace& space,
                         const std::vector<oci::Mount>& mounts, std::vector<std::string>& made) {
  std::vector<FileDescriptor> copies;
  for (const oci::Mount& mount : mounts) {
    auto copy = detached_mount(mount.source, mount.node ? kNodeMount : kReadOnlyMount);
    if (!copy) return std::unexpected(copy.error());
    copies.push_back(*std::move(copy));
  }
  if (const auto entered = space.enter(); !entered) return entered;
  const FileDescriptor root(::open(container.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return system_failure("open root file system", container.root, errno);
  for (std::size_t index = 0; index < mounts.size(); ++index) {
    const auto target = open_target(root.get(), mounts[index].destination, mounts[index].folder);
    if (!target) return std::unexpected(target.error());
    if (target->made_file) made.push_back(mounts[index].destination);
    if (space.is_shared(target->descriptor)) {
      return failure("mount \"" + mounts[index].destination +
                     "\": is in a volume that shares its mounts with the host");
    }
    const auto attached = attach_mount(copies[index], target->descriptor, mounts[index].destination);
    if (!attached) return attached;
  }
  return {};
}

// Who listens is in the profile, and known to the runtime: here it counts that there is somebody, and device nodes.
void find_listener(const Container& container, const oci::Request& request, oci::Facts& facts) {
  const std::string containers = host::state_root() + host::kContainersFolder;
  if (!oci::has_shared_listener(container.config, containers) || !oci::has_private_device_folder(container.config)) {
    return;
  }
  facts.node_folder = device_node_folder(facts.state_folder, request.count);
  if (!facts.node_folder.empty()) facts.listener = oci::Listener{{}, containers};
}

Expected<void> give_device(const Container& container, const oci::Request& request) {
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  sweep(*states);
  if (states->is_in_use(container.state.id)) return {};
  auto facts = installation_facts(container.state.id, states->path_of(container.state.id));
  if (!facts) return std::unexpected(facts.error());
  const auto space = ContainerNamespace::open(container.state.pid, container.root);
  if (!space) return std::unexpected(space.error());
  if (auto looked = look_at_image(container, *space, *facts); !looked) return looked;
  if (auto created = states->create(container.state.id, {}); !created) return created;
  find_listener(container, request, *facts);
  const auto plan = oci::make_plan(request, *facts);
  if (!plan) return std::unexpected(plan.error());
  for (const oci::File& file : plan->files) {
    if (auto written = states->write(container.state.id, file); !written) return written;
  }
  for (const std::string& name : plan->folders) {
    if (auto folder = states->make_folder_in(container.state.id, name); !folder) return folder;
  }
  if (auto recorded = states->record_process(container.state.id, container.state.pid); !recorded) return recorded;
  std::vector<std::string> made;
  const auto mounted = mount_all(container, *space, plan->mounts, made);
  // Back on the host's side: the state folder may not be visible from the container's.
  if (auto left = space->leave(); !left) return left;
  if (auto noted = record_mount_points(*states, container.state.id, {container.root, made}); !noted) return noted;
  if (!mounted) return mounted;
  if (request.cache) {
    if (auto cached = mount_cache(*request.cache, *space, container.root); !cached) return cached;
  }
  // A device works without it, so a machine that has no place for it starts the container all the same.
  const auto shown = show_driver(oci::request_devices(request, container.state.id), *space, container.root);
  if (!shown) report(shown.error().message);
  return {};
}

}  // namespace

Expected<void> prestart() {
  const auto text = read_standard_input();
  if (!text) return std::unexpected(text.error());
  const auto state = parse_container_state(*text);
  if (!state) return std::unexpected(state.error());
  const auto container = read_container(*state);
  if (!container) return std::unexpected(container.error());
  const auto request = oci::request_of(container->config, machine_limits());
  if (!request) return std::unexpected(request.error());
  if (!*request || oci::has_plan(container->config)) return {};
  return in_child_process([&] { return give_device(*container, **request); });
}

}  // namespace vgpu::hook
