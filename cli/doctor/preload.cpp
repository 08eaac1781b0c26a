#include "cli/doctor/preload.h"

#include <algorithm>

#include "cli/doctor/findings.h"
#include "cli/doctor/locate.h"
#include "oci/library_names.h"
#include "oci/preload.h"

namespace vgpu::cli::doctor {

std::vector<std::string> preloaded_libraries(const Subject& subject) {
  std::string list = variable(subject, "LD_PRELOAD") + "\n" + read_file(subject, oci::kPreloadFile);
  // ld.so(8): both are separated by spaces and colons, the file by lines too.
  std::ranges::replace_if(list, [](char c) { return c == ':' || c == ' ' || c == '\t'; }, '\n');
  const std::string folder = std::string(oci::kContainerLibraryFolder) + "/";
  std::vector<std::string> libraries;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find('\n', at), list.size());
    std::string path = list.substr(at, end - at);
    const bool is_ours = path.starts_with(folder + "libvgpu-") && path.size() < 256;
    if (is_ours && std::ranges::find(libraries, path) == libraries.end()) libraries.push_back(std::move(path));
    if (libraries.size() > oci::kPreloadedLibraries.size()) break;
    at = end + 1;
  }
  return libraries;
}

bool preloads_driver(const Subject& subject) {
  const auto libraries = preloaded_libraries(subject);
  return std::ranges::any_of(libraries, [](const std::string& path) { return path.ends_with(oci::kPreloadedDriver); });
}

Findings examine_preload(const Subject& subject) {
  Findings findings;
  for (const std::string& path : preloaded_libraries(subject)) {
    const bool there = locate(subject, path).has_value();
    findings.push_back({"preload", there ? State::Ok : State::Warning, there ? path : path + " is not there",
                        there ? "" : "install vgpu again: the dynamic linker says so at each program's start"});
  }
  return findings;
}

}  // namespace vgpu::cli::doctor
