#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/commands.h"
#include "cli/node/node_files.h"
#include "gpu/model/device_file.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

namespace fs = std::filesystem;

// The default profile of Podman's engines; containerd's and CRI-O's are compiled in, and differ little.
constexpr const char* kSeccompProfile = "/usr/share/containers/seccomp.json";

struct Options {
  std::string root = "/";
  std::string profile = model::kDefaultProfile;
  std::string memory, cores;
  unsigned count = model::kMaximumDevices;
  std::vector<std::string> kinds = {"vgpu.dev/gpu"};
  std::string seccomp_profile = kSeccompProfile;
  bool wait_killable = false;
};

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// From here on paths are the node's.
void enter(const std::string& root) {
  if (root == "/") return;
  if (::chroot(root.c_str()) != 0 || ::chdir("/") != 0) {
    throw CommandFailed{system_failure("change root to", root, errno).error()};
  }
}

node::NodeOptions node_options(const Options& options) {
  node::NodeOptions node;
  node.kinds = options.kinds;
  node.wait_killable = options.wait_killable;
  node.devices.count = options.count;
  node.devices.fields["profile"] = options.profile;
  if (!options.memory.empty()) node.devices.fields["memory"] = options.memory;
  if (!options.cores.empty()) node.devices.fields["cores"] = options.cores;
  for (const std::string_view name : model::profile_names()) node.devices.profiles.emplace_back(name);
  return node;
}

oci::Limits machine_limits() {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) return {};
  return {static_cast<std::uint64_t>(info.totalram) * info.mem_unit};
}

// What the administrator has to do, because no program should do it behind their back.
void advise(const node::NodeFacts& facts, const std::string& prefix) {
  std::error_code error;
  if (fs::is_directory("/etc/containerd", error) &&
      facts.containerd_config.find("/vgpu-runtime") == std::string::npos) {
    std::printf(
        "containerd: for RuntimeClass vgpu, add %s/share/vgpu/containerd.toml to /etc/containerd/config.toml and "
        "restart it\n",
        prefix.c_str());
  }
  if (facts.has_crio) std::printf("CRI-O: for RuntimeClass vgpu, reload or restart it\n");
}

void install(const Options& options) {
  const std::string program = value_or_fail(oci::program_path());
  value_or_fail(oci::library_folder(program));
  const std::string prefix = fs::path(program).parent_path().parent_path();
  const FileDescriptor installation(::open(prefix.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!installation.valid()) throw CommandFailed{system_failure("open", prefix, errno).error()};
  std::vector<node::Entry> entries;
  std::error_code error;
  if (options.root != "/") entries = value_or_fail(node::installation_entries(prefix));
  node::NodeFacts facts;
  facts.seccomp_profile = text_of(options.seccomp_profile);
  if (facts.seccomp_profile.empty() && options.seccomp_profile != kSeccompProfile) {
    throw CommandFailed{{"--seccomp-profile \"" + options.seccomp_profile + "\": cannot be read"}};
  }
  enter(options.root);
  facts.has_crio = fs::is_directory("/etc/crio", error);
  facts.has_kubelet = fs::is_directory("/var/lib/kubelet", error);
  facts.containerd_config = text_of("/etc/containerd/config.toml");
  const auto configuration = value_or_fail(node::configuration(node_options(options), facts, prefix, machine_limits()));
  entries.insert(entries.end(), configuration.begin(), configuration.end());
  value_or_fail(node::install(entries, value_or_fail(node::read_record()), installation));
  std::printf("installed below %s, and in /etc/cdi\n", prefix.c_str());
  advise(facts, prefix);
}

void uninstall(const std::string& root, bool if_installed) {
  enter(root);
  const node::Record record = value_or_fail(node::read_record());
  if (record.files.empty() && if_installed) return;
  if (record.files.empty()) {
    throw CommandFailed{{std::string("\"") + node::kRecordFile + "\": nothing was installed by `vgpu node install`"}};
  }
  value_or_fail(node::uninstall(record));
}

}  // namespace

void add_node(CLI::App& program) {
  CLI::App* command = program.add_subcommand("node", "Put vgpu on a node of Kubernetes, and take it away again");
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* install_command =
      command->add_subcommand("install", "Copy this installation to the node and write its engines' files");
  install_command->add_option("--root", options->root, "Where the node's file system is mounted: / without it");
  install_command->add_option("--profile", options->profile, "What the devices of CDI are; `vgpu profiles` lists them");
  install_command->add_option("--memory", options->memory, "Memory of each, such as 8Gi; the profile's without it");
  install_command->add_option("--cores", options->cores, "Share of the node's CPUs of each, in percent");
  install_command->add_option("--count", options->count, "Devices 0, 1, … of CDI");
  install_command->add_option("--kind", options->kinds, "Kinds of CDI: vgpu.dev/gpu (the default), nvidia.com/gpu, …");
  install_command->add_option("--seccomp-profile", options->seccomp_profile,
                              "The profile that kubelet's Localhost profile vgpu.json is made of");
  install_command->add_flag("--wait-killable", options->wait_killable,
                            "As in `vgpu seccomp generate`: for crun, and runc from 1.5 on");
  install_command->callback([=] { install(*options); });
  CLI::App* uninstall_command = command->add_subcommand("uninstall", "Remove what `vgpu node install` has made");
  const auto root = std::make_shared<std::string>("/");
  uninstall_command->add_option("--root", *root, "Where the node's file system is mounted: / without it");
  const auto if_installed = std::make_shared<bool>(false);
  uninstall_command->add_flag("--if-installed", *if_installed, "Nothing to remove is no failure");
  uninstall_command->callback([=] { uninstall(*root, *if_installed); });
}

}  // namespace vgpu::cli
