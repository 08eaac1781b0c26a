#include "oci/cdi_specification.h"

#include <algorithm>
#include <cctype>

namespace vgpu::oci {
namespace {

// The oldest version that has device names which begin with a digit.
constexpr const char* kVersion = "0.5.0";
constexpr int kTimeout = 30;  // seconds

bool is_letter_or_digit(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0;
}

// CDI's rule for vendors and classes (pkg/parser of CDI): a letter, then letters, digits, `_` and `-`, for vendors
// `.` as well, and no sign at the end. Classes may have points from version 0.6 on.
bool is_name(std::string_view name, std::string_view signs) {
  if (name.empty() || std::isalpha(static_cast<unsigned char>(name.front())) == 0 || !is_letter_or_digit(name.back())) {
    return false;
  }
  return std::ranges::all_of(name, [&](char character) {
    return is_letter_or_digit(character) || signs.find(character) != std::string_view::npos;
  });
}

bool is_kind(std::string_view kind) {
  const std::size_t slash = kind.find('/');
  return slash != std::string_view::npos && is_name(kind.substr(0, slash), "_-.") &&
         is_name(kind.substr(slash + 1), "_-");
}

Config hook(const char* stage, const std::string& program, const std::vector<std::string>& arguments) {
  return {{"hookName", stage}, {"path", program}, {"args", arguments}, {"timeout", kTimeout}};
}

Config device_entry(const std::string& name, const CdiDevice& device, const std::string& program) {
  const Config hooks = Config::array({hook("createRuntime", program, cdi_arguments(device))});
  return {{"name", name}, {"containerEdits", {{"hooks", hooks}}}};
}

Expected<void> check(const DeviceFields& fields, unsigned count, const Limits& limits) {
  DeviceFields asked = fields;
  asked["count"] = std::to_string(count);
  if (const auto request = parse_request({}, limits, asked); !request) return std::unexpected(request.error());
  return {};
}

}  // namespace

Expected<Config> cdi_specification(const CdiOptions& options, const std::string& hook_program, const Limits& limits) {
  if (!is_kind(options.kind)) {
    return failure("CDI kind \"" + options.kind + "\": not VENDOR/CLASS, such as vgpu.dev/gpu");
  }
  if (const auto given = check(options.fields, options.count, limits); !given) return std::unexpected(given.error());
  Config devices = Config::array();
  std::vector<std::string> all;
  for (unsigned number = 0; number < options.count; ++number) {
    all.push_back(std::to_string(number));
    devices.push_back(device_entry(all.back(), {{all.back()}, options.fields}, hook_program));
  }
  devices.push_back(device_entry("all", {all, options.fields}, hook_program));
  for (const std::string& profile : options.profiles) {
    CdiDevice device{{profile}, options.fields};
    device.fields["profile"] = profile;
    if (const auto given = check(device.fields, 1, limits); !given) return std::unexpected(given.error());
    devices.push_back(device_entry(profile, device, hook_program));
  }
  const Config at_end = Config::array({hook("poststop", hook_program, {"vgpu-hook", "poststop"})});
  return Config{{"cdiVersion", kVersion},
                {"kind", options.kind},
                {"devices", std::move(devices)},
                {"containerEdits", {{"hooks", at_end}}}};
}

std::string cdi_file_name(std::string_view kind) {
  std::string name(kind);
  std::ranges::replace(name, '/', '-');
  return name + ".json";
}

std::vector<ListedDevice> listed_devices(const Config& specification) {
  std::vector<ListedDevice> listed;
  if (!specification.is_object() || !specification.contains("devices") || !specification["devices"].is_array()) {
    return listed;
  }
  const std::string kind = specification.value("kind", "");
  for (const Config& entry : specification["devices"]) {
    const Config::json_pointer path("/containerEdits/hooks/0/args");
    if (!entry.is_object() || !entry.contains(path) || !entry[path].is_array()) continue;
    std::vector<std::string> arguments;
    for (const Config& argument : entry[path]) {
      arguments.push_back(argument.is_string() ? argument.get<std::string>() : std::string());
    }
    auto device = parse_cdi_arguments(arguments);
    if (device) listed.push_back({kind + "=" + entry.value("name", ""), *std::move(device)});
  }
  return listed;
}

}  // namespace vgpu::oci
