#include <array>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "hook/capabilities.h"
#include "hook/report.h"
#include "hook/stages.h"
#include "host/privileges.h"
#include "oci/cdi_device.h"

namespace vgpu::hook {
namespace {

struct Stage {
  std::string_view name;
  std::span<const cap_value_t> capabilities;
  Expected<void> (*run)();
};
const std::array<Stage, 5> kStages = {{
    {"precreate", kPrepare, precreate},
    {"prestart", kMountIntoContainer, prestart},
    {oci::kCdiStage, kMountIntoContainer, prestart},
    {"createRuntime", kMountIntoContainer, create_runtime},
    {"poststop", kRemoveMountPoints, poststop},
}};

// Exit statuses.
constexpr int kDone = 0;
constexpr int kFailed = 1;

Expected<int> run_stage(std::span<char*> arguments) {
  if (auto isolated = host::isolate_process(); !isolated) return std::unexpected(isolated.error());
  const std::string_view name = arguments.size() > 1 ? arguments[1] : "";
  if (name == "refuse" && arguments.size() == 3) {
    if (auto kept = host::keep_capabilities({}); !kept) return std::unexpected(kept.error());
    refuse(arguments[2]);
    return kFailed;
  }
  for (const Stage& stage : kStages) {
    if (stage.name != name || (arguments.size() != 2 && name != oci::kCdiStage)) continue;
    if (auto kept = host::keep_capabilities(stage.capabilities); !kept) return std::unexpected(kept.error());
    if (auto done = stage.run(); !done) return std::unexpected(done.error());
    return kDone;
  }
  return failure("stage \"" + std::string(name) +
                 "\": unknown; usage: vgpu-hook precreate|prestart|cdi|createRuntime|poststop");
}

}  // namespace
}  // namespace vgpu::hook

int main(int argc, char** argv) {
  try {
    const auto result = vgpu::hook::run_stage({argv, static_cast<std::size_t>(argc)});
    if (result) return *result;
    vgpu::hook::report(result.error().message);
  } catch (const std::exception& error) {
    vgpu::hook::report(error.what());
  }
  return vgpu::hook::kFailed;
}
