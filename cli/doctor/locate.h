#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/binaries.h"
#include "cli/doctor/subject.h"

namespace vgpu::cli::doctor {

enum class Origin {
  Vgpu,     // a file of this installation, mounted
  Mounted,  // another file, mounted over the image's
  Image,    // the image's own
};

struct Location {
  std::string path;  // in the container, free of links
  Origin origin = Origin::Image;
  std::string source;   // of what is mounted: its path in its own file system
  bool folder = false;  // it is in a folder that is mounted, and not mounted itself
};

// What is at `path` in the container, or will be once the hook has mounted its part. nullopt: no file.
std::optional<Location> locate(const Subject& subject, const std::string& path);

// The first file of this name where the dynamic linker looks for a library that `binary` needs: ld.so(8). In the
// binary's own folder too, which programs put into LD_LIBRARY_PATH for it, Ollama before all others. Without a binary:
// where dlopen(3) looks.
std::optional<Location> find_library(const Subject& subject, const std::string& name, const Binary* binary);

}  // namespace vgpu::cli::doctor
