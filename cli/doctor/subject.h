#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "cli/doctor/process_files.h"
#include "gpu/model/profile.h"
#include "oci/rootfs.h"

namespace vgpu::cli::doctor {

// What doctor looks at: a running container, or an image as the hook would start it. Its files are hostile input: every
// path is resolved inside of it.
struct Subject {
  std::string name;
  FileDescriptor root;  // of its file system
  std::unique_ptr<oci::Rootfs> rootfs;
  std::optional<pid_t> pid;  // of a running one
  std::map<std::string, std::string> environment;
  std::string library_folder;                       // vgpu's libraries, on the host
  std::set<std::pair<dev_t, ino_t>> library_files;  // they themselves, to be known again in a container
  std::vector<MountPoint> mounts;                   // of a running one
  std::map<std::string, std::string> planned;       // of an image: what is to be mounted in it, and from where
  std::vector<std::string> planned_nodes;           // of an image: names below /dev
  std::vector<model::Device> planned_devices;       // of an image
};

// A running container. Fails when its process may not be looked at.
Expected<Subject> open_running(pid_t pid, const std::string& library_folder);

// An image with this environment, and what the hook's plan for it is when one device is asked for.
Expected<Subject> open_image(const std::string& folder, std::map<std::string, std::string> environment,
                             const std::string& library_folder);

// A variable's value; empty where it is not set.
std::string variable(const Subject& subject, const std::string& name);

// The regular file that `path` leads to in the container, open for reading; invalid when it is none: opening a device
// or a pipe of the container could do something.
FileDescriptor open_file(const Subject& subject, const std::string& path);

// Its first 64 KiB; empty when there is none.
std::string read_file(const Subject& subject, const std::string& path);

}  // namespace vgpu::cli::doctor
