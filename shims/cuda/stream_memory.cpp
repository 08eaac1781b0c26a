#include "shims/cuda/stream_memory.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

namespace vgpu::cuda {
namespace {

bool is_wait(int operation) {
  return operation == CU_STREAM_MEM_OP_WAIT_VALUE_32 || operation == CU_STREAM_MEM_OP_WAIT_VALUE_64;
}

bool is_wide(int operation) {
  return operation == CU_STREAM_MEM_OP_WAIT_VALUE_64 || operation == CU_STREAM_MEM_OP_WRITE_VALUE_64;
}

CUresult check_value(const CUstreamBatchMemOpParams& operation) {
  const auto& [kind, address, value, flags, alias] = operation.value;
  const std::uint64_t size = is_wide(kind) ? sizeof(std::uint64_t) : sizeof(std::uint32_t);
  const auto range = driver().memory.find(address);
  if (!range || !range->contains(address, size) || address % size != 0) return CUDA_ERROR_INVALID_VALUE;
  if (!is_wait(kind)) {
    return flags <= CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  }
  if ((flags & ~CU_STREAM_WAIT_VALUE_FLUSH) > CU_STREAM_WAIT_VALUE_NOR) return CUDA_ERROR_INVALID_VALUE;
  return (flags & CU_STREAM_WAIT_VALUE_FLUSH) != 0 ? CUDA_ERROR_NOT_SUPPORTED : CUDA_SUCCESS;
}

// Comparison is cyclic: it looks at the difference's sign.
template <class Value, class Signed>
bool reached(CUdeviceptr address, Value wanted, unsigned flags) {
  const Value now = std::atomic_ref(*reinterpret_cast<Value*>(address)).load(std::memory_order_acquire);
  switch (flags) {
    case CU_STREAM_WAIT_VALUE_GEQ:
      return static_cast<Signed>(now - wanted) >= 0;
    case CU_STREAM_WAIT_VALUE_EQ:
      return now == wanted;
    case CU_STREAM_WAIT_VALUE_AND:
      return (now & wanted) != 0;
    default:
      return static_cast<Value>(~(now | wanted)) != 0;
  }
}

bool reached(const CUstreamBatchMemOpParams& operation) {
  const auto& wait = operation.value;
  if (is_wide(wait.operation)) return reached<std::uint64_t, std::int64_t>(wait.address, wait.value, wait.flags);
  return reached<std::uint32_t, std::int32_t>(wait.address, static_cast<std::uint32_t>(wait.value), wait.flags);
}

// Nothing tells of a write to memory: looks again, less and less often.
void wait_until_reached(const CUstreamBatchMemOpParams& operation, const gpu::Backend& backend) {
  constexpr int kSpins = 200;
  constexpr std::chrono::microseconds kLongestPause{200};
  for (int spin = 0; spin < kSpins; ++spin) {
    if (reached(operation)) return;
    std::this_thread::yield();
  }
  std::chrono::microseconds pause{1};
  while (!reached(operation) && backend.status() == gpu::Status::Success) {
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

void write(const CUstreamBatchMemOpParams& operation) {
  const auto& written = operation.value;
  if (is_wide(written.operation)) {
    std::atomic_ref(*reinterpret_cast<std::uint64_t*>(written.address)).store(written.value);
  } else {
    std::atomic_ref(*reinterpret_cast<std::uint32_t*>(written.address))
        .store(static_cast<std::uint32_t>(written.value));
  }
}

CUresult submit_operations(CUstream handle, MemoryOperations operations) {
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const CUresult result = check_operations(operations);
  if (result != CUDA_SUCCESS) return result;
  auto work = operations_work(*stream->context->backend, operations);
  if (stream->capturing) {
    const std::lock_guard lock(capture_mutex());
    if (stream->capture != nullptr) {
      GraphNodeContent content;
      content.type = CU_GRAPH_NODE_TYPE_BATCH_MEM_OP;
      content.work = std::move(work);
      content.operations = std::make_shared<MemoryOperations>(std::move(operations));
      return capture_node(*stream, std::move(content));
    }
  }
  return submit(*stream, std::move(work));
}

CUresult submit_value(CUstream stream, int kind, CUdeviceptr address, std::uint64_t value, unsigned flags) {
  CUstreamBatchMemOpParams operation{};
  operation.value = {.operation = kind, .address = address, .value = value, .flags = flags, .alias = 0};
  return submit_operations(stream, {operation});
}

}  // namespace

CUresult check_operations(const MemoryOperations& operations) {
  for (const CUstreamBatchMemOpParams& operation : operations) {
    CUresult result = CUDA_SUCCESS;
    switch (operation.operation) {
      case CU_STREAM_MEM_OP_WAIT_VALUE_32:
      case CU_STREAM_MEM_OP_WAIT_VALUE_64:
      case CU_STREAM_MEM_OP_WRITE_VALUE_32:
      case CU_STREAM_MEM_OP_WRITE_VALUE_64:
        result = check_value(operation);
        break;
      case CU_STREAM_MEM_OP_BARRIER:
        result = operation.barrier.flags <= 1 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
        break;
      case CU_STREAM_MEM_OP_FLUSH_REMOTE_WRITES:
        result = CUDA_ERROR_NOT_SUPPORTED;
        break;
      default:
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result != CUDA_SUCCESS) return result;
  }
  return CUDA_SUCCESS;
}

gpu::Work operations_work(gpu::Backend& backend, MemoryOperations operations) {
  return gpu::TaskWork{"stream memory operations", [&backend, operations = std::move(operations)] {
                         for (const CUstreamBatchMemOpParams& operation : operations) {
                           if (is_wait(operation.operation)) {
                             wait_until_reached(operation, backend);
                           } else if (operation.operation != CU_STREAM_MEM_OP_BARRIER) {
                             write(operation);
                           }
                           std::atomic_thread_fence(std::memory_order_seq_cst);
                         }
                       }};
}

namespace api {

CUresult cuStreamWaitValue32_v2(CUstream stream, CUdeviceptr address, std::uint32_t value, unsigned flags) {
  return submit_value(stream, CU_STREAM_MEM_OP_WAIT_VALUE_32, address, value, flags);
}
CUresult cuStreamWaitValue64_v2(CUstream stream, CUdeviceptr address, std::uint64_t value, unsigned flags) {
  return submit_value(stream, CU_STREAM_MEM_OP_WAIT_VALUE_64, address, value, flags);
}
CUresult cuStreamWriteValue32_v2(CUstream stream, CUdeviceptr address, std::uint32_t value, unsigned flags) {
  return submit_value(stream, CU_STREAM_MEM_OP_WRITE_VALUE_32, address, value, flags);
}
CUresult cuStreamWriteValue64_v2(CUstream stream, CUdeviceptr address, std::uint64_t value, unsigned flags) {
  return submit_value(stream, CU_STREAM_MEM_OP_WRITE_VALUE_64, address, value, flags);
}

CUresult cuStreamBatchMemOp_v2(CUstream stream, unsigned count, CUstreamBatchMemOpParams* operations, unsigned flags) {
  constexpr unsigned kMostOperations = 256;
  if (operations == nullptr || count == 0 || count > kMostOperations || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  return submit_operations(stream, MemoryOperations(operations, operations + count));
}

CUresult cuStreamWaitValue32(CUstream stream, CUdeviceptr address, std::uint32_t value, unsigned flags) {
  return cuStreamWaitValue32_v2(stream, address, value, flags);
}
CUresult cuStreamWaitValue64(CUstream stream, CUdeviceptr address, std::uint64_t value, unsigned flags) {
  return cuStreamWaitValue64_v2(stream, address, value, flags);
}
CUresult cuStreamWriteValue32(CUstream stream, CUdeviceptr address, std::uint32_t value, unsigned flags) {
  return cuStreamWriteValue32_v2(stream, address, value, flags);
}
CUresult cuStreamWriteValue64(CUstream stream, CUdeviceptr address, std::uint64_t value, unsigned flags) {
  return cuStreamWriteValue64_v2(stream, address, value, flags);
}
CUresult cuStreamBatchMemOp(CUstream stream, unsigned count, CUstreamBatchMemOpParams* operations, unsigned flags) {
  return cuStreamBatchMemOp_v2(stream, count, operations, flags);
}

}  // namespace api
}  // namespace vgpu::cuda
