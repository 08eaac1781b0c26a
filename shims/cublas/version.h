#pragma once

#include <cstddef>

#include "shims/cublas/abi.h"

namespace vgpu::cublas {

// What the libraries say they are: the cuBLAS of the CUDA major version whose SONAME they carry.
#if VGPU_CUBLAS_MAJOR == 12
inline constexpr int kVersionMajor = 12, kVersionMinor = 8, kVersionPatch = 4;
inline constexpr std::size_t kCudartVersion = 12080;
#else
inline constexpr int kVersionMajor = 13, kVersionMinor = 0, kVersionPatch = 2;
inline constexpr std::size_t kCudartVersion = 13000;
#endif

const char* status_name(cublasStatus_t status);  // "CUBLAS_STATUS_SUCCESS"
const char* status_text(cublasStatus_t status);  // for people

}  // namespace vgpu::cublas
