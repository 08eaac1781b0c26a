#include <array>

#include "shims/cublas/version.h"

namespace vgpu::cublas {
namespace {

struct Row {
  cublasStatus_t status;
  const char* name;
  const char* text;
};
constexpr std::array kRows = {
    Row{kSuccess, "CUBLAS_STATUS_SUCCESS", "success"},
    Row{kNotInitialized, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"},
    Row{kAllocationFailed, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
    Row{kInvalidValue, "CUBLAS_STATUS_INVALID_VALUE", "an unsupported value or parameter was passed to the function"},
    Row{kArchitectureMismatch, "CUBLAS_STATUS_ARCH_MISMATCH", "the device lacks a feature that the function needs"},
    Row{kMappingError, "CUBLAS_STATUS_MAPPING_ERROR", "an access to GPU memory space failed"},
    Row{kExecutionFailed, "CUBLAS_STATUS_EXECUTION_FAILED", "the GPU program failed to execute"},
    Row{kInternalError, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed"},
    Row{kNotSupported, "CUBLAS_STATUS_NOT_SUPPORTED", "the functionality requested is not supported"},
    Row{kLicenseError, "CUBLAS_STATUS_LICENSE_ERROR", "the functionality requested needs a license"},
};

const Row* find(cublasStatus_t status) {
  for (const Row& row : kRows) {
    if (row.status == status) return &row;
  }
  return nullptr;
}

}  // namespace

const char* status_name(cublasStatus_t status) {
  const Row* row = find(status);
  return row == nullptr ? "CUBLAS_STATUS_UNKNOWN" : row->name;
}

const char* status_text(cublasStatus_t status) {
  const Row* row = find(status);
  return row == nullptr ? "unknown status" : row->text;
}

}  // namespace vgpu::cublas
