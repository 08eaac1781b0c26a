#include <cstdio>

#include "cli/commands.h"
#include "gpu/model/device_file.h"
#include "gpu/model/profile.h"

namespace vgpu::cli {
namespace {

void print_profiles() {
  std::printf("%-8s %-24s %-10s %12s %16s\n", "PROFILE", "NAME", "CAPABILITY", "MEMORY", "MULTIPROCESSORS");
  for (const std::string_view name : model::profile_names()) {
    const model::Profile profile = value_or_fail(model::find_profile(name));
    const std::string capability = std::to_string(profile.compute_major) + "." + std::to_string(profile.compute_minor);
    const std::string memory = std::to_string(profile.memory >> 20) + " MiB";
    std::printf("%-8s %-24s %-10s %12s %16u%s\n", profile.id.c_str(), profile.name.c_str(), capability.c_str(),
                memory.c_str(), profile.multiprocessors, name == model::kDefaultProfile ? "  (default)" : "");
  }
}

}  // namespace

void add_profiles(CLI::App& program) {
  program.add_subcommand("profiles", "List what a vGPU can be")->callback(print_profiles);
}

}  // namespace vgpu::cli
