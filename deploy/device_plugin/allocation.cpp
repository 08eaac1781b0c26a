#include "deploy/device_plugin/allocation.h"

#include <algorithm>
#include <set>

#include "gpu/model/device_file.h"
#include "gpu/model/uuid.h"
#include "oci/annotation_keys.h"

namespace vgpu::device_plugin {
namespace {

constexpr std::size_t kShownLength = 80;

// IDs come from whoever speaks to the socket.
std::string quoted(std::string_view id) {
  std::string text(id.substr(0, kShownLength));
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return "\"" + text + (id.size() > kShownLength ? "…\"" : "\"");
}

std::string key(std::string_view field) {
  return std::string(oci::kPrefix) + std::string(field);
}

}  // namespace

std::vector<std::string> device_ids(const std::string& resource, unsigned count, const std::string& node) {
  std::vector<std::string> ids;
  for (unsigned ordinal = 0; ordinal < count; ++ordinal) {
    if (resource != kNvidiaResource) {
      ids.push_back("vgpu-" + std::to_string(ordinal));
      continue;
    }
    model::Device device;
    device.uuid = model::uuid_from_seed(node, ordinal);
    ids.push_back(device.uuid_string());
  }
  return ids;
}

Expected<Grant> grant_for(const Settings& settings, unsigned count, unsigned cores) {
  if (count == 0 || count > model::kMaximumDevices) {
    return failure(std::to_string(count) + " devices: a container can have 1 to " +
                   std::to_string(model::kMaximumDevices));
  }
  Grant grant;
  if (settings.answer.annotations) {
    grant.annotations[key("count")] = std::to_string(count);
    grant.annotations[key("profile")] = settings.profile.id;
    if (settings.has_own_memory) grant.annotations[key("memory")] = std::to_string(settings.profile.memory >> 20);
    if (cores < 100) grant.annotations[key("cores")] = std::to_string(cores);
  }
  if (settings.answer.cdi) {
    for (unsigned ordinal = 0; ordinal < count; ++ordinal) {
      grant.cdi_devices.push_back(std::string(kOwnResource) + "=" + std::to_string(ordinal));
    }
  }
  return grant;
}

Expected<std::vector<std::string>> prefer(const std::vector<std::string>& known,
                                          const std::vector<std::string>& available,
                                          const std::vector<std::string>& must_include, int size) {
  const std::set<std::string> free(available.begin(), available.end());
  std::set<std::string> chosen;
  for (const std::string& id : must_include) {
    if (!free.contains(id)) return failure("device " + quoted(id) + ": must be included, but is not available");
    chosen.insert(id);
  }
  for (const std::string& id : free) {
    if (std::ranges::find(known, id) == known.end()) return failure("device " + quoted(id) + ": unknown");
  }
  const auto wanted = static_cast<std::size_t>(std::max(size, 0));
  if (size < 1 || chosen.size() > wanted || free.size() < wanted) {
    return failure("allocation of " + std::to_string(size) + " devices: " + std::to_string(chosen.size()) +
                   " must be included, and " + std::to_string(free.size()) + " are available");
  }
  for (const std::string& id : known) {
    if (chosen.size() == wanted) break;
    if (free.contains(id)) chosen.insert(id);
  }
  std::vector<std::string> preferred;
  std::ranges::copy_if(known, std::back_inserter(preferred),
                       [&](const std::string& id) { return chosen.contains(id); });
  return preferred;
}

Expected<void> check_devices(const std::vector<std::string>& known, const std::vector<std::string>& asked) {
  if (asked.empty()) return failure("no device is named");
  std::set<std::string> seen;
  for (const std::string& id : asked) {
    if (std::ranges::find(known, id) == known.end()) return failure("device " + quoted(id) + ": unknown");
    if (!seen.insert(id).second) return failure("device " + quoted(id) + ": named twice");
  }
  return {};
}

}  // namespace vgpu::device_plugin
