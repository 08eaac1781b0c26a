// cublasLt's log and its cache of heuristics' answers: settings that are taken and change nothing.
#include <atomic>
#include <cstdio>

#include "shims/cublas/handle.h"

namespace {

// Nothing is kept: the number is only given back.
std::atomic<std::size_t> cache_capacity = 8192;

}  // namespace

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtHeuristicsCacheGetCapacity(std::size_t* capacity) {
  if (capacity == nullptr) return kInvalidValue;
  *capacity = cache_capacity;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtHeuristicsCacheSetCapacity(std::size_t capacity) {
  cache_capacity = capacity;
  return kSuccess;
}

// cuBLAS's log is NVIDIA's; ours is VGPU_LOG. No line is ever written or reported.
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtLoggerSetCallback(void (*)(int, const char*, const char*)) {
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtLoggerSetFile(std::FILE*) {
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtLoggerOpenFile(const char* path) {
  return path == nullptr ? kInvalidValue : kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtLoggerSetLevel(int level) {
  return level < 0 || level > 5 ? kInvalidValue : kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtLoggerSetMask(int) {
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtLoggerForceDisable() {
  return kSuccess;
}
