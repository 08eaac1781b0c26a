#include "hook/preparation.h"

#include <sys/sysinfo.h>

#include "oci/installation.h"

namespace vgpu::hook {

oci::Limits machine_limits() {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) return {};
  return {static_cast<std::uint64_t>(info.totalram) * info.mem_unit};
}

Expected<oci::Facts> installation_facts(const std::string& container_id, const std::string& state_folder) {
  auto program = oci::program_path();
  if (!program) return std::unexpected(program.error());
  auto libraries = oci::library_folder(*program);
  if (!libraries) return std::unexpected(libraries.error());
  oci::Facts facts;
  facts.container_id = container_id;
  facts.state_folder = state_folder;
  facts.library_folder = *std::move(libraries);
  facts.driver_library_folder = oci::driver_library_folder(facts.library_folder);
  facts.libraries = oci::names_in(facts.library_folder);
  auto hook = oci::hook_program(*program);
  if (!hook) return std::unexpected(hook.error());
  facts.hook_program = *std::move(hook);
  return facts;
}

}  // namespace vgpu::hook
