#pragma once

#include <cstddef>
#include <cstdint>

#include "shims/cuda/abi.h"

// Types of graphs and of stream memory operations, as the driver API's binary interface has them. Facts are from the
// public documentation of the CUDA driver API (CUDA 12.8 and 13.0).

using CUuserObject = struct CUuserObject_st*;
using CUgraphMem_attribute = int;
using CUkernelNodeAttrID = int;

struct CUDA_KERNEL_NODE_PARAMS_v1 {
  CUfunction function;
  unsigned grid_x, grid_y, grid_z;
  unsigned block_x, block_y, block_z;
  unsigned shared_size;
  void** parameters;
  void** extra;
};
static_assert(sizeof(CUDA_KERNEL_NODE_PARAMS_v1) == 56);

struct CUDA_KERNEL_NODE_PARAMS_v2 : CUDA_KERNEL_NODE_PARAMS_v1 {
  CUkernel kernel;
  CUcontext context;
};
static_assert(sizeof(CUDA_KERNEL_NODE_PARAMS_v2) == 72);

struct CUDA_MEMSET_NODE_PARAMS {
  CUdeviceptr destination;
  std::size_t pitch;
  unsigned value;
  unsigned element_size;
  std::size_t width, height;
};
static_assert(sizeof(CUDA_MEMSET_NODE_PARAMS) == 40);

struct CUDA_HOST_NODE_PARAMS {
  CUhostFn function;
  void* user_data;
};

struct CUDA_MEMCPY_NODE_PARAMS {
  int flags;
  int reserved;
  CUcontext context;
  CUDA_MEMCPY3D copy;
};
static_assert(sizeof(CUDA_MEMCPY_NODE_PARAMS) == 216);

struct CUDA_CHILD_GRAPH_NODE_PARAMS {
  CUgraph graph;
  int ownership;
};
inline constexpr int CU_GRAPH_CHILD_GRAPH_OWNERSHIP_CLONE = 0;
inline constexpr int CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE = 1;

struct CUDA_MEM_ALLOC_NODE_PARAMS {
  CUmemPoolProps pool;
  const CUmemAccessDesc* access;
  std::size_t access_count;
  std::size_t size;
  CUdeviceptr address;  // written by the driver
};
static_assert(sizeof(CUDA_MEM_ALLOC_NODE_PARAMS) == 120);

// The union of the operations' parameters, which all begin with the operation.
union CUstreamBatchMemOpParams {
  int operation;
  struct {
    int operation;
    CUdeviceptr address;
    std::uint64_t value;  // the lower half alone where the operation is one of 32 bits
    unsigned flags;
    CUdeviceptr alias;
  } value;  // wait and write
  struct {
    int operation;
    unsigned flags;
  } barrier;  // also the flush of remote writes
  std::uint64_t padding[6];
};
static_assert(sizeof(CUstreamBatchMemOpParams) == 48);

inline constexpr int CU_STREAM_MEM_OP_WAIT_VALUE_32 = 1;
inline constexpr int CU_STREAM_MEM_OP_WRITE_VALUE_32 = 2;
inline constexpr int CU_STREAM_MEM_OP_FLUSH_REMOTE_WRITES = 3;
inline constexpr int CU_STREAM_MEM_OP_WAIT_VALUE_64 = 4;
inline constexpr int CU_STREAM_MEM_OP_WRITE_VALUE_64 = 5;
inline constexpr int CU_STREAM_MEM_OP_BARRIER = 6;

inline constexpr unsigned CU_STREAM_WAIT_VALUE_GEQ = 0;
inline constexpr unsigned CU_STREAM_WAIT_VALUE_EQ = 1;
inline constexpr unsigned CU_STREAM_WAIT_VALUE_AND = 2;
inline constexpr unsigned CU_STREAM_WAIT_VALUE_NOR = 3;
inline constexpr unsigned CU_STREAM_WAIT_VALUE_FLUSH = 1U << 30;
inline constexpr unsigned CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER = 1;

