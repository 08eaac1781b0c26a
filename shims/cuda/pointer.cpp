#include <cstring>

#include "shims/cuda/api.h"
#include "shims/cuda/driver.h"

// What is known about an address, and advice about managed memory.
namespace vgpu::cuda::api {
namespace {

// CUpointer_attribute.
enum : CUpointer_attribute {
  kContext = 1,
  kMemoryType = 2,
  kDevicePointer = 3,
  kHostPointer = 4,
  kSyncMemops = 6,
  kBufferId = 7,
  kIsManaged = 8,
  kDeviceOrdinal = 9,
  kLegacyIpcCapable = 10,
  kRangeStart = 11,
  kRangeSize = 12,
  kMapped = 13,
  kAllowedHandleTypes = 14,
  kGpuDirectRdmaCapable = 15,
  kAccessFlags = 16,
  kPoolHandle = 17,
  kMappingSize = 18,
  kMappingBase = 19,
  kMemoryBlockId = 20,
  kDecompressCapable = 21,
  kLocalityDomain = 22,
};

template <class T>
CUresult store(void* data, T value) {
  std::memcpy(data, &value, sizeof value);
  return CUDA_SUCCESS;
}

CUresult attribute_of(const MemoryRange& range, CUpointer_attribute attribute, CUdeviceptr pointer, void* data) {
  constexpr unsigned kReadWrite = 3;
  switch (attribute) {
    case kContext:
      return store(data, range.context == nullptr ? nullptr : range.context->handle());
    case kMemoryType:
      return store(data, range.on_host() ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE);
    case kDevicePointer:
      return store(data, pointer);
    case kHostPointer:
      if (!range.on_host() && range.use != MemoryUse::Managed) return CUDA_ERROR_INVALID_VALUE;
      return store(data, pointer);
    case kSyncMemops:
      return store(data, 0U);
    case kBufferId:
    case kMemoryBlockId:
      return store(data, range.id);
    case kIsManaged:
      return store(data, range.use == MemoryUse::Managed ? 1U : 0U);
    case kDeviceOrdinal:
      return store(data, range.device);
    case kLegacyIpcCapable:
    case kGpuDirectRdmaCapable:
    case kDecompressCapable:
      return store(data, 0U);
    case kRangeStart:
    case kMappingBase:
      return store(data, range.start);
    case kRangeSize:
    case kMappingSize:
      return store(data, range.size);
    case kMapped:
      return store(data, 1U);
    case kAllowedHandleTypes:
      return store(data, std::uint64_t{0});
    case kAccessFlags:
      return store(data, kReadWrite);
    case kLocalityDomain:
      return store(data, -1);
    case kPoolHandle:
      return store(data, range.pool);
    default:
      return CUDA_ERROR_NOT_SUPPORTED;
  }
}

std::size_t attribute_size(CUpointer_attribute attribute) {
  switch (attribute) {
    case kMemoryType:
    case kSyncMemops:
    case kIsManaged:
    case kDeviceOrdinal:
    case kLegacyIpcCapable:
    case kGpuDirectRdmaCapable:
    case kDecompressCapable:
    case kMapped:
    case kAccessFlags:
    case kLocalityDomain:
      return sizeof(int);
    default:
      return sizeof(std::uint64_t);
  }
}

}  // namespace

CUresult cuPointerGetAttribute(void* data, CUpointer_attribute attribute, CUdeviceptr pointer) {
  if (data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto range = driver().memory.find(pointer);
  return range ? attribute_of(*range, attribute, pointer, data) : CUDA_ERROR_INVALID_VALUE;
}

// Unlike the single form: an address that CUDA does not know succeeds, with null values.
CUresult cuPointerGetAttributes(unsigned attribute_count, CUpointer_attribute* attributes, void** data,
                                CUdeviceptr pointer) {
  if (attribute_count == 0 || attributes == nullptr || data == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto range = driver().memory.find(pointer);
  for (unsigned index = 0; index < attribute_count; ++index) {
    if (data[index] == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::memset(data[index], 0, attribute_size(attributes[index]));
    if (range) {
      attribute_of(*range, attributes[index], pointer, data[index]);
    } else if (attributes[index] == kDeviceOrdinal) {
      store(data[index], -2);
    } else if (attributes[index] == kLocalityDomain) {
      store(data[index], -1);
    }
  }
  return CUDA_SUCCESS;
}

// Copies of this device are ordered as if every allocation asked for synchronous memory operations.
CUresult cuPointerSetAttribute(const void* value, CUpointer_attribute attribute, CUdeviceptr pointer) {
  if (value == nullptr || attribute != kSyncMemops || !driver().memory.find(pointer)) return CUDA_ERROR_INVALID_VALUE;
  return CUDA_SUCCESS;
}

// Managed memory is where the CPU is, and so is the device: advice and prefetch are checked and change nothing.
CUresult cuMemAdvise(CUdeviceptr address, std::size_t count, CUmem_advise advice, CUdevice) {
  constexpr CUmem_advise kFirst = 1, kLast = 6;
  const auto range = driver().memory.find(address);
  if (!range || !range->contains(address, count) || advice < kFirst || advice > kLast) return CUDA_ERROR_INVALID_VALUE;
  return CUDA_SUCCESS;
}

CUresult cuMemAdvise_v2(CUdeviceptr address, std::size_t count, CUmem_advise advice, CUmemLocation) {
  return cuMemAdvise(address, count, advice, 0);
}

CUresult cuMemPrefetchAsync(CUdeviceptr address, std::size_t count, CUdevice, CUstream stream) {
  if (find_stream(stream) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const auto range = driver().memory.find(address);
  return range && range->contains(address, count) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemPrefetchAsync_v2(CUdeviceptr address, std::size_t count, CUmemLocation, unsigned flags, CUstream stream) {
  return flags != 0 ? CUDA_ERROR_INVALID_VALUE : cuMemPrefetchAsync(address, count, 0, stream);
}

CUresult cuMemRangeGetAttribute(void* data, std::size_t data_size, CUmem_range_attribute attribute, CUdeviceptr address,
                                std::size_t count) {
  constexpr CUmem_range_attribute kReadMostly = 1, kLast = 8;
  constexpr int kInvalidDevice = -2;
  const auto range = driver().memory.find(address);
  if (data == nullptr || data_size < sizeof(int) || !range || !range->contains(address, count)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (attribute < kReadMostly || attribute > kLast) return CUDA_ERROR_INVALID_VALUE;
  return store(data, attribute == kReadMostly ? 0 : kInvalidDevice);
}

}  // namespace vgpu::cuda::api
