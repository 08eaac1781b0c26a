#include "gpu/model/device_file.h"

#include <nlohmann/json.hpp>

#include "gpu/model/uuid.h"

namespace vgpu::model {
namespace {

using Json = nlohmann::json;

Expected<std::uint64_t> read_number(const Json& object, const char* key, std::uint64_t absent, std::uint64_t maximum) {
  const auto found = object.find(key);
  if (found == object.end()) return absent;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0 || found->get<std::uint64_t>() > maximum)
    return failure(std::string("\"") + key + "\" is no number from 1 to " + std::to_string(maximum));
  return found->get<std::uint64_t>();
}

Expected<Device> read_device(const Json& object, unsigned ordinal) {
  if (!object.is_object()) return failure("is no object");
  const auto profile_name = object.find("profile");
  if (profile_name == object.end() || !profile_name->is_string()) return failure("\"profile\" is missing or no string");
  const auto profile = find_profile(profile_name->get_ref<const std::string&>());
  if (!profile) return std::unexpected(profile.error());
  Device device = make_device(*profile, ordinal);
  const auto memory = read_number(object, "memory", device.profile.memory, std::uint64_t{1} << 50);
  if (!memory) return std::unexpected(memory.error());
  const auto cores = read_number(object, "cores", device.cores, 100);
  if (!cores) return std::unexpected(cores.error());
  device.profile.memory = *memory;
  device.cores = static_cast<unsigned>(*cores);
  if (const auto uuid = object.find("uuid"); uuid != object.end()) {
    const auto parsed = uuid->is_string() ? parse_uuid(uuid->get_ref<const std::string&>()) : std::nullopt;
    if (!parsed) return failure("\"uuid\" is no UUID");
    device.uuid = *parsed;
  }
  return device;
}

}  // namespace

std::string device_json(const std::vector<Device>& devices) {
  Json list = Json::array();
  for (const Device& device : devices) {
    list.push_back({{"profile", device.profile.id},
                    {"memory", device.profile.memory},
                    {"uuid", device.uuid_string()},
                    {"cores", device.cores}});
  }
  return Json{{"version", 1}, {"devices", list}}.dump() + "\n";
}

Expected<std::vector<Device>> parse_device_json(std::string_view text) {
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded() || !root.is_object()) return failure("is no JSON object");
  const auto version = root.find("version");
  if (version == root.end() || *version != 1) return failure("\"version\" is not 1");
  const auto list = root.find("devices");
  if (list == root.end() || !list->is_array()) return failure("\"devices\" is missing or no array");
  if (list->size() > kMaximumDevices)
    return failure("\"devices\" has more than " + std::to_string(kMaximumDevices) + " entries");
  std::vector<Device> devices;
  for (const Json& entry : *list) {
    auto device = read_device(entry, static_cast<unsigned>(devices.size()));
    if (!device) return failure("device " + std::to_string(devices.size()) + ": " + device.error().message);
    devices.push_back(std::move(*device));
  }
  return devices;
}

}  // namespace vgpu::model
