#include "oci/installation.h"

#include <array>
#include <filesystem>

namespace vgpu::oci {
namespace {

namespace fs = std::filesystem;

// The first of some paths, each from the program's folder, below which `file` exists.
template <std::size_t kCount>
Expected<std::string> first_with(const std::string& program, const std::array<const char*, kCount>& paths,
                                 const char* file) {
  const fs::path folder = fs::path(program).parent_path();
  std::string tried;
  for (const char* path : paths) {
    std::error_code error;
    const fs::path candidate = fs::weakly_canonical(folder / path, error);
    if (!error && fs::exists(candidate / file, error)) return candidate.string();
    tried += (tried.empty() ? "\"" : ", \"") + (folder / path).lexically_normal().string() + "\"";
  }
  return failure(std::string(file) + ": not found in " + tried);
}

}  // namespace

Expected<std::string> program_path() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error) return failure("read link \"/proc/self/exe\": " + error.message());
  return path.string();
}

Expected<std::string> library_folder(const std::string& program) {
  return first_with(program, std::array{"../lib64/vgpu", "../../lib64/vgpu", "../stage/lib64"}, "libcuda.so.1");
}

std::string driver_library_folder(const std::string& library_folder) {
  std::string folder = library_folder + "-driver";
  std::error_code error;
  return fs::exists(folder + "/libcuda.so.1", error) ? folder : std::string();
}

Expected<std::string> hook_program(const std::string& program) {
  auto folder = first_with(program, std::array{".", "../libexec/vgpu", "../hook"}, "vgpu-hook");
  if (!folder) return folder;
  return *folder + "/vgpu-hook";
}

Expected<std::string> supervisor_program(const std::string& program) {
  auto folder = first_with(program, std::array{".", "../libexec/vgpu", "../seccomp"}, "vgpu-supervisor");
  if (!folder) return folder;
  return *folder + "/vgpu-supervisor";
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

}  // namespace vgpu::oci