struct CUDA_BATCH_MEM_OP_NODE_PARAMS {
  CUcontext context;
  unsigned count;
  CUstreamBatchMemOpParams* operations;
  unsigned flags;
};
static_assert(sizeof(CUDA_BATCH_MEM_OP_NODE_PARAMS) == 32);

struct CUgraphNodeParams {
  CUgraphNodeType type;
  int reserved[3];
  union {
    CUDA_KERNEL_NODE_PARAMS_v2 kernel;
    CUDA_MEMCPY_NODE_PARAMS copy;
    CUDA_MEMSET_NODE_PARAMS fill;
    CUDA_HOST_NODE_PARAMS host;
    CUDA_CHILD_GRAPH_NODE_PARAMS graph;
    CUevent event;  // record and wait
    CUDA_MEM_ALLOC_NODE_PARAMS allocation;
    CUdeviceptr freed;
    CUDA_BATCH_MEM_OP_NODE_PARAMS operations;
    char bytes[232];
  };
  long long reserved_end;
};
static_assert(sizeof(CUgraphNodeParams) == 256);

inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_KERNEL = 0;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_MEMCPY = 1;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_MEMSET = 2;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_HOST = 3;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_GRAPH = 4;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_EMPTY = 5;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_WAIT_EVENT = 6;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_EVENT_RECORD = 7;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_EXT_SEMAS_SIGNAL = 8;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_EXT_SEMAS_WAIT = 9;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_MEM_ALLOC = 10;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_MEM_FREE = 11;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_BATCH_MEM_OP = 12;
inline constexpr CUgraphNodeType CU_GRAPH_NODE_TYPE_CONDITIONAL = 13;

struct CUgraphEdgeData {
  unsigned char from_port, to_port, type, reserved[5];
};
inline constexpr unsigned char CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC = 1;
inline constexpr unsigned char CU_GRAPH_KERNEL_NODE_PORT_LAUNCH_ORDER = 2;

struct CUgraphExecUpdateResultInfo {
  CUgraphExecUpdateResult result;
  CUgraphNode error_node;
  CUgraphNode error_from_node;
};
inline constexpr CUgraphExecUpdateResult CU_GRAPH_EXEC_UPDATE_SUCCESS = 0;
inline constexpr CUgraphExecUpdateResult CU_GRAPH_EXEC_UPDATE_ERROR = 1;
inline constexpr CUgraphExecUpdateResult CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED = 2;
inline constexpr CUgraphExecUpdateResult CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED = 3;
inline constexpr CUgraphExecUpdateResult CU_GRAPH_EXEC_UPDATE_ERROR_PARAMETERS_CHANGED = 5;

struct CUDA_GRAPH_INSTANTIATE_PARAMS {
  std::uint64_t flags;
  CUstream upload_stream;
  CUgraphNode error_node;
  int result;
};
inline constexpr int CUDA_GRAPH_INSTANTIATE_SUCCESS = 0;
inline constexpr int CUDA_GRAPH_INSTANTIATE_ERROR = 1;
inline constexpr int CUDA_GRAPH_INSTANTIATE_INVALID_STRUCTURE = 2;
inline constexpr int CUDA_GRAPH_INSTANTIATE_NODE_OPERATION_NOT_SUPPORTED = 3;
inline constexpr std::uint64_t CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH = 1;
inline constexpr std::uint64_t CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD = 2;
inline constexpr std::uint64_t CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH = 4;
inline constexpr std::uint64_t CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY = 8;

inline constexpr CUgraphMem_attribute CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT = 0;
inline constexpr CUgraphMem_attribute CU_GRAPH_MEM_ATTR_USED_MEM_HIGH = 1;
inline constexpr CUgraphMem_attribute CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT = 2;
inline constexpr CUgraphMem_attribute CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH = 3;

inline constexpr unsigned CU_USER_OBJECT_NO_DESTRUCTOR_SYNC = 1;
inline constexpr unsigned CU_GRAPH_USER_OBJECT_MOVE = 1;
