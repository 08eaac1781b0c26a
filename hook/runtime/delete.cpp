#include <sys/stat.h>

#include "hook/capabilities.h"
#include "hook/mount_points.h"
#include "hook/runtime/commands.h"
#include "hook/runtime/reduced_process.h"
#include "hook/state_folder.h"
#include "host/state_root.h"

namespace vgpu::runtime {
namespace {

Result remove_state(const std::string& id) {
  auto states = hook::StateFolders::open(host::state_root());
  if (!states) return std::unexpected(states.error());
  if (states->is_in_use(id)) return std::nullopt;
  hook::remove_mount_points(*states, id);
  if (auto removed = states->remove(id); !removed) return std::unexpected(removed.error());
  return std::nullopt;
}

}  // namespace

Expected<void> clean_up(const std::string& id) {
  struct stat status{};
  if (id.empty() || id[0] == '.' || id.find('/') != std::string::npos) return {};
  if (::lstat((host::state_root() + "/containers/" + id).c_str(), &status) != 0) return {};
  const auto removed = in_reduced_process(hook::kRemoveMountPoints, [&] { return remove_state(id); });
  if (!removed) return std::unexpected(removed.error());
  return {};
}

}  // namespace vgpu::runtime
