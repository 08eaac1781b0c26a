#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::runtime {

// The configuration of a bundle, to be read and to be replaced by another one.
class BundleConfig {
 public:
  // `config` is a path from the bundle's folder, or absolute. nullopt: there is no such file. Fails when it cannot be
  // read, or is longer than 64 MiB.
  static Expected<std::optional<BundleConfig>> open(const std::string& bundle, const std::string& config);

  // The bundle's folder, absolute.
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] const std::string& text() const { return text_; }

  // Puts another file in its place, at once and as a whole, with the owner and mode of the former. Fails when what was
  // read is no regular file by that name, as when it is a link, or is not there any more.
  Expected<void> replace(const std::string& text) const;

 private:
  BundleConfig() = default;
  std::string folder_;
  std::string path_;       // of the configuration
  FileDescriptor parent_;  // the folder that the configuration is in
  std::string name_;       // in it
  struct stat status_{};
  std::string text_;
};

}  // namespace vgpu::runtime
