#include <filesystem>

#include "gpu/model/device_file.h"
#include "gpu/model/device_nodes.h"
#include "hook/child_process.h"
#include "hook/container.h"
#include "hook/container_namespace.h"
#include "hook/container_state.h"
#include "hook/driver_view.h"
#include "hook/mount_points.h"
#include "hook/preparation.h"
#include "hook/report.h"
#include "hook/shared_cache.h"
#include "hook/stages.h"
#include "hook/state_folder.h"
#include "host/state_root.h"
#include "oci/cdi_device.h"

namespace vgpu::hook {
namespace {

constexpr const char* kDeviceFileName = "device.json";

Expected<ContainerState> read_state() {
  const auto text = read_standard_input();
  if (!text) return std::unexpected(text.error());
  return parse_container_state(*text);
}

// Unlike the libraries not by the configuration: a runtime that mounts from within a user namespace of the container's
// could not get through the closed folders above it.
Expected<void> give_cache(const ContainerState& state, const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder + "/" + oci::kCachePlace, error)) return {};
  const auto container = read_container(state);
  if (!container) return std::unexpected(container.error());
  const auto request = oci::request_of(container->config, machine_limits());
  if (!request) return std::unexpected(request.error());
  if (!*request || !(*request)->cache) return {};
  const auto space = ContainerNamespace::open(state.pid, container->root);
  if (!space) return std::unexpected(space.error());
  return in_child_process([&] { return mount_cache(*(*request)->cache, *space, container->root); });
}

Expected<void> show_driver_to(const ContainerState& state, const std::string& folder) {
  const auto container = read_container(state);
  if (!container) return std::unexpected(container.error());
  // Without a node of the driver there is none that programs could use.
  if (!oci::has_device_node(container->config, "/dev/" + model::device_nodes(1).front().name)) return {};
  const auto text = read_file(folder + "/" + oci::kDeviceFolderName + "/" + kDeviceFileName);
  if (!text) return std::unexpected(text.error());
  const auto devices = model::parse_device_json(*text);
  if (!devices) return std::unexpected(devices.error());
  const auto space = ContainerNamespace::open(state.pid, container->root);
  if (!space) return std::unexpected(space.error());
  return in_child_process([&] { return show_driver(*devices, *space, container->root); });
}

}  // namespace

Expected<void> create_runtime() {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  if (auto recorded = states->record_process(state->id, state->pid); !recorded) return recorded;
  // A device works without it, so a machine that has no place for it starts the container all the same.
  if (auto shown = show_driver_to(*state, states->path_of(state->id)); !shown) report(shown.error().message);
  return give_cache(*state, states->path_of(state->id));
}

Expected<void> poststop() {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  remove_mount_points(*states, state->id);
  const auto removed = states->remove(state->id);
  sweep(*states);
  return removed;
}

void refuse(const std::string& reason) {
  report_again(reason);
  const auto state = read_state();
  if (!state) return;
  if (auto states = StateFolders::open(host::state_root())) static_cast<void>(states->remove(state->id));
}

}  // namespace vgpu::hook
