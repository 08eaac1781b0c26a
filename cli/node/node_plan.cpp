#include "cli/node/node_plan.h"

#include <fmt/ranges.h>

#include <regex>
#include <set>

#include "host/state_root.h"
#include "oci/annotation_keys.h"
#include "oci/hooks_file.h"
#include "oci/seccomp_profile.h"

namespace vgpu::node {
namespace {

constexpr const char* kCdiFolder = "/etc/cdi";
constexpr const char* kCrioFile = "/etc/crio/crio.conf.d/99-vgpu.conf";
constexpr const char* kSeccompProfile = "/var/lib/kubelet/seccomp/vgpu.json";

// containerd 2 writes version 3, and names the part of CRI that runs containers on its own.
bool is_version_three(const std::string& config) {
  static const std::regex kVersion(R"((^|\n)\s*version\s*=\s*3\b)");
  return std::regex_search(config, kVersion);
}

// The annotations that ask for a vGPU, as the patterns of containerd's lists: whole domains, so that a misspelt key is
// refused and not passed over.
std::string annotation_patterns() {
  std::set<std::string> patterns = {std::string(oci::kPrefix) + "*"};
  for (const oci::Alias& alias : oci::kAliases) {
    const std::size_t slash = alias.key.find('/');
    patterns.insert(slash == std::string_view::npos ? std::string(alias.key)
                                                    : std::string(alias.key.substr(0, slash)) + "/*");
  }
  return fmt::format("[\"{}\"]", fmt::join(patterns, "\", \""));
}

Entry folder(const std::string& path) {
  return {Entry::Kind::Folder, path, "", 0755};
}

Entry file(const std::string& path, std::string content) {
  return {Entry::Kind::File, path, std::move(content)};
}

Expected<std::string> seccomp_profile(const NodeOptions& options, const std::string& text) {
  oci::ProfileTarget target;
  target.capabilities = oci::default_capabilities();
  const oci::Listener listener{std::string("/run/vgpu") + host::kNodeSocket,
                               std::string("/run/vgpu") + host::kContainersFolder, options.wait_killable};
  const auto flat = oci::flat_profile(oci::Config::parse(text, nullptr, false), target);
  const auto profile = flat ? oci::listening_profile(*flat, listener) : flat;
  if (!profile) return std::unexpected(profile.error());
  return profile->dump(2) + "\n";
}

}  // namespace

std::string containerd_runtime(const std::string& config, const std::string& prefix) {
  const char* plugin = is_version_three(config) ? "io.containerd.cri.v1.runtime" : "io.containerd.grpc.v1.cri";
  return fmt::format(
      "[plugins.\"{0}\".containerd.runtimes.vgpu]\n"
      "  runtime_type = \"io.containerd.runc.v2\"\n"
      "  pod_annotations = {2}\n"
      "  container_annotations = {2}\n"
      "  [plugins.\"{0}\".containerd.runtimes.vgpu.options]\n"
      "    BinaryName = \"{1}/libexec/vgpu/vgpu-runtime\"\n",
      plugin, prefix, annotation_patterns());
}

std::string crio_runtime(const std::string& prefix) {
  return fmt::format(
      "# Written by `vgpu node install`, and removed by `vgpu node uninstall`.\n"
      "[crio.runtime.runtimes.vgpu]\n"
      "runtime_path = \"{}/libexec/vgpu/vgpu-runtime\"\n"
      "runtime_type = \"oci\"\n"
      "runtime_root = \"/run/vgpu-runtime\"\n",
      prefix);
}

Expected<std::vector<Entry>> configuration(const NodeOptions& options, const NodeFacts& facts,
                                           const std::string& prefix, const oci::Limits& limits) {
  const std::string hook = prefix + "/libexec/vgpu/vgpu-hook";
  std::vector<Entry> entries = {folder(kCdiFolder)};
  oci::CdiOptions devices = options.devices;
  for (const std::string& kind : options.kinds) {
    devices.kind = kind;
    const auto specification = oci::cdi_specification(devices, hook, limits);
    if (!specification) return std::unexpected(specification.error());
    entries.push_back(file(std::string(kCdiFolder) + "/" + oci::cdi_file_name(kind), specification->dump(2) + "\n"));
  }
  // A folder of vgpu's own: CRI-O does not start when one of its folders has a file that names `precreate`.
  const std::string share = prefix + "/share/vgpu";
  entries.push_back(folder(share + "/hooks.d"));
  const auto hooks = oci::hooks_files("precreate", hook);
  if (!hooks) return std::unexpected(hooks.error());
  for (const oci::HooksFile& one : *hooks) entries.push_back(file(share + "/hooks.d/" + one.name, one.content));
  entries.push_back(file(share + "/containerd.toml", containerd_runtime(facts.containerd_config, prefix)));
  if (facts.has_crio) entries.push_back(file(kCrioFile, crio_runtime(prefix)));
  if (facts.has_kubelet && !facts.seccomp_profile.empty()) {
    const auto profile = seccomp_profile(options, facts.seccomp_profile);
    if (!profile) return std::unexpected(profile.error());
    entries.push_back(file(kSeccompProfile, *profile));
  }
  return entries;
}

}  // namespace vgpu::node
