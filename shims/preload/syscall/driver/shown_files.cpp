#include "shims/preload/syscall/driver/shown_files.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "gpu/model/device_file.h"
#include "gpu/model/device_nodes.h"
#include "oci/driver_files.h"
#include "shims/preload/syscall/driver/read_text.h"

namespace vgpu::preload {
namespace {

// Folders of the kernel's that the driver adds to.
const std::array<std::string, 4> kShared = {"/dev", "/" + std::string(oci::kDriverFolder),
                                            "/" + std::string(oci::kPciFolder), "/" + std::string(oci::kModuleFolder)};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// A folder may be named with a slash at its end.
std::string_view without_end(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

ShownFiles::ShownFiles(std::span<const model::Device> devices) {
  for (const std::string& folder : kShared) places_[folder].entry.kind = EntryKind::SharedFolder;
  for (const model::DeviceNode& node : model::device_nodes(static_cast<unsigned>(devices.size()))) {
    add("/dev/" + node.name, {.entry = {EntryKind::Node, ::makedev(node.major, node.minor), 0}});
  }
  const std::vector<model::Device> all(devices.begin(), devices.end());
  const std::string processors = first_line(read_text("/sys/devices/system/cpu/online"));
  for (oci::File& file : oci::driver_files(all, model::versions_for(all), processors)) {
    const Entry entry{EntryKind::File, 0, file.content.size()};
    add("/" + file.name, {.entry = entry, .text = std::move(file.content)});
  }
  for (const model::Device& device : devices) {
    device_folders_.push_back("/" + std::string(oci::kPciFolder) + "/" + device.pci_bus_id());
  }
}

void ShownFiles::add(const std::string& path, Place place) {
  if (!places_.emplace(path, std::move(place)).second) return;
  const std::size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash);
  if (!places_.contains(folder)) add(folder, {.entry = {EntryKind::Folder, 0, 0}});
  places_[folder].names.push_back(path.substr(slash + 1));
}

const Entry* ShownFiles::find(std::string_view path) const {
  const auto found = places_.find(without_end(path));
  return found != places_.end() ? &found->second.entry : nullptr;
}

bool ShownFiles::covers(std::string_view path) const {
  return std::ranges::any_of(device_folders_, [&](const std::string& folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
  });
}

std::optional<std::string> ShownFiles::text(std::string_view path) const {
  const std::string numbers = "/" + std::string(oci::kDeviceNumbersFile);
  if (path == numbers) {
    const std::string machine = read_text(numbers.c_str());
    const std::string both = oci::with_driver_numbers(machine);
    if (both == machine) return std::nullopt;
    return both;
  }
  const auto found = places_.find(without_end(path));
  if (found == places_.end() || found->second.entry.kind != EntryKind::File) return std::nullopt;
  return found->second.text;
}

const char* ShownFiles::name_in(std::string_view folder, unsigned number, EntryKind& kind) const {
  const auto found = places_.find(without_end(folder));
  if (found == places_.end() || number >= found->second.names.size()) return nullptr;
  const std::string& name = found->second.names[number];
  kind = places_.find(found->first + "/" + name)->second.entry.kind;
  return name.c_str();
}

}  // namespace vgpu::preload
