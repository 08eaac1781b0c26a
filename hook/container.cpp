#include "hook/container.h"

#include <filesystem>

namespace vgpu::hook {

Expected<Container> read_container(const ContainerState& state) {
  const auto text = read_file(state.bundle + "/config.json");
  if (!text) return std::unexpected(text.error());
  auto config = oci::parse_config(*text);
  if (!config) return std::unexpected(config.error());
  const auto root = oci::rootfs_path(*config, state.bundle);
  if (!root) return std::unexpected(root.error());
  std::error_code error;
  const auto canonical = std::filesystem::canonical(*root, error);
  if (error) return failure("root file system \"" + *root + "\": " + error.message());
  return Container{state, *std::move(config), canonical.string()};
}

}  // namespace vgpu::hook
