#include <nlohmann/json.hpp>

#include "cli/usage/print.h"
#include "cli/usage/state_folders.h"

namespace vgpu::cli::usage {
namespace {

using Json = nlohmann::ordered_json;

Json device_json(const UsedDevice& used) {
  Json json{{"uuid", used.device.uuid_string()}, {"profile", used.device.profile.id},
            {"name", used.device.profile.name},  {"pci_bus_id", used.device.pci_bus_id()},
            {"cores", used.device.cores},        {"memory_limit", used.device.profile.memory}};
  if (!used.use) return json;
  json["memory_used"] = used.use->memory;
  json["utilisation"] = used.use->utilisation;
  json["busy_seconds"] = static_cast<double>(used.use->busy) / 1e9;
  json["processes"] = Json::array();
  for (const ProcessUse& process : used.use->processes) {
    json["processes"].push_back({{"pid", process.process},
                                 {"container_pid", process.container_process},
                                 {"name", process_name(process.process)},
                                 {"memory_used", process.memory},
                                 {"utilisation", process.utilisation}});
  }
  return json;
}

}  // namespace

std::string json_text(const std::vector<Container>& containers) {
  Json list = Json::array();
  for (const Container& container : containers) {
    Json json{{"id", container.id},
              {"name", container.engine_name},
              {"namespace", container.names.pod_namespace},
              {"pod", container.names.pod},
              {"container", container.names.container}};
    if (!container.unknown.empty()) json["unknown"] = container.unknown;
    json["devices"] = Json::array();
    for (const UsedDevice& used : container.devices) json["devices"].push_back(device_json(used));
    list.push_back(std::move(json));
  }
  return Json{{"containers", list}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vgpu::cli::usage
