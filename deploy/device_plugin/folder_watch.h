#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::device_plugin {

// Tells when sockets come and go in kubelet's folder.
class FolderWatch {
 public:
  // Fails when there is no such folder.
  static Expected<FolderWatch> open(const std::string& folder);

  // Readable when something changed.
  [[nodiscard]] int descriptor() const { return events_.get(); }

  // Takes what there is to read. False when the folder itself is gone.
  bool drain();

 private:
  explicit FolderWatch(FileDescriptor events) : events_(std::move(events)) {}
  FileDescriptor events_;
};

}  // namespace vgpu::device_plugin
