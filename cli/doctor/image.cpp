#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "cli/doctor/subject.h"
#include "gpu/model/device_file.h"
#include "oci/installation.h"
#include "oci/library_names.h"
#include "oci/plan.h"
#include "oci/preload.h"

namespace vgpu::cli::doctor {
namespace {

constexpr const char* kNoFolder = "/run/vgpu/containers/doctor";  // is never made

oci::Facts facts_of(const Subject& subject) {
  oci::Facts facts;
  facts.container_id = "doctor";
  facts.state_folder = kNoFolder;
  facts.library_folder = subject.library_folder;
  facts.driver_library_folder = oci::driver_library_folder(subject.library_folder);
  facts.libraries = oci::names_in(subject.library_folder);
  facts.covers = oci::find_covers(*subject.rootfs, variable(subject, "LD_LIBRARY_PATH"));
  facts.has_own_management_library = std::ranges::any_of(
      facts.covers, [](const oci::Cover& cover) { return cover.library == oci::kManagementLibrary; });
  facts.preferred_folder = oci::preferred_library_folder(*subject.rootfs).value_or("");
  facts.has_glibc = oci::has_glibc(*subject.rootfs);
  facts.node_folder = kNoFolder;
  facts.listener = oci::Listener{};
  return facts;
}

void edit(std::map<std::string, std::string>& environment, const oci::EnvironmentEdit& edit) {
  const auto [found, added] = environment.try_emplace(edit.name, edit.value);
  if (added || edit.kind == oci::EnvironmentEdit::Kind::SetIfMissing) return;
  const std::string list = ":" + found->second + ":";
  if (list.find(":" + edit.value + ":") != std::string::npos) return;
  found->second += (found->second.empty() ? "" : ":") + edit.value;
}

}  // namespace

Expected<Subject> open_image(const std::string& folder, std::map<std::string, std::string> environment,
                             const std::string& library_folder) {
  Subject subject;
  subject.name = "image \"" + folder + "\"";
  subject.root = FileDescriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!subject.root.valid()) return system_failure("open root file system", folder, errno);
  auto rootfs = oci::open_rootfs(folder);
  if (!rootfs) return std::unexpected(rootfs.error());
  subject.rootfs = *std::move(rootfs);
  subject.environment = std::move(environment);
  subject.library_folder = library_folder;

  const auto request = oci::parse_request({{"vgpu.dev/count", "1"}}, {});
  if (!request) return std::unexpected(request.error());
  const auto plan = oci::make_plan(request->value(), facts_of(subject));
  if (!plan) return std::unexpected(plan.error());
  for (const oci::EnvironmentEdit& change : plan->environment) edit(subject.environment, change);
  for (const oci::Mount& mount : plan->mounts) {
    if (mount.node) {
      subject.planned_nodes.push_back(mount.destination.substr(mount.destination.rfind('/') + 1));
    } else {
      subject.planned.emplace(mount.destination, mount.source);
    }
  }
  for (const model::DeviceNode& node : plan->nodes) subject.planned_nodes.push_back(node.name);
  subject.planned_devices = oci::request_devices(request->value(), "doctor");
  return subject;
}

}  // namespace vgpu::cli::doctor
