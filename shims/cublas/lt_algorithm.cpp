// cublasLt's algorithms: there is one, which takes whatever check_matmul takes.
#include "shims/cublas/lt_attributes.h"
#include "shims/cublas/lt_matmul.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;

namespace {

constexpr Attribute kSettings[] = {
    VGPU_ATTRIBUTE(0, LtMatmulAlgorithm, id),
    VGPU_ATTRIBUTE(1, LtMatmulAlgorithm, tile),
    VGPU_ATTRIBUTE(2, LtMatmulAlgorithm, split_k),
    VGPU_ATTRIBUTE(3, LtMatmulAlgorithm, reduction_scheme),
    VGPU_ATTRIBUTE(4, LtMatmulAlgorithm, swizzling),
    VGPU_ATTRIBUTE(5, LtMatmulAlgorithm, custom_option),
    VGPU_ATTRIBUTE(6, LtMatmulAlgorithm, stages),
    VGPU_ATTRIBUTE(7, LtMatmulAlgorithm, inner_shape),
    VGPU_ATTRIBUTE(8, LtMatmulAlgorithm, cluster_shape),
};

// What the algorithm can do, as its attributes tell. Tiles and stages are lists of the one number 0, for none.
struct Capabilities {
  std::int32_t split_k = 0;
  std::uint32_t reduction_schemes = 0, swizzling = 0;
  std::int32_t strided_batches = 1, separate_result = 1, triangles = 0;
  std::uint32_t tiles = 0;
  std::int32_t largest_custom_option = 0, special_orders = 0;
  std::uint32_t pointer_modes = 3;  // the host's and the device's
  std::uint32_t epilogues = 0;
  std::uint32_t stages = 0;
  std::int32_t negative_ld = 0;
  std::uint64_t numerical_flags = 1;  // fused multiply-add
  std::uint32_t alignment_a = 1, alignment_b = 1, alignment_c = 1, alignment_d = 1;
  std::int32_t atomic_synchronization = 0;
};
constexpr Attribute kCapabilityAttributes[] = {
    VGPU_ATTRIBUTE(0, Capabilities, split_k),
    VGPU_ATTRIBUTE(1, Capabilities, reduction_schemes),
    VGPU_ATTRIBUTE(2, Capabilities, swizzling),
    VGPU_ATTRIBUTE(3, Capabilities, strided_batches),
    VGPU_ATTRIBUTE(4, Capabilities, separate_result),
    VGPU_ATTRIBUTE(5, Capabilities, triangles),
    VGPU_ATTRIBUTE(6, Capabilities, tiles),
    VGPU_ATTRIBUTE(7, Capabilities, largest_custom_option),
    VGPU_ATTRIBUTE(10, Capabilities, special_orders),
    VGPU_ATTRIBUTE(11, Capabilities, pointer_modes),
    VGPU_ATTRIBUTE(12, Capabilities, epilogues),
    VGPU_ATTRIBUTE(13, Capabilities, stages),
    VGPU_ATTRIBUTE(14, Capabilities, negative_ld),
    VGPU_ATTRIBUTE(15, Capabilities, numerical_flags),
    VGPU_ATTRIBUTE(16, Capabilities, alignment_a),
    VGPU_ATTRIBUTE(17, Capabilities, alignment_b),
    VGPU_ATTRIBUTE(18, Capabilities, alignment_c),
    VGPU_ATTRIBUTE(19, Capabilities, alignment_d),
    VGPU_ATTRIBUTE(20, Capabilities, atomic_synchronization),
};

Capabilities capabilities() {
  Capabilities made;
  for (const std::uint32_t epilogue : kEpilogues) made.epilogues |= epilogue;
  return made;
}

// Whether the algorithm is the one that there is, with settings that it has. A K in one piece is no split.
bool is_known(const LtMatmulAlgorithm& algorithm) {
  return algorithm.id == 0 && algorithm.tile == 0 && (algorithm.split_k == 0 || algorithm.split_k == 1) &&
         algorithm.reduction_scheme == 0 && algorithm.swizzling == 0 && algorithm.custom_option == 0 &&
         algorithm.stages == 0 && algorithm.inner_shape == 0 && algorithm.cluster_shape == 0;
}

LtHeuristicResult result_of(const LtMatmulAlgorithm& algorithm) {
  LtHeuristicResult result{};
  result.algorithm = algorithm;
  result.state = kSuccess;
  result.waves_count = 1;
  return result;
}

cublasStatus_t check_types(cublasComputeType_t compute, cudaDataType_t scale, cudaDataType_t a, cudaDataType_t b,
                           cudaDataType_t c, cudaDataType_t d) {
  const auto type_a = to_data_type(a);
  const auto type_b = to_data_type(b);
  const auto type_d = to_data_type(d);
  const auto type_scale = to_data_type(scale);
  if (!type_a || !type_b || !type_d || !type_scale || c != d) return kNotSupported;
  const auto kind = to_compute(compute, *type_a);
  if (!kind || kind->scale != *type_scale) return kNotSupported;
  const bool supported =
      blas::gemm_supported({.type_a = *type_a, .type_b = *type_b, .type_c = *type_d, .compute = kind->compute});
  return supported ? kSuccess : kNotSupported;
}

}  // namespace

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle,
                                                                 const LtMatmulDescriptor* descriptor,
                                                                 const LtMatrixLayout* a, const LtMatrixLayout* b,
                                                                 const LtMatrixLayout* c, const LtMatrixLayout* d,
                                                                 const LtMatmulPreference*, int requested,
                                                                 LtHeuristicResult* results, int* count) {
  if (handle == nullptr) return kNotInitialized;
  if (results == nullptr || count == nullptr || requested < 1) return kInvalidValue;
  *count = 0;
  LtMatmul matmul;
  if (const auto status = check_matmul(descriptor, a, b, c, d, matmul); status != kSuccess) return status;
  results[0] = result_of({});
  *count = 1;
  return kSuccess;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, const LtMatmulDescriptor* descriptor,
                                                          const LtMatrixLayout* a, const LtMatrixLayout* b,
                                                          const LtMatrixLayout* c, const LtMatrixLayout* d,
                                                          const LtMatmulAlgorithm* algorithm,
                                                          LtHeuristicResult* result) {
  if (handle == nullptr) return kNotInitialized;
  if (algorithm == nullptr || result == nullptr) return kInvalidValue;
  LtMatmul matmul;
  if (const auto status = check_matmul(descriptor, a, b, c, d, matmul); status != kSuccess) return status;
  if (!is_known(*algorithm)) return kNotSupported;
  *result = result_of(*algorithm);
  return kSuccess;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoGetIds(cublasLtHandle_t handle, cublasComputeType_t compute,
                                                           cudaDataType_t scale, cudaDataType_t a, cudaDataType_t b,
                                                           cudaDataType_t c, cudaDataType_t d, int requested, int* ids,
                                                           int* count) {
  if (handle == nullptr) return kNotInitialized;
  if (ids == nullptr || count == nullptr || requested < 1) return kInvalidValue;
  *count = 0;
  if (const auto status = check_types(compute, scale, a, b, c, d); status != kSuccess) return status;
  ids[0] = 0;
  *count = 1;
  return kSuccess;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoInit(cublasLtHandle_t handle, cublasComputeType_t compute,
                                                         cudaDataType_t scale, cudaDataType_t a, cudaDataType_t b,
                                                         cudaDataType_t c, cudaDataType_t d, int id,
                                                         LtMatmulAlgorithm* algorithm) {
  if (handle == nullptr) return kNotInitialized;
  if (algorithm == nullptr || id != 0) return kInvalidValue;
  if (const auto status = check_types(compute, scale, a, b, c, d); status != kSuccess) return status;
  *algorithm = {};
  return kSuccess;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoCapGetAttribute(const LtMatmulAlgorithm* algorithm, int number,
                                                                    void* value, std::size_t size,
                                                                    std::size_t* written) {
  if (algorithm == nullptr) return kInvalidValue;
  const Capabilities known = capabilities();
  return get_attribute(kCapabilityAttributes, &known, number, value, size, written);
}

// The number is cublasLtMatmulAlgoInit's to give.
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoConfigSetAttribute(LtMatmulAlgorithm* algorithm, int number,
                                                                       const void* value, std::size_t size) {
  if (number == 0) return kInvalidValue;
  return set_attribute(kSettings, algorithm, number, value, size);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const LtMatmulAlgorithm* algorithm, int number,
                                                                       void* value, std::size_t size,
                                                                       std::size_t* written) {
  return get_attribute(kSettings, algorithm, number, value, size, written);
}
