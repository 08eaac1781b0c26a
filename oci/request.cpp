#include "oci/request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "gpu/model/device_file.h"
#include "gpu/model/uuid.h"
#include "oci/annotation_choices.h"
#include "oci/container_names.h"

namespace vgpu::oci {
namespace {

// Where engines say that a container is a pod's sandbox.
constexpr std::array<std::string_view, 2> kContainerTypeKeys = {"io.kubernetes.cri.container-type",
                                                                "io.kubernetes.cri-o.ContainerType"};

constexpr std::uint64_t kMemoryBlock = std::uint64_t{256} << 20;  // of tencent.com/vcuda-memory

template <class Keys>
std::string_view first_value(const Annotations& annotations, const Keys& keys) {
  for (const std::string_view key : keys) {
    if (const auto found = annotations.find(key); found != annotations.end()) return found->second;
  }
  return {};
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

// How a field of the container's devices is called in messages.
constexpr std::string_view kDeviceKey = "CDI device: ";

Annotations keys_of(const DeviceFields& devices) {
  Annotations keys;
  for (const auto& [name, value] : devices) keys.emplace(std::string(kDeviceKey) + name, value);
  return keys;
}

// In any unit.
bool says_memory(const Choices& choices) {
  return std::ranges::any_of(
      std::array{Field::Memory, Field::MemoryPercent, Field::MemoryFraction, Field::MemoryBytes, Field::MemoryBlocks},
      [&](Field field) { return find(choices, field) != nullptr; });
}

// A share of one device, above 0 and up to 1.
Expected<double> parse_fraction(const Choice& choice) {
  double number = 0;
  const std::string& text = *choice.value;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !(number >= 0.01 && number <= 1)) {
    return refuse(choice, "must be a number from 0.01 to 1");
  }
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
  if (const Choice* bytes = find(choices, Field::MemoryBytes)) {
    const auto plain = bytes->value->find_first_not_of("0123456789") == std::string::npos;
    const auto number = model::parse_memory(plain ? *bytes->value + "B" : *bytes->value);
    if (!number) return refuse(*bytes, "not a number of bytes");
    if (*number > limits.memory) return refuse(*bytes, "this machine has " + mebibytes(limits.memory));
    return *number;
  }
  if (const Choice* blocks = find(choices, Field::MemoryBlocks)) {
    const auto number = parse_number(*blocks, 1, 1U << 20);
    if (!number) return std::unexpected(number.error());
    if (*number * kMemoryBlock > limits.memory) {
      return refuse(*blocks, "in blocks of 256 MiB; this machine has " + mebibytes(limits.memory));
    }
    return *number * kMemoryBlock;
  }
  if (const Choice* percent = find(choices, Field::MemoryPercent)) {
    const auto number = parse_number(*percent, 1, 100);
    if (!number) return std::unexpected(number.error());
    return profile.memory / 100 * *number;
  }
  if (const Choice* fraction = find(choices, Field::MemoryFraction)) {
    const auto number = parse_fraction(*fraction);
    if (!number) return std::unexpected(number.error());
    return static_cast<std::uint64_t>(static_cast<double>(profile.memory) * *number) >> 20 << 20;
  }
  return profile.memory;
}

Expected<unsigned> cores_of(const Choices& choices) {
  if (const Choice* cores = find(choices, Field::Cores)) return parse_number(*cores, 1, 100);
  if (const Choice* fraction = find(choices, Field::CoresFraction)) {
    const auto number = parse_fraction(*fraction);
    if (!number) return std::unexpected(number.error());
    return static_cast<unsigned>(*number * 100 + 0.5);
  }
  return 100;
}

}  // namespace

Expected<std::optional<Request>> parse_request(const Annotations& annotations, const Limits& limits,
                                               const DeviceFields& devices) {
  if (first_value(annotations, kContainerTypeKeys) == "sandbox") return std::nullopt;
  auto choices = choose(annotations);
  if (!choices) return std::unexpected(choices.error());
  const Annotations device_keys = keys_of(devices);
  for (const auto& [key, value] : device_keys) {
    const auto own = parse_own_key(std::string(kPrefix) + key.substr(kDeviceKey.size()));
    const Choice choice{Choice::Rank::Alias, &key, &value};
    if (!own || !own->container.empty()) return refuse(choice, "unknown to this vgpu");
    if (own->field == Field::Memory && says_memory(*choices)) continue;
    if (own->field == Field::Cores && find(*choices, Field::CoresFraction) != nullptr) continue;
    choices->try_emplace(own->field, choice);
  }
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
  const auto cores = cores_of(*choices);
  if (!cores) return std::unexpected(cores.error());
  request.cores = *cores;
  if (const Choice* inject = find(*choices, Field::Inject)) {
    if (*inject->value != "auto" && *inject->value != "preload") return refuse(*inject, "must be auto or preload");
    if (*inject->value == "preload") request.injection = Injection::Preload;
  }
  if (const Choice* choice = find(*choices, Field::Cache)) {
    auto cache = parse_cache(*choice, annotations);
    if (!cache) return std::unexpected(cache.error());
    request.cache = *std::move(cache);
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
