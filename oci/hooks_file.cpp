#include "oci/hooks_file.h"

#include <nlohmann/json.hpp>

#include "oci/annotation_keys.h"

namespace vgpu::oci {
namespace {

constexpr int kTimeout = 30;  // seconds

HooksFile hooks_file(const std::string& stage, const std::string& hook_program) {
  const nlohmann::ordered_json content = {
      {"version", "1.0.0"},
      {"hook", {{"path", hook_program}, {"args", {"vgpu-hook", stage}}, {"timeout", kTimeout}}},
      {"when", {{"annotations", {{key_pattern(), ".*"}}}}},
      {"stages", {stage}},
  };
  return {"vgpu-" + stage + ".json", content.dump(2) + "\n"};
}

}  // namespace

Expected<std::vector<HooksFile>> hooks_files(std::string_view stage, const std::string& hook_program) {
  if (stage == "precreate") return std::vector{hooks_file("precreate", hook_program)};
  if (stage == "prestart")
    return std::vector{hooks_file("prestart", hook_program), hooks_file("poststop", hook_program)};
  return failure("hook stage \"" + std::string(stage) + "\": unknown; there are " + std::string(kHookStages));
}

bool is_hooks_file(std::string_view name) {
  return name == "vgpu-precreate.json" || name == "vgpu-prestart.json" || name == "vgpu-poststop.json";
}

}  // namespace vgpu::oci
