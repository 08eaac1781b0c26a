#pragma once

#include <string_view>

// Which names are CUDA's.
namespace vgpu::cli::doctor {

// True for a library of CUDA's by its file name, those of NVIDIA's that vgpu has none for included.
bool is_cuda_library(std::string_view file_name);

// True for a function of the interfaces that vgpu's libraries have: the driver's (`cu` and a capital letter), the
// runtime's (`cuda`, `__cuda`), NVML (`nvml`) and cuBLAS (`cublas`).
bool is_cuda_symbol(std::string_view name);

}  // namespace vgpu::cli::doctor
