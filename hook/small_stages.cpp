#include "hook/container_state.h"
#include "hook/mount_points.h"
#include "hook/report.h"
#include "hook/stages.h"
#include "hook/state_folder.h"
#include "host/state_root.h"

namespace vgpu::hook {
namespace {

Expected<ContainerState> read_state() {
  const auto text = read_standard_input();
  if (!text) return std::unexpected(text.error());
  return parse_container_state(*text);
}

}  // namespace

Expected<void> create_runtime() {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  return states->record_process(state->id, state->pid);
}

Expected<void> poststop() {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  auto states = StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  remove_mount_points(*states, state->id);
  const auto removed = states->remove(state->id);
  states->sweep();
  return removed;
}

void refuse(const std::string& reason) {
  report_again(reason);
  const auto state = read_state();
  if (!state) return;
  if (auto states = StateFolders::open(host::state_root())) static_cast<void>(states->remove(state->id));
}

}  // namespace vgpu::hook
