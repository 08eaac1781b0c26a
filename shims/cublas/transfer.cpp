// cublasSetVector and its kin: strided copies between host and device memory, which share one address space.
#include <cstring>

#include "shims/cublas/driver.h"
#include "shims/cublas/handle.h"

using namespace vgpu::cublas;

namespace {

// `count` pieces of `size` bytes, each a pitch after the one before.
struct Copy {
  std::int64_t count, size;
  const void* source;
  std::int64_t source_pitch;
  void* destination;
  std::int64_t destination_pitch;
};

cublasStatus_t transfer(const char* name, const Copy& copy, CublasStream stream, bool wait) noexcept {
  if (copy.count < 0 || copy.size < 0 || copy.source_pitch < copy.size || copy.destination_pitch < copy.size) {
    return kInvalidValue;
  }
  if (copy.count == 0 || copy.size == 0) return kSuccess;
  try {
    const cublasStatus_t status = enqueue(stream, nullptr, name, [copy] {
      for (std::int64_t index = 0; index < copy.count; ++index) {
        std::memcpy(static_cast<std::byte*>(copy.destination) + index * copy.destination_pitch,
                    static_cast<const std::byte*>(copy.source) + index * copy.source_pitch,
                    static_cast<std::size_t>(copy.size));
      }
    });
    if (status != kSuccess || !wait) return status;
    return cuStreamSynchronize(stream) == 0 ? kSuccess : kMappingError;
  } catch (...) {
    return kAllocationFailed;
  }
}

}  // namespace

#define VGPU_TRANSFERS(direction, integer, suffix)                                                                    \
  VGPU_CUBLAS_EXPORT cublasStatus_t cublas##direction##Vector##suffix(integer n, integer element_size, const void* x, \
                                                                      integer incx, void* y, integer incy) {          \
    const std::int64_t size = element_size;                                                                           \
    return size <= 0 || incx <= 0 || incy <= 0                                                                        \
               ? kInvalidValue                                                                                        \
               : transfer("cublas" #direction "Vector", {n, size, x, incx * size, y, incy * size}, nullptr, true);    \
  }                                                                                                                   \
  VGPU_CUBLAS_EXPORT cublasStatus_t cublas##direction##VectorAsync##suffix(                                           \
      integer n, integer element_size, const void* x, integer incx, void* y, integer incy, CublasStream stream) {     \
    const std::int64_t size = element_size;                                                                           \
    return size <= 0 || incx <= 0 || incy <= 0                                                                        \
               ? kInvalidValue                                                                                        \
               : transfer("cublas" #direction "Vector", {n, size, x, incx * size, y, incy * size}, stream, false);    \
  }                                                                                                                   \
  VGPU_CUBLAS_EXPORT cublasStatus_t cublas##direction##Matrix##suffix(                                                \
      integer rows, integer columns, integer element_size, const void* a, integer lda, void* b, integer ldb) {        \
    const std::int64_t size = element_size;                                                                           \
    return size <= 0 ? kInvalidValue                                                                                  \
                     : transfer("cublas" #direction "Matrix", {columns, rows * size, a, lda * size, b, ldb * size},   \
                                nullptr, true);                                                                       \
  }                                                                                                                   \
  VGPU_CUBLAS_EXPORT cublasStatus_t cublas##direction##MatrixAsync##suffix(                                           \
      integer rows, integer columns, integer element_size, const void* a, integer lda, void* b, integer ldb,          \
      CublasStream stream) {                                                                                          \
    const std::int64_t size = element_size;                                                                           \
    return size <= 0 ? kInvalidValue                                                                                  \
                     : transfer("cublas" #direction "Matrix", {columns, rows * size, a, lda * size, b, ldb * size},   \
                                stream, false);                                                                       \
  }
VGPU_TRANSFERS(Set, int, )
VGPU_TRANSFERS(Get, int, )
VGPU_TRANSFERS(Set, std::int64_t, _64)
VGPU_TRANSFERS(Get, std::int64_t, _64)
