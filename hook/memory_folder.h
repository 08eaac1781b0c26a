#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::hook {

// A small file system in memory, attached nowhere yet: what is mounted over a folder of a container and goes with it.
class MemoryFolder {
 public:
  static Expected<MemoryFolder> make();

  // Paths are below it, free of links; folders on the way are made.
  Expected<void> add_file(const std::string& path, const std::string& content);
  Expected<void> add_folder(const std::string& path);
  Expected<void> add_link(const std::string& name, const std::string& target);
  [[nodiscard]] bool has(const std::string& name) const;

  // Makes it read-only. Nothing can be added any more.
  Expected<void> seal();

  [[nodiscard]] const FileDescriptor& mount() const { return mount_; }

 private:
  explicit MemoryFolder(FileDescriptor mount) : mount_(std::move(mount)) {}
  FileDescriptor mount_;
};

}  // namespace vgpu::hook
