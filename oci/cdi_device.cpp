#include "oci/cdi_device.h"

#include <set>
#include <string_view>

namespace vgpu::oci {
namespace {

constexpr std::string_view kHookName = "vgpu-hook";

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    names.emplace_back(text.substr(0, text.find(',')));
    text.remove_prefix(names.back().size() < text.size() ? names.back().size() + 1 : text.size());
  }
  return names;
}

std::string value_of(const DeviceFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

Expected<void> check_alike(const CdiDevice& first, const CdiDevice& other) {
  std::set<std::string> names;
  for (const auto& [name, value] : first.fields) names.insert(name);
  for (const auto& [name, value] : other.fields) names.insert(name);
  for (const std::string& name : names) {
    const std::string one = value_of(first.fields, name), two = value_of(other.fields, name);
    if (one == two) continue;
    return failure("CDI devices \"" + joined(first.names) + "\" and \"" + joined(other.names) + "\": " + name +
                   " is \"" + one + "\" and \"" + two + "\", but a container's devices are all alike");
  }
  return {};
}

std::vector<CdiDevice> cdi_devices(const Config& config) {
  std::vector<CdiDevice> devices;
  const auto stages = config.find("hooks");
  if (stages == config.end() || !stages->is_object()) return devices;
  const auto hooks = stages->find("createRuntime");
  if (hooks == stages->end() || !hooks->is_array()) return devices;
  for (const Config& hook : *hooks) {
    const auto arguments = hook.is_object() ? hook.find("args") : hook.end();
    if (arguments == hook.end() || !arguments->is_array()) continue;
    std::vector<std::string> texts;
    for (const Config& argument : *arguments) texts.push_back(argument.is_string() ? argument.get<std::string>() : "");
    if (auto device = parse_cdi_arguments(texts)) devices.push_back(*std::move(device));
  }
  return devices;
}

}  // namespace

std::vector<std::string> cdi_arguments(const CdiDevice& device) {
  std::vector<std::string> arguments = {std::string(kHookName), kCdiStage, joined(device.names)};
  for (const auto& [name, value] : device.fields) arguments.push_back(name + "=" + value);
  return arguments;
}

std::optional<CdiDevice> parse_cdi_arguments(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3 || arguments[0] != kHookName || arguments[1] != kCdiStage) return std::nullopt;
  CdiDevice device;
  device.names = split(arguments[2]);
  for (std::size_t index = 3; index < arguments.size(); ++index) {
    const std::size_t equals = arguments[index].find('=');
    if (equals == std::string::npos) return std::nullopt;
    device.fields[arguments[index].substr(0, equals)] = arguments[index].substr(equals + 1);
  }
  return device;
}

Expected<DeviceFields> cdi_fields(const Config& config) {
  const std::vector<CdiDevice> devices = cdi_devices(config);
  if (devices.empty()) return DeviceFields();
  std::set<std::string> names;
  for (const CdiDevice& device : devices) {
    if (auto alike = check_alike(devices.front(), device); !alike) return std::unexpected(alike.error());
    names.insert(device.names.begin(), device.names.end());
  }
  DeviceFields fields = devices.front().fields;
  fields["count"] = std::to_string(names.size());
  return fields;
}

Expected<std::optional<Request>> request_of(const Config& config, const Limits& limits) {
  const auto fields = cdi_fields(config);
  if (!fields) return std::unexpected(fields.error());
  return parse_request(annotations_of(config), limits, *fields);
}

}  // namespace vgpu::oci
