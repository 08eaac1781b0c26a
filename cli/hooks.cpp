#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/output_file.h"
#include "oci/hooks_file.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

namespace fs = std::filesystem;

// A folder that other hooks are in is left alone: CRI-O does not start when a file of its folder names `precreate`,
// and Podman starts no container at all when one file is wrong.
void refuse_others(const fs::path& folder) {
  for (const std::string& name : oci::names_in(folder)) {
    if (oci::is_hooks_file(name)) continue;
    throw CommandFailed{{"hooks folder \"" + folder.string() + "\": has \"" + name +
                         "\", which is not vgpu's; use a folder of its own"}};
  }
}

void install(const std::vector<std::string>& stages, const fs::path& folder, const std::string& named_hook) {
  const std::string program = value_or_fail(oci::program_path());
  const std::string hook = named_hook.empty() ? value_or_fail(oci::hook_program(program)) : named_hook;
  value_or_fail(oci::library_folder(program));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw CommandFailed{{"make folder \"" + folder.string() + "\": " + error.message()}};
  refuse_others(folder);
  for (const std::string& stage : stages) {
    for (const oci::HooksFile& file : value_or_fail(oci::hooks_files(stage, hook))) {
      write_output((folder / file.name).string(), file.content);
      std::printf("%s\n", (folder / file.name).c_str());
    }
  }
}

void remove(const fs::path& folder) {
  bool removed = false;
  for (const std::string& name : oci::names_in(folder)) {
    if (!oci::is_hooks_file(name)) continue;
    std::error_code error;
    fs::remove(folder / name, error);
    if (error) throw CommandFailed{{"remove \"" + (folder / name).string() + "\": " + error.message()}};
    removed = true;
  }
  if (!removed) throw CommandFailed{{"hooks folder \"" + folder.string() + "\": has no file of vgpu's"}};
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

}  // namespace

void add_hooks(CLI::App& program) {
  CLI::App* command = program.add_subcommand("hooks", "Install or remove the hooks that container engines call");
  command->require_subcommand(1);
  const auto stages = std::make_shared<std::vector<std::string>>(1, "precreate");
  const auto folder = std::make_shared<std::string>();
  const auto hook = std::make_shared<std::string>();
  CLI::App* install_command = command->add_subcommand("install", "Write the files into a folder for --hooks-dir");
  install_command
      ->add_option("--stages", *stages, "precreate (Podman; the default), prestart (any engine); separated by a comma")
      ->delimiter(',')
      ->expected(1);
  install_command->add_option("--hook", *hook, "Path of vgpu-hook, where the files are for another machine");
  install_command->add_option("folder", *folder, "A folder of vgpu's own")->required();
  install_command->callback([=] { install(*stages, *folder, *hook); });
  CLI::App* remove_command = command->add_subcommand("remove", "Remove the files again");
  remove_command->add_option("folder", *folder, "The folder that they were installed in")->required();
  remove_command->callback([=] { remove(*folder); });
}

}  // namespace vgpu::cli
