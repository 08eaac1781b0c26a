// cublasLt's handles and descriptors: plain data with attributes by number.
#include <new>

#include "shims/cublas/lt_attributes.h"
#include "shims/cublas/lt_types.h"
#include "shims/cublas/version.h"

using namespace vgpu::cublas;

namespace {

constexpr Attribute kLayoutAttributes[] = {
    VGPU_ATTRIBUTE(0, LtMatrixLayout, type),         VGPU_ATTRIBUTE(1, LtMatrixLayout, order),
    VGPU_ATTRIBUTE(2, LtMatrixLayout, rows),         VGPU_ATTRIBUTE(3, LtMatrixLayout, columns),
    VGPU_ATTRIBUTE(4, LtMatrixLayout, ld),           VGPU_ATTRIBUTE(5, LtMatrixLayout, batch_count),
    VGPU_ATTRIBUTE(6, LtMatrixLayout, batch_stride),
};
constexpr Attribute kMatmulAttributes[] = {
    VGPU_ATTRIBUTE(0, LtMatmulDescriptor, compute),
    VGPU_ATTRIBUTE(1, LtMatmulDescriptor, scale_type),
    VGPU_ATTRIBUTE(2, LtMatmulDescriptor, pointer_mode),
    VGPU_ATTRIBUTE(3, LtMatmulDescriptor, operation_a),
    VGPU_ATTRIBUTE(4, LtMatmulDescriptor, operation_b),
    VGPU_ATTRIBUTE(5, LtMatmulDescriptor, operation_c),
    VGPU_ATTRIBUTE(6, LtMatmulDescriptor, fill_mode),
    VGPU_ATTRIBUTE(7, LtMatmulDescriptor, epilogue),
    VGPU_ATTRIBUTE(8, LtMatmulDescriptor, bias),
    VGPU_ATTRIBUTE(10, LtMatmulDescriptor, bias_batch_stride),
    VGPU_ATTRIBUTE(11, LtMatmulDescriptor, auxiliary),
    VGPU_ATTRIBUTE(12, LtMatmulDescriptor, auxiliary_ld),
    VGPU_ATTRIBUTE(13, LtMatmulDescriptor, auxiliary_batch_stride),
    VGPU_ATTRIBUTE(15, LtMatmulDescriptor, multiprocessor_target),
    VGPU_ATTRIBUTE(22, LtMatmulDescriptor, auxiliary_type),
    VGPU_ATTRIBUTE(25, LtMatmulDescriptor, fast_accumulation),
    VGPU_ATTRIBUTE(26, LtMatmulDescriptor, bias_type),
};
constexpr Attribute kPreferenceAttributes[] = {
    VGPU_ATTRIBUTE(0, LtMatmulPreference, search_mode),       VGPU_ATTRIBUTE(1, LtMatmulPreference, maximum_workspace),
    VGPU_ATTRIBUTE(3, LtMatmulPreference, reduction_schemes), VGPU_ATTRIBUTE(5, LtMatmulPreference, alignment_a),
    VGPU_ATTRIBUTE(6, LtMatmulPreference, alignment_b),       VGPU_ATTRIBUTE(7, LtMatmulPreference, alignment_c),
    VGPU_ATTRIBUTE(8, LtMatmulPreference, alignment_d),       VGPU_ATTRIBUTE(9, LtMatmulPreference, maximum_waves),
};
constexpr Attribute kTransformAttributes[] = {
    VGPU_ATTRIBUTE(0, LtTransformDescriptor, scale_type),
    VGPU_ATTRIBUTE(1, LtTransformDescriptor, pointer_mode),
    VGPU_ATTRIBUTE(2, LtTransformDescriptor, operation_a),
    VGPU_ATTRIBUTE(3, LtTransformDescriptor, operation_b),
};

template <class Descriptor>
cublasStatus_t create(Descriptor** result, const Descriptor& value) {
  if (result == nullptr) return kInvalidValue;
  *result = new (std::nothrow) Descriptor(value);
  return *result == nullptr ? kAllocationFailed : kSuccess;
}

template <class Descriptor>
cublasStatus_t initialize(Descriptor* memory, std::size_t size, const Descriptor& value) {
  if (memory == nullptr || size < sizeof value) return kInvalidValue;
  std::memset(static_cast<void*>(memory), 0, size);
  *memory = value;
  return kSuccess;
}

LtMatrixLayout layout(cudaDataType_t type, std::uint64_t rows, std::uint64_t columns, std::int64_t ld) {
  return {.type = type, .order = 0, .rows = rows, .columns = columns, .ld = ld, .batch_count = 1, .batch_stride = 0};
}

LtMatmulDescriptor matmul(cublasComputeType_t compute, cudaDataType_t scale_type) {
  LtMatmulDescriptor descriptor{};
  descriptor.compute = compute;
  descriptor.scale_type = scale_type;
  descriptor.fill_mode = 2;
  descriptor.epilogue = 1;
  descriptor.bias_type = -1;
  descriptor.auxiliary_type = -1;
  return descriptor;
}

}  // namespace

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  if (handle == nullptr) return kInvalidValue;
  cublasHandle_t made = nullptr;
  const cublasStatus_t status = create_handle(made);
  if (status == kSuccess) *handle = made;
  return status;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  return destroy_handle(static_cast<cublasHandle_t>(handle));
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixLayoutCreate(LtMatrixLayout** result, cudaDataType_t type,
                                                             std::uint64_t rows, std::uint64_t columns,
                                                             std::int64_t ld) {
  return create(result, layout(type, rows, columns, ld));
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixLayoutInit_internal(LtMatrixLayout* memory, std::size_t size,
                                                                    cudaDataType_t type, std::uint64_t rows,
                                                                    std::uint64_t columns, std::int64_t ld) {
  return initialize(memory, size, layout(type, rows, columns, ld));
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixLayoutDestroy(LtMatrixLayout* descriptor) {
  delete descriptor;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixLayoutSetAttribute(LtMatrixLayout* descriptor, int number,
                                                                   const void* value, std::size_t size) {
  return set_attribute(kLayoutAttributes, descriptor, number, value, size);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixLayoutGetAttribute(const LtMatrixLayout* descriptor, int number,
                                                                   void* value, std::size_t size,
                                                                   std::size_t* written) {
  return get_attribute(kLayoutAttributes, descriptor, number, value, size, written);
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulDescCreate(LtMatmulDescriptor** result, cublasComputeType_t compute,
                                                           cudaDataType_t scale_type) {
  return create(result, matmul(compute, scale_type));
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulDescInit_internal(LtMatmulDescriptor* memory, std::size_t size,
                                                                  cublasComputeType_t compute,
                                                                  cudaDataType_t scale_type) {
  return initialize(memory, size, matmul(compute, scale_type));
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulDescDestroy(LtMatmulDescriptor* descriptor) {
  delete descriptor;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulDescSetAttribute(LtMatmulDescriptor* descriptor, int number,
                                                                 const void* value, std::size_t size) {
  return set_attribute(kMatmulAttributes, descriptor, number, value, size);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulDescGetAttribute(const LtMatmulDescriptor* descriptor, int number,
                                                                 void* value, std::size_t size, std::size_t* written) {
  return get_attribute(kMatmulAttributes, descriptor, number, value, size, written);
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulPreferenceCreate(LtMatmulPreference** result) {
  return create(result, LtMatmulPreference{});
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulPreferenceInit_internal(LtMatmulPreference* memory, std::size_t size) {
  return initialize(memory, size, LtMatmulPreference{});
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulPreferenceDestroy(LtMatmulPreference* descriptor) {
  delete descriptor;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulPreferenceSetAttribute(LtMatmulPreference* descriptor, int number,
                                                                       const void* value, std::size_t size) {
  return set_attribute(kPreferenceAttributes, descriptor, number, value, size);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulPreferenceGetAttribute(const LtMatmulPreference* descriptor, int number,
                                                                       void* value, std::size_t size,
                                                                       std::size_t* written) {
  return get_attribute(kPreferenceAttributes, descriptor, number, value, size, written);
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixTransformDescCreate(LtTransformDescriptor** result,
                                                                    cudaDataType_t scale_type) {
  return create(result, LtTransformDescriptor{scale_type, 0, 0, 0});
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixTransformDescInit_internal(LtTransformDescriptor* memory,
                                                                           std::size_t size,
                                                                           cudaDataType_t scale_type) {
  return initialize(memory, size, LtTransformDescriptor{scale_type, 0, 0, 0});
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixTransformDescDestroy(LtTransformDescriptor* descriptor) {
  delete descriptor;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixTransformDescSetAttribute(LtTransformDescriptor* descriptor, int number,
                                                                          const void* value, std::size_t size) {
  return set_attribute(kTransformAttributes, descriptor, number, value, size);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatrixTransformDescGetAttribute(const LtTransformDescriptor* descriptor,
                                                                          int number, void* value, std::size_t size,
                                                                          std::size_t* written) {
  return get_attribute(kTransformAttributes, descriptor, number, value, size, written);
}

VGPU_CUBLAS_EXPORT std::size_t cublasLtGetVersion() {
  return kVersionMajor * 10000 + kVersionMinor * 100 + kVersionPatch;
}
VGPU_CUBLAS_EXPORT std::size_t cublasLtGetCudartVersion() {
  return kCudartVersion;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtGetProperty(int property, int* value) {
  constexpr int kValues[] = {kVersionMajor, kVersionMinor, kVersionPatch};
  if (value == nullptr || property < 0 || property > 2) return kInvalidValue;
  *value = kValues[property];
  return kSuccess;
}
VGPU_CUBLAS_EXPORT const char* cublasLtGetStatusName(cublasStatus_t status) {
  return status_name(status);
}
VGPU_CUBLAS_EXPORT const char* cublasLtGetStatusString(cublasStatus_t status) {
  return status_text(status);
}
