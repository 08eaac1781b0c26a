#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "hook/container_state.h"
#include "hook/edit_config.h"
#include "hook/engine.h"
#include "hook/mount_points.h"
#include "hook/report.h"
#include "hook/stages.h"
#include "hook/state_folder.h"
#include "host/state_root.h"
#include "oci/config.h"
#include "oci/installation.h"
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
  const std::string id = identify(*config);
  const auto edited = edit_config(*config, {id, std::filesystem::current_path().string(), can_wait_killable()});
  if (edited) return write_standard_output(*edited ? (*edited)->dump() : *text);
  report(edited.error().message);
  const auto plan = refusal(edited.error().message, id);
  if (!plan) return std::unexpected(plan.error());
  if (const auto applied = oci::apply_plan(*plan, *config); !applied) return applied;
  oci::remove_filter(*config);
  return write_standard_output(config->dump());
}

}  // namespace vgpu::hook
