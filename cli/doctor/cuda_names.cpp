#include "cli/doctor/cuda_names.h"

#include <algorithm>
#include <array>

namespace vgpu::cli::doctor {
namespace {

constexpr std::array<std::string_view, 17> kLibraries = {
    "libcuda",      "libcudart",   "libcublas",   "libcublasLt", "libnvidia-ml", "libcufft",
    "libcurand",    "libcusparse", "libcusolver", "libcudnn",    "libnccl",      "libnvrtc",
    "libnvJitLink", "libcutensor", "libnvjpeg",   "libnvblas",   "libcusparseLt"};
constexpr std::array<std::string_view, 5> kPrefixes = {"cu", "cuda", "__cuda", "nvml", "cublas"};

bool is_capital(char character) {
  return character >= 'A' && character <= 'Z';
}

}  // namespace

bool is_cuda_library(std::string_view file_name) {
  const std::size_t end = file_name.find(".so");
  if (end == std::string_view::npos) return false;
  const std::string_view rest = file_name.substr(end + 3);
  return (rest.empty() || rest.starts_with('.')) &&
         std::ranges::find(kLibraries, file_name.substr(0, end)) != kLibraries.end();
}

bool is_cuda_symbol(std::string_view name) {
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) {
    return name.starts_with(prefix) && name.size() > prefix.size() && is_capital(name[prefix.size()]);
  });
}

}  // namespace vgpu::cli::doctor
