#pragma once

#include <cstddef>
#include <cstdint>

#include "gpu/warp/block_shape.h"
#include "gpu/warp/context.h"

// The C interface of libvgpu-engine.so, which carries LLVM and is loaded at the first kernel compile. Nothing of the
// C++ library crosses it: the engine parses the module's text again by itself (ptx::Module::parse_entry numbers
// everything by the text alone).
extern "C" {

inline constexpr std::uint32_t kVgpuEngineVersion = 4;

struct VgpuCompileRequest {
  std::uint32_t version;        // kVgpuEngineVersion
  const char* module_text;      // PTX, need not be NUL-terminated
  std::size_t module_size;      // bytes
  const char* entry;            // NUL-terminated name
  vgpu::WarpRow warp_row;       // the function is only run in blocks for which this holds
  const char* cache_directory;  // where compiled kernels are kept; nullptr: nowhere
  std::uint64_t cache_maximum;  // bytes that the files there may take
  // Looked in before that, and never written; nullptr: nowhere.
  const char* read_only_cache_directory;
  // 1 when users of other IDs read and replace the files of cache_directory, too.
  std::uint32_t cache_is_shared;
};

struct VgpuCompileResult {
  vgpu::WarpFunction function;  // lives as long as the process
  vgpu::KernelTraits traits;
  std::uint32_t from_cache;  // 1 when no code had to be generated
  double seconds;            // time that the call took
  char error[512];           // one line, empty on success
};

// Compiles one entry. Returns 0, or a CUDA driver error code (CUDA_ERROR_INVALID_PTX = 218,
// CUDA_ERROR_NOT_FOUND = 500, CUDA_ERROR_OUT_OF_MEMORY = 2) with `error` filled in. Thread-safe; concurrent calls
// compile in parallel.
__attribute__((visibility("default"))) int vgpu_engine_compile(const VgpuCompileRequest* request,
                                                               VgpuCompileResult* result);
}
