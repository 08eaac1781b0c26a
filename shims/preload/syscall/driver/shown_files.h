#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gpu/model/profile.h"
#include "shims/preload/syscall/driver_interface.h"

// The device nodes, and what the kernel's file systems show of the driver: the files that the hook mounts in other
// containers.
namespace vgpu::preload {

class ShownFiles {
 public:
  explicit ShownFiles(std::span<const model::Device> devices);

  // What an absolute path names; nullptr when it is none of these.
  [[nodiscard]] const Entry* find(std::string_view path) const;

  // True for a path in the folder of a vGPU's PCI device: what find does not know there is nowhere, even where the
  // machine has a device of its own at the address.
  [[nodiscard]] bool covers(std::string_view path) const;

  // A file's text; nullopt when the path names none. That of /proc/devices is the machine's with the driver added, and
  // nothing where it has the driver.
  [[nodiscard]] std::optional<std::string> text(std::string_view path) const;

  // The name of an entry of a folder by its number; nullptr behind the last one.
  const char* name_in(std::string_view folder, unsigned number, EntryKind& kind) const;

 private:
  struct Place {
    Entry entry;
    std::string text = {};
    std::vector<std::string> names = {};  // of a folder
  };
  void add(const std::string& path, Place place);

  std::map<std::string, Place, std::less<>> places_;
  std::vector<std::string> device_folders_;
};

}  // namespace vgpu::preload
