#include "cli/usage/answer.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "host/use_request.h"

namespace vgpu::cli::usage {
namespace {

using Json = nlohmann::json;

// 0 for what is missing or none.
template <class T>
T number(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return 0;
  const auto value = found->get<std::uint64_t>();
  return value <= static_cast<std::uint64_t>(std::numeric_limits<T>::max()) ? static_cast<T>(value) : T{0};
}

const Json& array(const Json& object, const char* name) {
  static const Json kNone = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : kNone;
}

DeviceUse device(const Json& object) {
  DeviceUse use;
  if (!object.is_object()) return use;
  use.memory = number<std::uint64_t>(object, "memory");
  use.utilisation = number<unsigned>(object, "utilisation");
  use.busy = number<std::uint64_t>(object, "busy");
  for (const Json& process : array(object, "processes")) {
    if (!process.is_object()) continue;
    use.processes.push_back({number<pid_t>(process, "process"), number<pid_t>(process, "container_process"),
                             number<std::uint64_t>(process, "memory"), number<unsigned>(process, "utilisation")});
  }
  return use;
}

}  // namespace

Expected<Answer> parse_answer(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return failure("answer: not a JSON object");
  if (number<int>(json, "version") != host::kUseVersion) return failure("answer: of another version");
  Answer answer;
  for (const Json& container : array(json, "containers")) {
    const auto id = container.is_object() ? container.find("id") : container.end();
    if (id == container.end() || !id->is_string()) return failure("answer: a container without an ID");
    auto& use = answer[id->get<std::string>()];
    if (!container.contains("devices")) continue;
    use.emplace();
    for (const Json& one : array(container, "devices")) use->push_back(device(one));
  }
  return answer;
}

}  // namespace vgpu::cli::usage
