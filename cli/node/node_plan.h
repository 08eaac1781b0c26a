#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "oci/cdi_specification.h"

// What `vgpu node install` puts on a node.
namespace vgpu::node {

// One path on the node. Folders come before what is in them.
struct Entry {
  enum class Kind { Folder, File, Copy, Link } kind;
  std::string path;
  // A file's text; a copy's path below the installation; what a link leads to.
  std::string content;
  unsigned mode = 0644;
};

// What is to be read of the node before.
struct NodeFacts {
  bool has_crio = false;          // /etc/crio
  bool has_kubelet = false;       // /var/lib/kubelet
  std::string containerd_config;  // text of /etc/containerd/config.toml; empty when there is none
  std::string seccomp_profile;    // text of the engine's default profile; empty: none is made
};

struct NodeOptions {
  oci::CdiOptions devices;
  std::vector<std::string> kinds;  // of CDI specifications
  bool wait_killable = false;
};

// The files beside those of the installation, whose prefix on the node is `prefix`. Fails when a device is asked for
// that this machine cannot give.
Expected<std::vector<Entry>> configuration(const NodeOptions& options, const NodeFacts& facts,
                                           const std::string& prefix, const oci::Limits& limits);

// What is to be added to containerd's configuration, in the version of `config`. It cannot be a file that is imported:
// one that names the CRI plugin takes the place of all its settings in containerd 1.6 and 1.7.
std::string containerd_runtime(const std::string& config, const std::string& prefix);

// CRI-O's drop-in, which adds to its configuration.
std::string crio_runtime(const std::string& prefix);

}  // namespace vgpu::node
