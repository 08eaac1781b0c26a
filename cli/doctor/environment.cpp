#include <algorithm>

#include "cli/doctor/findings.h"
#include "cli/doctor/locate.h"
#include "cli/doctor/search_path.h"
#include "oci/library_names.h"
#include "shims/cuda/visible_devices.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::array<const char*, 2> kOllamaFolders = {"/usr/lib/ollama/", "/usr/local/lib/ollama/"};

bool is_set(const Subject& subject, const std::string& name) {
  return subject.environment.contains(name);
}

Finding library_path(const Subject& subject) {
  const std::string name = "LD_LIBRARY_PATH";
  const std::string value = variable(subject, name);
  const std::string folder(oci::kContainerLibraryFolder);
  const auto folders = split_path(value);
  if (std::ranges::find(folders, folder) != folders.end()) return {name, State::Ok, in_quotes(value), {}};
  const auto found = find_library(subject, "libcuda.so.1", nullptr);
  const std::string detail =
      (is_set(subject, name) ? in_quotes(value) : std::string("not set")) + ", without " + folder;
  if (found && found->origin == Origin::Vgpu) {
    return {name, State::Ok, detail + "; libcuda.so.1 is found at " + found->path + " all the same", {}};
  }
  return {name, State::Missing, detail, "add " + folder + " to it: programs find vgpu's libraries there"};
}

Finding nvidia_devices(const Subject& subject) {
  const std::string name = "NVIDIA_VISIBLE_DEVICES";
  if (!is_set(subject, name)) {
    return {name, State::Warning, "not set", "set it to `all` for programs that take it for the sign of a GPU"};
  }
  const std::string value = variable(subject, name);
  const bool none = value.empty() || value == "none" || value == "void";
  return {name, none ? State::Warning : State::Ok, in_quotes(value),
          none ? "set it to `all`: this value says that the container has no GPU, to those who ask it" : ""};
}

Finding cuda_devices(const Subject& subject, const std::vector<model::Device>& devices) {
  const std::string name = "CUDA_VISIBLE_DEVICES";
  if (!is_set(subject, name)) return {name, State::Ok, "not set: all devices are seen", {}};
  const std::string value = variable(subject, name);
  const std::size_t seen = cuda::visible_devices(value.c_str(), devices).size();
  const std::string detail =
      in_quotes(value) + ": " + std::to_string(seen) + " of " + std::to_string(devices.size()) + " devices are seen";
  if (seen == 0) return {name, State::Missing, detail, "leave it out, or set it to 0"};
  return {name, seen == devices.size() ? State::Ok : State::Warning, detail,
          seen == devices.size() ? "" : "leave it out for all devices"};
}

// Ollama loads no other folder's library when it is set.
std::optional<Finding> ollama_library(const Subject& subject) {
  const std::string name = "OLLAMA_LLM_LIBRARY";
  const auto has = [&](const std::string& folder) {
    return std::ranges::any_of(kOllamaFolders, [&](const char* parent) {
      return subject.rootfs->resolve_folder(parent + folder).has_value();
    });
  };
  if (!has("")) return std::nullopt;
  if (!is_set(subject, name)) {
    return Finding{name, State::Warning, "not set", "set it to cuda_v12: Ollama then tries no other folder"};
  }
  const std::string value = variable(subject, name);
  if (!value.starts_with("cuda_v")) {
    return Finding{name, State::Missing, in_quotes(value) + " keeps Ollama from CUDA",
                   "set it to cuda_v12, or leave it out"};
  }
  // Before version 0.5.8 the libraries were in no folder of that name.
  if (value.find('/') != std::string::npos || !has(value)) {
    return Finding{name, State::Warning, in_quotes(value) + ": there is no such folder of Ollama's",
                   "set it to the name of one; an Ollama that has none does not read it"};
  }
  return Finding{name, State::Ok, in_quotes(value), {}};
}

}  // namespace

Findings examine_environment(const Subject& subject, const std::vector<model::Device>& devices) {
  Findings findings = {library_path(subject), nvidia_devices(subject), cuda_devices(subject, devices)};
  if (auto finding = ollama_library(subject)) findings.push_back(*std::move(finding));
  return findings;
}

}  // namespace vgpu::cli::doctor
