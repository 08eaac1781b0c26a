#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"

// What the plugin was told to do.
namespace vgpu::device_plugin {

inline constexpr const char* kOwnResource = "vgpu.dev/gpu";
inline constexpr const char* kNvidiaResource = "nvidia.com/gpu";

// By what a container is given its devices. See docs/kubernetes.md for the engines that heed each.
struct Answer {
  bool cdi = false;          // names of devices of the container device interface
  bool annotations = false;  // vgpu.dev/… on the container, for vgpu-runtime, a hook or the NRI plugin
};

struct Settings {
  std::vector<std::string> resources;
  model::Profile profile;       // memory already that of one device
  bool has_own_memory = false;  // that memory is not the profile's
  unsigned cpus = 0;            // of one device; 0: all of the node's
  std::uint64_t reserved_memory = 0;
  double memory_overcommit = 1, cpu_overcommit = 1;
  unsigned count = 0;  // devices of the node; 0: as many as fit
  Answer answer;
  std::string kubelet_folder;
  std::string library_folder;     // on the node
  std::string supervisor_socket;  // empty: the node's supervisor does not matter
  std::chrono::seconds health_interval{10};
};

// The command line as it was typed, to be checked by make_settings.
struct Options {
  std::vector<std::string> resources = {kOwnResource};
  std::string profile;
  std::string memory;
  unsigned cpus = 0;
  std::string reserved_memory;
  double memory_overcommit = 1, cpu_overcommit = 1;
  unsigned count = 0;
  std::vector<std::string> answers = {"cdi", "annotations"};
  std::string kubelet_folder = "/var/lib/kubelet/device-plugins";
  std::string library_folder;  // empty: that of this installation
  std::string supervisor_socket;
  bool no_supervisor = false;
  unsigned health_interval = 10;  // seconds
};

// Fails with the option, its value and the reason.
Expected<Settings> make_settings(const Options& options);

// The name of a resource's socket below kubelet's folder: vgpu-vgpu.dev-gpu.sock.
std::string socket_name(const std::string& resource);

}  // namespace vgpu::device_plugin
