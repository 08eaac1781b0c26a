#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

// Libraries, the driver's entry points, and what does not fit elsewhere.
namespace vgpu::cudart::api {

cudaError_t cudaLibraryLoadData(CUlibrary* library, const void* code, int* jit_options, void** jit_option_values,
                                unsigned jit_option_count, int* library_options, void** library_option_values,
                                unsigned library_option_count) {
  return to_error(cuLibraryLoadData(library, code, jit_options, jit_option_values, jit_option_count, library_options,
                                    library_option_values, library_option_count));
}

cudaError_t cudaLibraryUnload(CUlibrary library) {
  return to_error(cuLibraryUnload(library));
}

cudaError_t cudaLibraryGetKernel(CUkernel* kernel, CUlibrary library, const char* name) {
  return to_error(cuLibraryGetKernel(kernel, library, name));
}

cudaError_t cudaLibraryGetKernelCount(unsigned* count, CUlibrary library) {
  return to_error(cuLibraryGetKernelCount(count, library));
}

cudaError_t cudaLibraryGetGlobal(void** address, std::size_t* size, CUlibrary library, const char* name) {
  CUdeviceptr found = 0;
  const CUresult result = cuLibraryGetGlobal(&found, size, library, name);
  if (address != nullptr) *address = reinterpret_cast<void*>(found);
  return to_error(result);
}

cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** address, unsigned cuda_version,
                                             std::uint64_t flags, int* driver_status) {
  constexpr std::uint64_t kPerThreadDefaultStream = 2;
  if (flags == 0 && per_thread_default_stream) flags = kPerThreadDefaultStream;
  int status = 0;
  const CUresult result = cuGetProcAddress_v2(symbol, address, static_cast<int>(cuda_version), flags, &status);
  if (driver_status != nullptr) *driver_status = status;
  // A name that the driver lacks is told through the status where the caller takes one.
  return result == CUDA_ERROR_NOT_FOUND && driver_status != nullptr ? cudaSuccess : to_error(result);
}

cudaError_t cudaGetDriverEntryPoint(const char* symbol, void** address, std::uint64_t flags, int* driver_status) {
  constexpr unsigned kVersion = VGPU_CUDART_MAJOR < 13 ? 12080 : 13000;
  return cudaGetDriverEntryPointByVersion(symbol, address, kVersion, flags, driver_status);
}

cudaError_t cudaProfilerStart() {
  return cudaSuccess;
}
cudaError_t cudaProfilerStop() {
  return cudaSuccess;
}

// The driver names the table that is missing in the log.
cudaError_t cudaGetExportTable(const void** table, const CUuuid* table_id) {
  return to_error(cuGetExportTable(table, table_id));
}

}  // namespace vgpu::cudart::api

VGPU_EXPORT cudaChannelFormatDesc cudaCreateChannelDesc(int x, int y, int z, int w, int kind) {
  return {x, y, z, w, kind};
}
