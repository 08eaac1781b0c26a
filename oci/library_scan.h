#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/rootfs.h"

namespace vgpu::oci {

// A file of the image that one of our libraries is mounted over.
struct Cover {
  std::string path;     // in the container, free of links
  std::string library;  // name in the library folder
  bool operator==(const Cover&) const = default;
};

// The CUDA libraries that an image has, in the folders of library_names.h and of `library_path` (the value of its
// LD_LIBRARY_PATH; only names to look up inside the image). Sorted by path, each path once.
std::vector<Cover> find_covers(const Rootfs& rootfs, const std::string& library_path);

// The first folder that the image's dynamic linker searches by default; nullopt when the image has none.
std::optional<std::string> system_library_folder(const Rootfs& rootfs);

// The subfolder of the image's system library folder in which the image's glibc looks first, for a processor that every
// one of today is: where the library folder is mounted so that programs without LD_LIBRARY_PATH find it. nullopt when
// the image has no glibc, or has something in that subfolder.
// Source: ld.so(8), "Hardware capabilities"; `glibc-hwcaps` since glibc 2.33, `tls` before.
std::optional<std::string> preferred_library_folder(const Rootfs& rootfs);

}  // namespace vgpu::oci
