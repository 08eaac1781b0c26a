#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "hook/capabilities.h"
#include "hook/edit_config.h"
#include "hook/engine.h"
#include "hook/runtime/bundle.h"
#include "hook/runtime/commands.h"
#include "hook/runtime/real_runtime.h"
#include "hook/runtime/reduced_process.h"
#include "hook/state_folder.h"
#include "host/log_file.h"
#include "host/state_root.h"
#include "oci/annotation_keys.h"

namespace vgpu::runtime {
namespace {

// A refusal by a precreate hook, which has its links, is said once more here.
void forget(const std::string& id) {
  auto states = hook::StateFolders::open(host::state_root());
  if (states && !states->is_in_use(id)) static_cast<void>(states->remove(id));
}

// A configuration that was edited before is for the container of that time.
bool is_of_the_past(const oci::Config& config) {
  const std::string folders = host::state_root() + "/containers/";
  return std::ranges::any_of(oci::mount_sources(config), [&](const std::string& source) {
    struct stat status{};
    return source.starts_with(folders) && ::lstat(source.c_str(), &status) != 0 && errno == ENOENT;
  });
}

Result edit(const BundleConfig& bundle, const std::string& id, bool wait_killable) {
  const auto config = oci::parse_config(bundle.text());
  if (!config) {
    // The real runtime says what is wrong with it.
    if (bundle.text().find(oci::kPrefix) == std::string::npos) return std::nullopt;
    return std::unexpected(config.error());
  }
  auto edited = hook::edit_config(*config, {id, bundle.folder(), wait_killable});
  if (edited && *edited) return (*edited)->dump();
  if (edited && is_of_the_past(*config)) {
    edited = failure("bundle \"" + bundle.folder() + "\": has the vGPU of a container that is gone; make it anew");
  }
  if (edited) return std::nullopt;
  host::write_to_log(host::open_log_file("hook.log"), host::log_line(edited.error().message));
  forget(id);
  return std::unexpected(edited.error());
}

}  // namespace

Expected<void> edit_bundle(const Invocation& invocation, const std::string& real_runtime) {
  const auto bundle = BundleConfig::open(invocation.bundle, invocation.config);
  if (!bundle) return std::unexpected(bundle.error());
  if (!*bundle) return {};
  const auto edited = in_reduced_process(hook::kPrepare, [&] {
    return edit(**bundle, invocation.id, is_crun(real_runtime) && hook::kernel_can_wait_killable());
  });
  if (!edited) return std::unexpected(edited.error());
  if (!*edited) return {};
  if (auto replaced = (*bundle)->replace(**edited); !replaced) {
    static_cast<void>(clean_up(invocation.id));
    return replaced;
  }
  return {};
}

}  // namespace vgpu::runtime
