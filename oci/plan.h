#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/device_nodes.h"
#include "oci/library_scan.h"
#include "oci/request.h"

// What is to be done to a container so that it has its vGPU, apart from how an engine lets it be done.
namespace vgpu::oci {

struct EnvironmentEdit {
  enum class Kind {
    SetIfMissing,  // what the user or the image set counts
    AppendToPath,  // at the end of a list separated by `:`, once
  };
  Kind kind;
  std::string name;
  std::string value;
};

// A bind mount: read-only, but for a device node.
struct Mount {
  std::string source;       // on the host
  std::string destination;  // in the container
  bool folder = false;
  bool node = false;
};

// Who listens to the container's requests to NVIDIA's driver.
struct Listener {
  std::string path;            // of the socket that takes the listener of the seccomp filter, on the host
  std::string metadata;        // what the socket's owner is told
  bool wait_killable = false;  // the runtime takes SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
};

struct File {
  std::string name;  // below the state folder
  std::string content;
};

struct Hook {
  std::string stage;  // "createRuntime", "poststop", …
  std::string path;
  std::vector<std::string> arguments;  // the first is the program's name
};

struct Plan {
  std::vector<EnvironmentEdit> environment;
  std::vector<Mount> mounts;
  std::vector<model::DeviceNode> nodes;  // that the runtime makes in the container
  std::vector<File> files;
  std::vector<std::string> folders;  // empty ones, below the state folder
  std::vector<Hook> hooks;
  std::optional<Listener> listener;
};

// What a plan depends on beside the request.
struct Facts {
  std::string container_id;
  std::string state_folder;            // of this container, on the host
  std::string library_folder;          // on the host
  std::string driver_library_folder;   // the same without libnvidia-ml, or empty where the installation has none
  std::vector<std::string> libraries;  // names in it
  std::string hook_program;            // path of vgpu-hook
  std::vector<Cover> covers;
  // The container brings NVIDIA's own libnvidia-ml. It is left in its place where requests to the driver are answered:
  // it finds its driver then, and NVIDIA's programs work with no other one.
  bool has_own_management_library = false;
  // Where the image's linker looks by default, for engines whose hook cannot edit the environment; else empty.
  std::string system_folder;
  // A folder in which the image's linker looks before its own, for processes without LD_LIBRARY_PATH: those of `exec`,
  // which does not have the edited environment, and those that clear it. Empty where there is none.
  std::string preferred_folder;
  // The image has glibc's dynamic linker, so that libraries can be preloaded.
  bool has_glibc = false;
  // What the container's own /etc/ld.so.preload says, for engines whose hook cannot edit the environment; else nullopt.
  std::optional<std::string> preload_file;
  // What the container's configuration sets CUDA_CACHE_PATH to; empty where it does not.
  std::string cache_path;
  // The folder on the host with the device nodes, and who listens. Where either is missing NVIDIA's own programs find
  // no device; vgpu's libraries need neither.
  std::string node_folder;
  // The runtime makes nodes in the container itself, so that none has to be mounted: a mount costs a millisecond.
  bool runtime_makes_nodes = false;
  std::optional<Listener> listener;
};

// The device file's folder below the state folder; it is what is mounted, because the mount point of a folder leaves
// nothing behind in a container's layer that a program takes for a file.
inline constexpr const char* kDeviceFolderName = "etc";

// Below the state folder, where a container that asks for a shared cache has it mounted.
inline constexpr const char* kCachePlace = "etc/cache";

// True when the container's own libnvidia-ml is left in its place, and nothing of vgpu may stand for it.
bool leaves_management(const Facts& facts);

// The plan of a request. Fails when the installation lacks a library that the request needs.
Expected<Plan> make_plan(const Request& request, const Facts& facts);

// The plan that makes a container's start fail and shows `reason` to the user, whichever the runtime: `link` is the
// path of a link to vgpu-hook whose name is the reason. crun shows a failing hook's path, runc what it writes.
Plan make_refusal(const std::string& reason, const std::string& link);

// The name below a folder that spells `reason`, for make_refusal's link: at most one `/`, none of them leading out.
std::string refusal_name(const std::string& reason);

}  // namespace vgpu::oci
