#include <sys/sysinfo.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/output_file.h"
#include "gpu/model/device_file.h"
#include "oci/cdi_specification.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string output;
  std::vector<std::string> kinds = {"vgpu.dev/gpu"};
  std::vector<std::string> profiles;
  unsigned count = 1;
  std::string memory, cores, injection, cache;
};

oci::Limits machine_limits() {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) return {};
  return {static_cast<std::uint64_t>(info.totalram) * info.mem_unit};
}

oci::CdiOptions devices_of(const Options& options) {
  oci::CdiOptions devices;
  devices.count = options.count;
  devices.fields["profile"] = options.profiles.empty() ? model::kDefaultProfile : options.profiles.front();
  if (!options.memory.empty()) devices.fields["memory"] = options.memory;
  if (!options.cores.empty()) devices.fields["cores"] = options.cores;
  if (!options.injection.empty()) devices.fields["inject"] = options.injection;
  if (!options.cache.empty()) devices.fields["cache"] = options.cache;
  devices.profiles = options.profiles;
  if (devices.profiles.empty()) {
    for (const std::string_view name : model::profile_names()) devices.profiles.emplace_back(name);
  }
  return devices;
}

void generate(const Options& options) {
  const std::string program = value_or_fail(oci::program_path());
  const std::string hook = value_or_fail(oci::hook_program(program));
  value_or_fail(oci::library_folder(program));
  std::error_code error;
  const bool into_folder = options.output.ends_with('/') || fs::is_directory(options.output, error);
  if (options.kinds.size() > 1 && !into_folder) {
    throw CommandFailed{{"--output: a file has one kind of device; name a folder for several"}};
  }
  oci::CdiOptions devices = devices_of(options);
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string& kind : options.kinds) {
    devices.kind = kind;
    const std::string text = value_or_fail(oci::cdi_specification(devices, hook, machine_limits())).dump(2) + "\n";
    files.emplace_back(into_folder ? (fs::path(options.output) / oci::cdi_file_name(kind)).string() : options.output,
                       text);
  }
  for (const auto& [path, text] : files) {
    if (into_folder) fs::create_directories(options.output, error);
    write_output(path, text);
  }
}

// The specifications of vgpu's in these folders.
void for_each_file(const std::vector<std::string>& folders,
                   const std::function<void(const fs::path&, const std::vector<oci::ListedDevice>&)>& visit) {
  for (const std::string& folder : folders) {
    for (const std::string& name : oci::names_in(folder)) {
      const fs::path path = fs::path(folder) / name;
      if (path.extension() != ".json") continue;
      std::ifstream file(path, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      const auto devices = oci::listed_devices(oci::Config::parse(text, nullptr, false));
      if (!devices.empty()) visit(path, devices);
    }
  }
}

void list(const std::vector<std::string>& folders) {
  for_each_file(folders, [](const fs::path& path, const std::vector<oci::ListedDevice>& devices) {
    for (const oci::ListedDevice& device : devices) {
      std::string fields;
      for (const auto& [name, value] : device.device.fields) fields += " " + name + "=" + value;
      std::printf("%-32s count=%zu%s (%s)\n", device.name.c_str(), device.device.names.size(), fields.c_str(),
                  path.c_str());
    }
  });
}

void remove(const std::vector<std::string>& folders) {
  bool removed = false;
  for_each_file(folders, [&](const fs::path& path, const std::vector<oci::ListedDevice>&) {
    std::error_code error;
    fs::remove(path, error);
    if (error) throw CommandFailed{{"remove \"" + path.string() + "\": " + error.message()}};
    std::printf("%s\n", path.c_str());
    removed = true;
  });
  if (!removed) throw CommandFailed{{"CDI: no specification of vgpu's in \"" + folders.front() + "\""}};
}

void add_generate(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  CLI::App* generate_command = command.add_subcommand("generate", "Write a specification of this machine's vGPUs");
  generate_command->add_option("--output", options->output,
                               "A file, or a folder such as /etc/cdi/; without it standard output");
  generate_command->add_option("--kind", options->kinds,
                               "vgpu.dev/gpu (the default), nvidia.com/gpu, …; each is a file of its own");
  generate_command->add_option("--profile", options->profiles,
                               "What the devices are; each also has a device of its name (all profiles by default)");
  generate_command->add_option("--count", options->count,
                               "Number of devices 0, 1, …; the device \"all\" is all of them");
  generate_command->add_option("--memory", options->memory, "Of each device, such as 8Gi");
  generate_command->add_option("--cores", options->cores, "Share of the machine's CPUs in percent");
  generate_command->add_option("--inject", options->injection, "auto or preload, as in vgpu.dev/inject");
  generate_command->add_option("--cache", options->cache, "The shared cache of compiled kernels, as in vgpu.dev/cache");
  generate_command->callback([=] { generate(*options); });
}

}  // namespace

void add_cdi(CLI::App& program) {
  CLI::App* command = program.add_subcommand("cdi", "Specifications of devices for engines (--device vgpu.dev/gpu=0)");
  command->require_subcommand(1);
  add_generate(*command);
  const auto folders =
      std::make_shared<std::vector<std::string>>(std::begin(oci::kCdiFolders), std::end(oci::kCdiFolders));
  CLI::App* list_command = command->add_subcommand("list", "List the devices of vgpu's specifications");
  list_command->add_option("folders", *folders, "Where to look: /etc/cdi and /var/run/cdi by default");
  list_command->callback([=] { list(*folders); });
  CLI::App* remove_command = command->add_subcommand("remove", "Remove vgpu's specifications");
  remove_command->add_option("folders", *folders, "Where to look: /etc/cdi and /var/run/cdi by default");
  remove_command->callback([=] { remove(*folders); });
}

}  // namespace vgpu::cli
