#pragma once

#include <cstddef>
#include <cstdint>

#include "shims/cuda/texture_abi.h"

// The CUDA driver API's types as its binary interface has them: sizes, offsets and numbers only. Facts are from the
// public documentation of the CUDA driver API (CUDA 12.8); enumerations that carry no name of ours are plain ints, as
// the C ABI passes them.

enum CUresult : int {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NOT_INITIALIZED = 3,
  CUDA_ERROR_DEINITIALIZED = 4,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_INVALID_CONTEXT = 201,
  CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
  CUDA_ERROR_INVALID_PTX = 218,
  CUDA_ERROR_FILE_NOT_FOUND = 301,
  CUDA_ERROR_OPERATING_SYSTEM = 304,
  CUDA_ERROR_INVALID_HANDLE = 400,
  CUDA_ERROR_ILLEGAL_STATE = 401,
  CUDA_ERROR_LOSSY_QUERY = 402,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_NOT_READY = 600,
  CUDA_ERROR_ILLEGAL_ADDRESS = 700,
  CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
  CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = 704,
  CUDA_ERROR_PEER_ACCESS_NOT_ENABLED = 705,
  CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE = 708,
  CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
  CUDA_ERROR_ASSERT = 710,
  CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED = 712,
  CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED = 713,
  CUDA_ERROR_HARDWARE_STACK_ERROR = 714,
  CUDA_ERROR_ILLEGAL_INSTRUCTION = 715,
  CUDA_ERROR_LAUNCH_FAILED = 719,
  CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE = 720,
  CUDA_ERROR_NOT_PERMITTED = 800,
  CUDA_ERROR_NOT_SUPPORTED = 801,
  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
  CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
  CUDA_ERROR_STREAM_CAPTURE_MERGE = 902,
  CUDA_ERROR_STREAM_CAPTURE_UNMATCHED = 903,
  CUDA_ERROR_STREAM_CAPTURE_UNJOINED = 904,
  CUDA_ERROR_STREAM_CAPTURE_ISOLATION = 905,
  CUDA_ERROR_STREAM_CAPTURE_IMPLICIT = 906,
  CUDA_ERROR_CAPTURED_EVENT = 907,
  CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE = 910,
  CUDA_ERROR_UNKNOWN = 999,
};

using CUdevice = int;
using CUcontext = struct CUctx_st*;
using CUgreenCtx = struct CUgreenCtx_st*;
using CUmodule = struct CUmod_st*;
using CUfunction = struct CUfunc_st*;
using CUlibrary = struct CUlib_st*;
using CUkernel = struct CUkern_st*;
using CUstream = struct CUstream_st*;
using CUevent = struct CUevent_st*;
using CUgraph = struct CUgraph_st*;
using CUgraphNode = struct CUgraphNode_st*;
using CUgraphExec = struct CUgraphExec_st*;
using CUmemoryPool = struct CUmemPoolHandle_st*;
using CUmemGenericAllocationHandle = std::uint64_t;

using CUdevice_attribute = int;
using CUdevice_P2PAttribute = int;
using CUpointer_attribute = int;
using CUfunction_attribute = int;
using CUfunctionLoadingState = int;
using CUfunc_cache = int;
using CUsharedconfig = int;
using CUlimit = int;
inline constexpr CUlimit CU_LIMIT_MALLOC_HEAP_SIZE = 2;
using CUexecAffinityType = int;
using CUflushGPUDirectRDMAWritesTarget = int;
using CUflushGPUDirectRDMAWritesScope = int;
using CUmoduleLoadingMode = int;
using CUjit_option = int;
using CUjitInputType = int;
using CUlinkState = struct CUlinkState_st*;
using CUlibraryOption = int;
using CUmem_advise = int;
using CUmem_range_attribute = int;
using CUmemAccess_flags = int;
using CUmemAllocationGranularity_flags = int;
using CUmemPool_attribute = int;
using CUstreamCaptureMode = int;
using CUstreamCaptureStatus = int;
using CUstreamAttrID = int;
using CUgraphNodeType = int;
using CUgraphExecUpdateResult = int;
using CUdriverProcAddressQueryResult = int;
using CUmemorytype = int;

using CUhostFn = void (*)(void* user_data);
using CUstreamCallback = void (*)(CUstream stream, CUresult status, void* user_data);
using CUoccupancyB2DSize = std::size_t (*)(int block_size);

// Stream handles with a meaning of their own: 0 is the default stream of the caller's choice.
inline const CUstream CU_STREAM_LEGACY = reinterpret_cast<CUstream>(1);
inline const CUstream CU_STREAM_PER_THREAD = reinterpret_cast<CUstream>(2);

inline constexpr unsigned CU_STREAM_NON_BLOCKING = 1;
inline constexpr unsigned CU_EVENT_BLOCKING_SYNC = 1;
inline constexpr unsigned CU_EVENT_DISABLE_TIMING = 2;
inline constexpr unsigned CU_EVENT_INTERPROCESS = 4;
inline constexpr unsigned CU_EVENT_RECORD_EXTERNAL = 1;
inline constexpr unsigned CU_EVENT_WAIT_EXTERNAL = 1;

