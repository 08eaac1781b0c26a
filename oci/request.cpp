#include "oci/request.h"

#include <charconv>
#include <system_error>

#include "gpu/model/device_file.h"
#include "gpu/model/uuid.h"
#include "oci/annotation_keys.h"
#include "oci/container_names.h"

namespace vgpu::oci {
namespace {

// Where engines say that a container is a pod's sandbox.
constexpr std::array<std::string_view, 2> kContainerTypeKeys = {"io.kubernetes.cri.container-type",
                                                                "io.kubernetes.cri-o.ContainerType"};

template <class Keys>
std::string_view first_value(const Annotations& annotations, const Keys& keys) {
  for (const std::string_view key : keys) {
    if (const auto found = annotations.find(key); found != annotations.end()) return found->second;
  }
  return {};
}

// One field's annotation, and how much it counts: a container's own key before the pod's, ours before an alias.
struct Choice {
  enum class Rank { Alias, Pod, Container } rank;
  const std::string* key;
  const std::string* value;
};
using Choices = std::map<Field, Choice>;

// Annotations come from anyone: what goes into a message stays one short line.
std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string line(text.substr(0, kLongest));
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = '?';
  }
  return text.size() > kLongest ? line + "..." : line;
}

std::unexpected<Error> refuse(const Choice& choice, const std::string& reason) {
  return failure(printable(*choice.key) + "=\"" + printable(*choice.value) + "\": " + reason);
}

Expected<Choices> choose(const Annotations& annotations) {
  const std::string container_name = names_of(annotations).container;
  Choices choices;
  for (const auto& [key, value] : annotations) {
    Choice choice{Choice::Rank::Alias, &key, &value};
    Field field;
    if (key.starts_with(kPrefix)) {
      const auto own = parse_own_key(key);
      if (!own) {
        return refuse(choice,
                      "unknown key; known are count, memory, cores, profile and inject, alone or after CONTAINER.");
      }
      if (!own->container.empty() && container_name.empty()) {
        return refuse(choice, "this engine does not say which container of the pod this is");
      }
      if (!own->container.empty() && own->container != container_name) continue;
      choice.rank = own->container.empty() ? Choice::Rank::Pod : Choice::Rank::Container;
      field = own->field;
    } else if (const Alias* alias = find_alias(key)) {
      field = alias->field;
    } else {
      continue;
    }
    const auto [position, inserted] = choices.try_emplace(field, choice);
    if (inserted) continue;
    if (choice.rank == position->second.rank && *position->second.value != value) {
      return refuse(choice, "contradicts " + *position->second.key + "=\"" + printable(*position->second.value) + "\"");
    }
    if (choice.rank > position->second.rank) position->second = choice;
  }
  return choices;
}

const Choice* find(const Choices& choices, Field field) {
  const auto found = choices.find(field);
  return found == choices.end() ? nullptr : &found->second;
}

Expected<unsigned> parse_number(const Choice& choice, unsigned lowest, unsigned highest) {
  unsigned number = 0;
  const std::string& text = *choice.value;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string range = std::to_string(lowest) + " to " + std::to_string(highest);
  if (text.empty() || stop != end || (error != std::errc() && error != std::errc::result_out_of_range)) {
    return refuse(choice, "not a whole number from " + range);
  }
  if (error != std::errc() || number < lowest || number > highest) return refuse(choice, "must be " + range);
  return number;
}

// The reason alone, without the value that model::parse_memory and model::find_profile begin their messages with.
std::string reason_of(const Error& error, const std::string& value) {
  const std::size_t quoted = error.message.find("\"" + value + "\": ");
  return quoted == std::string::npos ? error.message : error.message.substr(quoted + value.size() + 4);
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

Expected<std::uint64_t> memory_of(const Choices& choices, const model::Profile& profile, const Limits& limits) {
  if (const Choice* memory = find(choices, Field::Memory)) {
    const auto bytes = model::parse_memory(*memory->value);
    if (!bytes) return refuse(*memory, reason_of(bytes.error(), *memory->value));
    if (*bytes > limits.memory) return refuse(*memory, "this machine has " + mebibytes(limits.memory));
    return *bytes;
  }
  if (const Choice* percent = find(choices, Field::MemoryPercent)) {
    const auto number = parse_number(*percent, 1, 100);
    if (!number) return std::unexpected(number.error());
    return profile.memory / 100 * *number;
  }
  return profile.memory;
}

}  // namespace

Expected<std::optional<Request>> parse_request(const Annotations& annotations, const Limits& limits) {
  if (first_value(annotations, kContainerTypeKeys) == "sandbox") return std::nullopt;
  const auto choices = choose(annotations);
  if (!choices) return std::unexpected(choices.error());
  if (choices->empty()) return std::nullopt;

  Request request;
  request.names = names_of(annotations);
  if (const Choice* count = find(*choices, Field::Count)) {
    const auto number = parse_number(*count, 1, model::kMaximumDevices);
    if (!number) return std::unexpected(number.error());
    request.count = *number;
  }
  const Choice* profile_choice = find(*choices, Field::Profile);
  auto profile =
      model::find_profile(profile_choice ? std::string_view(*profile_choice->value) : model::kDefaultProfile);
  if (!profile) {
    return profile_choice ? refuse(*profile_choice, reason_of(profile.error(), *profile_choice->value))
                          : std::unexpected(profile.error());
  }
  request.profile = *std::move(profile);
  const auto memory = memory_of(*choices, request.profile, limits);
  if (!memory) return std::unexpected(memory.error());
  request.profile.memory = *memory;
  if (const Choice* cores = find(*choices, Field::Cores)) {
    const auto number = parse_number(*cores, 1, 100);
    if (!number) return std::unexpected(number.error());
    request.cores = *number;
  }
  if (const Choice* inject = find(*choices, Field::Inject)) {
    if (*inject->value != "auto" && *inject->value != "preload") return refuse(*inject, "must be auto or preload");
    if (*inject->value == "preload") request.injection = Injection::Preload;
  }
  return request;
}

std::vector<model::Device> request_devices(const Request& request, const std::string& container_id) {
  std::vector<model::Device> devices;
  for (unsigned ordinal = 0; ordinal < request.count; ++ordinal) {
    devices.push_back(model::make_device(request.profile, ordinal));
    devices.back().uuid = model::uuid_from_seed(container_id, ordinal);
    devices.back().cores = request.cores;
  }
  return devices;
}

}  // namespace vgpu::oci
