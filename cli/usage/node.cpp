#include "cli/usage/node.h"

#include <sys/stat.h>

#include "cli/usage/ask.h"
#include "cli/usage/state_folders.h"
#include "host/state_root.h"

namespace vgpu::cli::usage {
namespace {

// Of an ID, as engines show it.
constexpr std::size_t kShortId = 12;

bool is_socket(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

bool is_unseen(const KeptContainer& kept) {
  return kept.process.pid != 0 && host::identify_process(kept.process.pid) != kept.process;
}

Container describe(const KeptContainer& kept) {
  Container container{kept.id, kept.names, engine_name(kept), {}, {}};
  for (const model::Device& device : kept.devices) container.devices.push_back({device, std::nullopt});
  return container;
}

void take_use(const Expected<Answer>& answer, Container& container) {
  if (!answer) {
    container.unknown = answer.error().message;
    return;
  }
  const auto found = answer->find(container.id);
  if (found == answer->end()) {
    container.unknown = "its supervisor does not know it";
  } else if (!found->second) {
    container.unknown = "it is busy with a call that takes long";
  } else {
    for (std::size_t index = 0; index < container.devices.size() && index < found->second->size(); ++index) {
      container.devices[index].use = (*found->second)[index];
    }
  }
}

Expected<Answer> read_answer(const Expected<std::string>& text) {
  return text ? parse_answer(*text) : std::unexpected(text.error());
}

}  // namespace

std::vector<Container> look_at_node(const std::string& state_root, std::chrono::milliseconds time, Unseen unseen) {
  const auto kept = kept_containers(state_root);
  const std::string shared = state_root + host::kNodeSocket;
  const bool has_shared = is_socket(shared);
  std::vector<std::string> paths;
  if (has_shared && !kept.empty()) paths.push_back(shared);
  for (const KeptContainer& container : kept) {
    if (container.has_socket) paths.push_back(state_root + "/containers/" + container.id + host::kContainerSocket);
  }
  const auto answers = ask_supervisors(paths, time);
  std::size_t next = has_shared ? 1 : 0;
  const Expected<Answer> of_all =
      has_shared && !kept.empty() ? read_answer(answers[0]) : failure("it has no supervisor");
  std::vector<Container> containers;
  for (const KeptContainer& one : kept) {
    Container container = describe(one);
    take_use(one.has_socket ? read_answer(answers[next++]) : of_all, container);
    if (container.unknown.empty() || unseen == Unseen::Unknown || !is_unseen(one))
      containers.push_back(std::move(container));
  }
  return containers;
}

std::string display_name(const Container& container) {
  const oci::ContainerNames& names = container.names;
  if (names.pod.empty()) return short_name(container);
  return names.pod_namespace + "/" + names.pod + "/" + short_name(container);
}

std::string short_name(const Container& container) {
  if (!container.names.container.empty()) return container.names.container;
  return container.engine_name.empty() ? container.id.substr(0, kShortId) : container.engine_name;
}

}  // namespace vgpu::cli::usage
