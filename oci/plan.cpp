#include "oci/plan.h"

#include <algorithm>

#include "gpu/model/cache_folder.h"
#include "gpu/model/device_file.h"
#include "gpu/model/device_nodes.h"
#include "oci/container_names.h"
#include "oci/library_names.h"
#include "oci/preload.h"

namespace vgpu::oci {
namespace {

bool has_library(const Facts& facts, std::string_view library) {
  return std::ranges::find(facts.libraries, library) != facts.libraries.end();
}

std::vector<EnvironmentEdit> environment_edits() {
  using enum EnvironmentEdit::Kind;
  return {
      {AppendToPath, "LD_LIBRARY_PATH", std::string(kContainerLibraryFolder)},
#define VARIABLE(name, value) {SetIfMissing, name, value},
#include "gpu/model/container_environment.def"
#undef VARIABLE
  };
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool listens(const Facts& facts) {
  return !facts.node_folder.empty() && facts.listener.has_value();
}

// The driver's requests are answered in each process itself.
bool answers_inside(const Facts& facts) {
  return facts.preload_file && facts.has_glibc && has_library(facts, kPreloadedDriver);
}

std::vector<Mount> mounts(const Facts& facts) {
  const bool leave_management = leaves_management(facts);
  std::vector<Mount> mounts = {
      {leave_management ? facts.driver_library_folder : facts.library_folder, std::string(kContainerLibraryFolder),
       true, false},
      {facts.state_folder + "/" + kDeviceFolderName, std::string(kContainerDeviceFolder), true, false},
  };
  if (!facts.preferred_folder.empty()) mounts.push_back({mounts.front().source, facts.preferred_folder, true, false});
  const auto mount_library = [&](const std::string& library, const std::string& destination) {
    if (has_library(facts, library))
      mounts.push_back({facts.library_folder + "/" + library, destination, false, false});
  };
  for (const Cover& cover : facts.covers) {
    if (!leave_management || cover.library != kManagementLibrary) mount_library(cover.library, cover.path);
  }
  if (facts.system_folder.empty()) return mounts;
  for (const LibraryName& name : kLibraryNames) {
    if (leave_management && name.library == kManagementLibrary) continue;
    const std::string destination = facts.system_folder + "/" + std::string(name.library);
    const bool covered = std::ranges::any_of(mounts, [&](const Mount& mount) {
      return mount.destination == destination ||
             (mount.destination.starts_with(facts.system_folder + "/") && base_name(mount.source) == name.library);
    });
    if (!covered) mount_library(std::string(name.library), destination);
  }
  return mounts;
}

// The shared cache itself is mounted by the hook at createRuntime: its folder is closed to all but the engine's user,
// so that a runtime in a container's user namespace could not get there.
Expected<void> add_cache(const Request& request, const Facts& facts, Plan& plan) {
  if (!request.cache) return {};
  if (auto checked = check_cache_path(*request.cache, facts.cache_path); !checked) return checked;
  plan.folders.emplace_back(kCachePlace);
  plan.environment.push_back({EnvironmentEdit::Kind::SetIfMissing, model::kCachePathVariable, model::kCacheFolder});
  return {};
}

// "vgpu.dev/memory" is one path down from "vgpu.dev"; any further slash becomes one that only looks like it (U+2215).
constexpr std::string_view kDivisionSlash = "\xe2\x88\x95";
constexpr std::size_t kLongestName = 200;  // below NAME_MAX, which counts bytes

}  // namespace

bool leaves_management(const Facts& facts) {
  return (listens(facts) || answers_inside(facts)) && facts.has_own_management_library &&
         !facts.driver_library_folder.empty();
}

Expected<Plan> make_plan(const Request& request, const Facts& facts) {
  for (const std::string_view library : kRequiredLibraries) {
    if (!has_library(facts, library)) {
      return failure("library folder \"" + facts.library_folder + "\": lacks " + std::string(library));
    }
  }
  Plan plan;
  plan.environment = environment_edits();
  plan.mounts = mounts(facts);
  plan.files = {{std::string(kDeviceFolderName) + "/" + base_name(model::kDeviceFile),
                 model::device_json(request_devices(request, facts.container_id))}};
  if (auto added = add_preload(request, facts, plan); !added) return std::unexpected(added.error());
  if (auto added = add_cache(request, facts, plan); !added) return std::unexpected(added.error());
  plan.files.push_back({kNamesFile, names_json(request.names)});
  plan.hooks = {{"createRuntime", facts.hook_program, {"vgpu-hook", "createRuntime"}}};
  if (!listens(facts)) {
    plan.hooks.push_back({"poststop", facts.hook_program, {"vgpu-hook", "poststop"}});
  } else {
    // The supervisor removes the container's folder, and nobody waits for that.
    for (const model::DeviceNode& node : model::device_nodes(request.count)) {
      if (facts.runtime_makes_nodes) {
        plan.nodes.push_back(node);
      } else {
        plan.mounts.push_back({facts.node_folder + "/" + node.name, "/dev/" + node.name, false, true});
      }
    }
    plan.listener = facts.listener;
  }
  return plan;
}

std::string refusal_name(const std::string& reason) {
  std::string name;
  std::size_t part = 0;
  bool slash_kept = false;
  for (const char character : reason) {
    if (name.size() - part >= kLongestName) break;
    if (character == '/' && !slash_kept && name.size() > 2) {
      slash_kept = true;
      name += '/';
      part = name.size();
    } else if (character == '/') {
      name += kDivisionSlash;
    } else {
      name += static_cast<unsigned char>(character) < 0x20 ? '?' : character;
    }
  }
  // A character of several bytes is not cut in two: JSON would refuse it.
  if (name.size() - part >= kLongestName) {
    while (!name.empty() && (static_cast<unsigned char>(name.back()) & 0xc0) == 0x80) name.pop_back();
    if (!name.empty() && static_cast<unsigned char>(name.back()) >= 0xc0) name.pop_back();
  }
  return name;
}

Plan make_refusal(const std::string& reason, const std::string& link) {
  Plan plan;
  plan.hooks = {{"createRuntime", link, {"vgpu-hook", "refuse", reason}}};
  return plan;
}

}  // namespace vgpu::oci
