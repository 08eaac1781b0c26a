#pragma once

#include <cstddef>
#include <cstdint>

#include "shims/cuda/graph_abi.h"
#include "shims/cudart/texture_abi.h"

// The CUDA runtime API's types as its binary interface has them, of the major version VGPU_CUDART_MAJOR. Facts are from
// the public documentation of the CUDA runtime API (12.8 and 13.0).

enum cudaError_t : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInitializationError = 3,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInvalidPitchValue = 12,
  cudaErrorInvalidSymbol = 13,
  cudaErrorInvalidChannelDescriptor = 20,
  cudaErrorInvalidMemcpyDirection = 21,
  cudaErrorInvalidFilterSetting = 26,
  cudaErrorInvalidNormSetting = 27,
  cudaErrorInsufficientDriver = 35,
  cudaErrorMissingConfiguration = 52,
  cudaErrorInvalidDeviceFunction = 98,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidKernelImage = 200,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorInvalidPtx = 218,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorSymbolNotFound = 500,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchTimeout = 702,
  cudaErrorPeerAccessAlreadyEnabled = 704,
  cudaErrorContextIsDestroyed = 709,
  cudaErrorAssert = 710,
  cudaErrorHardwareStackError = 714,
  cudaErrorLaunchFailure = 719,
  cudaErrorNotSupported = 801,
  cudaErrorUnknown = 999,
};

inline constexpr int cudaMemcpyHostToHost = 0;
inline constexpr int cudaMemcpyHostToDevice = 1;
inline constexpr int cudaMemcpyDeviceToHost = 2;
inline constexpr int cudaMemcpyDeviceToDevice = 3;
inline constexpr int cudaMemcpyDefault = 4;

// dim3: passed by value, as a structure of three 32-bit numbers is.
struct Dimensions3 {
  unsigned x, y, z;
};

struct cudaExtent {
  std::size_t width, height, depth;
};
struct cudaPos {
  std::size_t x, y, z;
};
struct cudaPitchedPtr {
  void* pointer;
  std::size_t pitch, width, height;
};

struct cudaMemcpy3DParms {
  CUarray source_array;
  cudaPos source_position;
  cudaPitchedPtr source;
  CUarray destination_array;
  cudaPos destination_position;
  cudaPitchedPtr destination;
  cudaExtent extent;
  int kind;
};
static_assert(sizeof(cudaMemcpy3DParms) == 160);

struct cudaMemcpy3DPeerParms {
  CUarray source_array;
  cudaPos source_position;
  cudaPitchedPtr source;
  int source_device;
  CUarray destination_array;
  cudaPos destination_position;
  cudaPitchedPtr destination;
  int destination_device;
  cudaExtent extent;
};
static_assert(sizeof(cudaMemcpy3DPeerParms) == 168);

struct cudaPointerAttributes {
  int type;  // 0 not known to CUDA, 1 host, 2 device, 3 managed
  int device;
  void* device_pointer;
  void* host_pointer;
#if VGPU_CUDART_MAJOR >= 13
  long reserved[8];
#endif
};

struct cudaFuncAttributes {
  std::size_t shared_size, constant_size, local_size;
  int maximum_threads, registers, ptx_version, binary_version, cache_mode_ca, maximum_dynamic_shared, carveout;
  int cluster_must_be_set, cluster_width, cluster_height, cluster_depth, cluster_policy, non_portable_cluster;
  int reserved[16];
};
static_assert(sizeof(cudaFuncAttributes) == 144);

struct cudaLaunchConfig_t {
  Dimensions3 grid, block;
  std::size_t shared_size;
  CUstream stream;
  CUlaunchAttribute* attributes;
  unsigned attribute_count;
};
static_assert(sizeof(cudaLaunchConfig_t) == 56);

struct cudaKernelNodeParams {
  void* function;
  Dimensions3 grid, block;
  unsigned shared_size;
  void** parameters;
  void** extra;
};
static_assert(sizeof(cudaKernelNodeParams) == 56);

struct cudaMemsetParams {
  void* destination;
  std::size_t pitch;
  unsigned value, element_size;
  std::size_t width, height;
};

struct cudaMemcpyNodeParams {
  int flags;
  int reserved[3];
  cudaMemcpy3DParms copy;
};
static_assert(sizeof(cudaMemcpyNodeParams) == 176);

// Where the driver's structure has the same fields, it is used. 13 has a context behind some kinds' fields: not looked
// at here, where a process has one context for each device.
struct cudaGraphNodeParams {
  int type;
  int reserved[3];
  union {
    cudaKernelNodeParams kernel;
    cudaMemcpyNodeParams copy;
    cudaMemsetParams fill;
    CUDA_HOST_NODE_PARAMS host;
    CUDA_CHILD_GRAPH_NODE_PARAMS graph;
    CUevent event;
    CUDA_MEM_ALLOC_NODE_PARAMS allocation;
    void* freed;
    char bytes[232];
  };
  long long reserved_end;
};
static_assert(sizeof(cudaGraphNodeParams) == 256);

