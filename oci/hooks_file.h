#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// The files of a hooks.d folder (containers/common, oci-hooks(5)) by which Podman and CRI-O call vgpu-hook.
namespace vgpu::oci {

struct HooksFile {
  std::string name;
  std::string content;
};

// The stages that files can be made for. `precreate` is Podman's own: CRI-O does not start with it in its folder.
inline constexpr std::string_view kHookStages = "precreate, prestart";

// The files of a stage; with `prestart` goes one that calls `poststop`. Fails for a stage that has none.
Expected<std::vector<HooksFile>> hooks_files(std::string_view stage, const std::string& hook_program);

// True for the name of a file that hooks_files makes.
bool is_hooks_file(std::string_view name);

}  // namespace vgpu::oci