inline constexpr CUmemorytype CU_MEMORYTYPE_HOST = 1;
inline constexpr CUmemorytype CU_MEMORYTYPE_DEVICE = 2;
inline constexpr CUmemorytype CU_MEMORYTYPE_ARRAY = 3;
inline constexpr CUmemorytype CU_MEMORYTYPE_UNIFIED = 4;

inline constexpr CUstreamCaptureStatus CU_STREAM_CAPTURE_STATUS_NONE = 0;
inline constexpr CUstreamCaptureStatus CU_STREAM_CAPTURE_STATUS_ACTIVE = 1;
inline constexpr CUstreamCaptureStatus CU_STREAM_CAPTURE_STATUS_INVALIDATED = 2;
inline constexpr CUstreamCaptureMode CU_STREAM_CAPTURE_MODE_GLOBAL = 0;
inline constexpr CUstreamCaptureMode CU_STREAM_CAPTURE_MODE_RELAXED = 2;

inline constexpr CUlibraryOption CU_LIBRARY_BINARY_IS_PRESERVED = 1;

// Parameters of a launch as one buffer: pairs (key, value) ended by 0.
inline void* const CU_LAUNCH_PARAM_BUFFER_POINTER = reinterpret_cast<void*>(1);
inline void* const CU_LAUNCH_PARAM_BUFFER_SIZE = reinterpret_cast<void*>(2);

struct CUuuid {
  unsigned char bytes[16];
};

struct CUdevprop {
  int max_threads_per_block;
  int max_threads_dimension[3];
  int max_grid_size[3];
  int shared_memory_per_block;
  int total_constant_memory;
  int simd_width;
  int memory_pitch;
  int registers_per_block;
  int clock_rate;
  int texture_alignment;
};

struct CUexecAffinityParam;

struct CUctxCreateParams {
  CUexecAffinityParam* affinity;
  int affinity_count;
  void* graphics;
};

// One side of a 2D copy, then the other, then the extent.
struct CUDA_MEMCPY2D {
  std::size_t source_x, source_y;
  CUmemorytype source_type;
  const void* source_host;
  CUdeviceptr source_device;
  CUarray source_array;
  std::size_t source_pitch;
  std::size_t destination_x, destination_y;
  CUmemorytype destination_type;
  void* destination_host;
  CUdeviceptr destination_device;
  CUarray destination_array;
  std::size_t destination_pitch;
  std::size_t width, height;
};
static_assert(sizeof(CUDA_MEMCPY2D) == 128);

struct CUDA_MEMCPY3D {
  std::size_t source_x, source_y, source_z, source_level;
  CUmemorytype source_type;
  const void* source_host;
  CUdeviceptr source_device;
  CUarray source_array;
  void* source_context;  // used by CUDA_MEMCPY3D_PEER, which has the same layout; reserved otherwise
  std::size_t source_pitch, source_height;
  std::size_t destination_x, destination_y, destination_z, destination_level;
  CUmemorytype destination_type;
  void* destination_host;
  CUdeviceptr destination_device;
  CUarray destination_array;
  void* destination_context;
  std::size_t destination_pitch, destination_height;
  std::size_t width, height, depth;
};
static_assert(sizeof(CUDA_MEMCPY3D) == 200);
using CUDA_MEMCPY3D_PEER = CUDA_MEMCPY3D;

struct CUlaunchAttribute {
  int id;
  char padding[4];
  union {
    char bytes[64];
    int cooperative;
    unsigned cluster[3];
    int priority;
  } value;
};
static_assert(sizeof(CUlaunchAttribute) == 72);
using CUstreamAttrValue = decltype(CUlaunchAttribute::value);

struct CUlaunchConfig {
  unsigned grid_x, grid_y, grid_z;
  unsigned block_x, block_y, block_z;
  unsigned shared_size;
  CUstream stream;
  CUlaunchAttribute* attributes;
  unsigned attribute_count;
};
static_assert(sizeof(CUlaunchConfig) == 56);

inline constexpr int CU_LAUNCH_ATTRIBUTE_COOPERATIVE = 2;
inline constexpr int CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION = 4;

struct CUmemLocation {
  int type;  // 1: device
  int id;
};

struct CUmemAccessDesc {
  CUmemLocation location;
  CUmemAccess_flags flags;  // 0 none, 1 read, 3 read and write
};

struct CUmemAllocationProp {
  int type;  // 1: pinned
  int handle_types;
  CUmemLocation location;
  void* windows_metadata;
  unsigned char compression, gpu_direct_rdma;
  unsigned short usage;
  unsigned char reserved[4];
};
static_assert(sizeof(CUmemAllocationProp) == 32);

struct CUmemPoolProps {
  int allocation_type;
  int handle_types;
  CUmemLocation location;
  void* windows_security;
  std::size_t maximum_size;
  unsigned short usage;
  unsigned char reserved[54];
};
static_assert(sizeof(CUmemPoolProps) == 88);
