#include <cstdio>

#include "cli/commands.h"
#include "gpu/model/profile.h"

namespace vgpu::cli {

void add_version(CLI::App& program) {
  program.add_subcommand("version", "Print the versions of vgpu and of the driver that it stands for")->callback([] {
    const model::DriverVersions& versions = model::driver_versions();
    std::printf("vgpu %s\ndriver %s\nCUDA %d.%d\n", VGPU_VERSION, versions.driver.c_str(), versions.cuda / 1000,
                versions.cuda % 1000 / 10);
  });
}

}  // namespace vgpu::cli