using cudaStreamCallback_t = void (*)(CUstream stream, cudaError_t status, void* user_data);

// Named as in NVIDIA's structure, whose fields programs read; 12 and 13 differ in the fields in #if.
struct cudaDeviceProp {
  char name[256];
  CUuuid uuid;
  char luid[8];
  unsigned luidDeviceNodeMask;
  std::size_t totalGlobalMem, sharedMemPerBlock;
  int regsPerBlock, warpSize;
  std::size_t memPitch;
  int maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3];
#if VGPU_CUDART_MAJOR < 13
  int clockRate;
#endif
  std::size_t totalConstMem;
  int major, minor;
  std::size_t textureAlignment, texturePitchAlignment;
#if VGPU_CUDART_MAJOR < 13
  int deviceOverlap;
#endif
  int multiProcessorCount;
#if VGPU_CUDART_MAJOR < 13
  int kernelExecTimeoutEnabled;
#endif
  int integrated, canMapHostMemory;
#if VGPU_CUDART_MAJOR < 13
  int computeMode;
#endif
  int maxTexture1D, maxTexture1DMipmap;
#if VGPU_CUDART_MAJOR < 13
  int maxTexture1DLinear;
#endif
  int maxTexture2D[2], maxTexture2DMipmap[2], maxTexture2DLinear[3], maxTexture2DGather[2];
  int maxTexture3D[3], maxTexture3DAlt[3], maxTextureCubemap;
  int maxTexture1DLayered[2], maxTexture2DLayered[3], maxTextureCubemapLayered[2];
  int maxSurface1D, maxSurface2D[2], maxSurface3D[3];
  int maxSurface1DLayered[2], maxSurface2DLayered[3], maxSurfaceCubemap, maxSurfaceCubemapLayered[2];
  std::size_t surfaceAlignment;
  int concurrentKernels, ECCEnabled, pciBusID, pciDeviceID, pciDomainID, tccDriver, asyncEngineCount;
  int unifiedAddressing;
#if VGPU_CUDART_MAJOR < 13
  int memoryClockRate;
#endif
  int memoryBusWidth, l2CacheSize, persistingL2CacheMaxSize, maxThreadsPerMultiProcessor;
  int streamPrioritiesSupported, globalL1CacheSupported, localL1CacheSupported;
  std::size_t sharedMemPerMultiprocessor;
  int regsPerMultiprocessor, managedMemory, isMultiGpuBoard, multiGpuBoardGroupID, hostNativeAtomicSupported;
#if VGPU_CUDART_MAJOR < 13
  int singleToDoublePrecisionPerfRatio;
#endif
  int pageableMemoryAccess, concurrentManagedAccess, computePreemptionSupported, canUseHostPointerForRegisteredMem;
  int cooperativeLaunch;
#if VGPU_CUDART_MAJOR < 13
  int cooperativeMultiDeviceLaunch;
#endif
  std::size_t sharedMemPerBlockOptin;
  int pageableMemoryAccessUsesHostPageTables, directManagedMemAccessFromHost, maxBlocksPerMultiProcessor;
  int accessPolicyMaxWindowSize;
  std::size_t reservedSharedMemPerBlock;
  int hostRegisterSupported, sparseCudaArraySupported, hostRegisterReadOnlySupported;
  int timelineSemaphoreInteropSupported, memoryPoolsSupported, gpuDirectRDMASupported;
  unsigned gpuDirectRDMAFlushWritesOptions;
  int gpuDirectRDMAWritesOrdering;
  unsigned memoryPoolSupportedHandleTypes;
  int deferredMappingCudaArraySupported, ipcEventSupported, clusterLaunch, unifiedFunctionPointers;
#if VGPU_CUDART_MAJOR < 13
  int reserved[63];
#else
  int deviceNumaConfig, deviceNumaId, mpsEnabled, hostNumaId;
  unsigned gpuPciDeviceID, gpuPciSubsystemID;
  int hostNumaMultinodeIpcSupported;
  int reserved[56];
#endif
};
#if VGPU_CUDART_MAJOR < 13
static_assert(offsetof(cudaDeviceProp, major) == 360);
static_assert(offsetof(cudaDeviceProp, hostRegisterSupported) == 728);
static_assert(sizeof(cudaDeviceProp) == 1032);
#else
static_assert(offsetof(cudaDeviceProp, major) == 360);
static_assert(sizeof(cudaDeviceProp) == 1008);
#endif
