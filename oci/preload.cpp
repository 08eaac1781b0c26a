#include "oci/preload.h"

#include <algorithm>

#include "oci/library_names.h"

namespace vgpu::oci {
namespace {

// NVIDIA's own libnvidia-ml stays in its place for NVIDIA's programs, so nothing may stand for it.
std::vector<std::string_view> wanted_libraries(const Facts& facts) {
  std::vector<std::string_view> libraries(kPreloadedLibraries.begin(), kPreloadedLibraries.end());
  if (leaves_management(facts)) std::erase(libraries, kPreloadedManagementLibrary);
  return libraries;
}

std::string path_of(std::string_view library) {
  return std::string(kContainerLibraryFolder) + "/" + std::string(library);
}

std::unexpected<Error> lacks(const Facts& facts, std::string_view library) {
  return failure("vgpu.dev/inject=\"preload\": this installation lacks " + std::string(library) + " in \"" +
                 facts.library_folder + "\"");
}

bool has_library(const Facts& facts, std::string_view library) {
  return std::ranges::find(facts.libraries, library) != facts.libraries.end();
}

// The image's own file with the libraries at its end. One that is there already is not repeated: the dynamic linker
// would not mind, but an image may be made from a container again and again.
std::string preload_file(std::string content, const std::vector<std::string_view>& libraries) {
  for (const std::string_view library : libraries) {
    const std::string path = path_of(library);
    if (("\n" + content + "\n").find("\n" + path + "\n") != std::string::npos) continue;
    if (!content.empty() && !content.ends_with('\n')) content += '\n';
    content += path + "\n";
  }
  return content;
}

}  // namespace

bool has_glibc(const Rootfs& rootfs) {
  return rootfs.resolve_file(std::string(kGlibcDynamicLinker)).has_value();
}

Expected<void> add_preload(const Request& request, const Facts& facts, Plan& plan) {
  std::vector<std::string_view> libraries = wanted_libraries(facts);
  const bool asked = request.injection == Injection::Preload;
  if (facts.preload_file) {
    std::erase_if(libraries, [&](std::string_view library) { return !has_library(facts, library); });
    if (asked && libraries.empty()) return lacks(facts, kPreloadedLibraries.front());
    if (libraries.empty() || !facts.has_glibc) return {};
    plan.files.push_back({kPreloadFileName, preload_file(*facts.preload_file, libraries)});
    plan.mounts.push_back({facts.state_folder + "/" + kPreloadFileName, kPreloadFile, false, false});
    return {};
  }
  if (!asked) return {};
  std::string list;
  for (const std::string_view library : libraries) {
    if (!has_library(facts, library)) return lacks(facts, library);
    list += (list.empty() ? "" : ":") + path_of(library);
  }
  if (facts.has_glibc) plan.environment.push_back({EnvironmentEdit::Kind::AppendToPath, "LD_PRELOAD", std::move(list)});
  return {};
}

}  // namespace vgpu::oci
