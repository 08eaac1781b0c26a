#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "base/log.h"
#include "gpu/exec/parallel.h"
#include "shims/cuda/api.h"
#include "shims/cuda/call.h"
#include "shims/cuda/export_tables.h"
#include "shims/cuda/private_interface.h"

// cuGetProcAddress and cuGetExportTable.
#define VARIANT_none(name)
#define VARIANT_ptsz(name) VGPU_EXPORT CUresult name##_ptsz();
#define VARIANT_ptds(name) VGPU_EXPORT CUresult name##_ptds();
#define FUNCTION(family, state, check, variant, since, name, ...) VARIANT_##variant(name)
#define ALIAS(since, name, target)
#define REFUSED(variant, since, name) VARIANT_##variant(name)
namespace exported {
// Declared without parameters: only the addresses are used.
#include "shims/cuda/functions.def"
#undef FUNCTION
#undef REFUSED
#undef ALIAS
#define FUNCTION(family, state, check, variant, since, name, ...) extern "C" CUresult name();
#define ALIAS(since, name, target) extern "C" CUresult name();
#define REFUSED(variant, since, name) extern "C" CUresult name();
#include "shims/cuda/functions.def"
#undef FUNCTION
#undef REFUSED
#undef ALIAS
#undef VARIANT_none
#undef VARIANT_ptsz
#undef VARIANT_ptds
}  // namespace exported

namespace vgpu::cuda {
namespace {

using EntryPoint = CUresult (*)();

struct Row {
  std::string_view name;  // without _v2, …
  int since;
  EntryPoint entry, per_thread_entry;
};

constexpr std::string_view base_name(std::string_view name) {
  const auto size = name.size();
  const bool versioned = size > 3 && name[size - 3] == '_' && name[size - 2] == 'v';
  return versioned ? name.substr(0, size - 3) : name;
}

#define VARIANT_none(name) nullptr
#define VARIANT_ptsz(name) &exported::name##_ptsz
#define VARIANT_ptds(name) &exported::name##_ptds
#define FUNCTION(family, state, check, variant, since, name, ...) \
  Row{base_name(#name), since, &exported::name, VARIANT_##variant(name)},
#define ALIAS(since, name, target) Row{base_name(#name), since, &exported::name, nullptr},
#define REFUSED(variant, since, name) Row{base_name(#name), since, &exported::name, VARIANT_##variant(name)},
const auto& rows() {
  static const auto sorted = [] {
    auto table = std::to_array<Row>({
#include "shims/cuda/functions.def"
    });
    std::ranges::sort(table, [](const Row& left, const Row& right) {
      return left.name != right.name ? left.name < right.name : left.since < right.since;
    });
    return table;
  }();
  return sorted;
}

constexpr std::uint64_t kPerThreadDefaultStream = 2;
constexpr int kFound = 0, kNotFound = 1, kVersionTooOld = 2;

CUresult enqueue_task(CUstream handle, const char* name, void (*function)(void*), void* argument,
                      void (*destroy)(void*)) {
  return guarded<Check::in_context>([&]() -> CUresult {
    if (function == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
    const auto stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    const std::shared_ptr<void> owned(argument, [destroy](void* value) {
      if (destroy != nullptr) destroy(value);
    });
    return submit(*stream, gpu::TaskWork{name, [owned, function] { function(owned.get()); }});
  });
}

constexpr PrivateInterface kPrivateInterface = {sizeof(PrivateInterface), &enqueue_task, &exec::parallel_for};

}  // namespace

namespace api {

CUresult cuGetProcAddress_v2(const char* symbol, void** address, int cuda_version, std::uint64_t flags,
                             CUdriverProcAddressQueryResult* status) {
  if (symbol == nullptr || address == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *address = nullptr;
  if (status != nullptr) *status = kNotFound;
  const std::string_view name = symbol;
  const auto [first, last] = std::ranges::equal_range(rows(), name, {}, &Row::name);
  if (first == last) return CUDA_ERROR_NOT_FOUND;
  const auto newer = std::find_if(first, last, [&](const Row& row) { return row.since > cuda_version; });
  if (newer == first) {
    if (status != nullptr) *status = kVersionTooOld;
    return CUDA_ERROR_NOT_FOUND;
  }
  const Row& row = *std::prev(newer);
  const bool per_thread = (flags & kPerThreadDefaultStream) != 0 && row.per_thread_entry != nullptr;
  *address = reinterpret_cast<void*>(per_thread ? row.per_thread_entry : row.entry);
  if (status != nullptr) *status = kFound;
  return CUDA_SUCCESS;
}

CUresult cuGetProcAddress(const char* symbol, void** address, int cuda_version, std::uint64_t flags) {
  return cuGetProcAddress_v2(symbol, address, cuda_version, flags, nullptr);
}

CUresult cuGetExportTable(const void** table, const CUuuid* table_id) {
  if (table == nullptr || table_id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *table = nullptr;
  if (std::memcmp(table_id, &kPrivateInterfaceId, sizeof(CUuuid)) == 0) {
    *table = &kPrivateInterface;
    return CUDA_SUCCESS;
  }
  if (const void* known = find_runtime_table(*table_id); known != nullptr) {
    *table = known;
    return CUDA_SUCCESS;
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (const unsigned char byte : table_id->bytes) id += {kDigits[byte >> 4], kDigits[byte & 15]};
  log(LogLevel::Warn, "cuGetExportTable: table " + id + " is not known");
  return CUDA_ERROR_NOT_FOUND;
}

}  // namespace api
}  // namespace vgpu::cuda
