#pragma once

#include <cstdint>

// cuBLAS's C ABI in our own words: numbers as the public documentation and bindings (cudarc, cuda-python) give them.
// CUDA 12 and 13 agree on all of these.
using cublasStatus_t = int;
inline constexpr cublasStatus_t kSuccess = 0;
inline constexpr cublasStatus_t kNotInitialized = 1;
inline constexpr cublasStatus_t kAllocationFailed = 3;
inline constexpr cublasStatus_t kInvalidValue = 7;
inline constexpr cublasStatus_t kArchitectureMismatch = 8;
inline constexpr cublasStatus_t kMappingError = 11;
inline constexpr cublasStatus_t kExecutionFailed = 13;
inline constexpr cublasStatus_t kInternalError = 14;
inline constexpr cublasStatus_t kNotSupported = 15;
inline constexpr cublasStatus_t kLicenseError = 16;

using cublasHandle_t = struct VgpuCublasHandle*;
using CublasStream = struct CUstream_st*;  // a CUstream

// Enumerations arrive as plain ints, so that a value out of range is refused and not undefined.
using cublasOperation_t = int;    // 0 none, 1 transpose, 2 conjugate transpose
using cublasFillMode_t = int;     // 0 lower, 1 upper
using cublasDiagType_t = int;     // 0 non-unit, 1 unit
using cublasSideMode_t = int;     // 0 left, 1 right
using cublasPointerMode_t = int;  // 0 host, 1 device
using cublasAtomicsMode_t = int;  // 0 not allowed, 1 allowed
using cublasMath_t = int;         // 0 default … 3 TF32; 16 and up are flags
using cublasGemmAlgo_t = int;

using cudaDataType_t = int;
inline constexpr cudaDataType_t kR32F = 0, kR64F = 1, kR16F = 2, kR8I = 3, kC32F = 4, kC64F = 5, kC8I = 7, kR32I = 10,
                                kR16BF = 14;

using cublasComputeType_t = int;
inline constexpr cublasComputeType_t kCompute16F = 64, kCompute16FPedantic = 65, kCompute32F = 68,
                                     kCompute32FPedantic = 69, kCompute64F = 70, kCompute64FPedantic = 71,
                                     kCompute32I = 72, kCompute32IPedantic = 73, kCompute32FFast16F = 74,
                                     kCompute32FFast16BF = 75, kCompute32FFastTF32 = 77;

#define VGPU_CUBLAS_EXPORT extern "C" __attribute__((visibility("default")))
